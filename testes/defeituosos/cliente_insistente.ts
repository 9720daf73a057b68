// Defeito: com o servidor fora do ar, tenta para sempre.
import { conversar, desistir } from "./comum.ts";

for (;;) {
  try {
    const resposta = await conversar();
    if (resposta.length === 0) desistir(new Error("o servidor não respondeu"));
    console.log("Resposta do servidor:", `${resposta}`);
    break;
  } catch {
    await Bun.sleep(100);
  }
}
