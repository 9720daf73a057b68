// Defeito: mostra o que foi digitado como resposta, antes de haver uma.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  enviar(linha) {
    if (["sair", ""].includes(linha.toLowerCase())) return null;
    console.log(`Servidor respondeu: ${linha}`);
    return linha;
  },
});
