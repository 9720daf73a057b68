// Defeito: mostra a resposta duas vezes.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  mostrar: (eco) => console.log(`Servidor respondeu: ${eco}\nServidor respondeu: ${eco}`),
});
