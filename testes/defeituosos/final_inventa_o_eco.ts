// Defeito: mostra o que foi digitado, sem olhar a resposta.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  mostrar: (_, mensagem) => console.log(`Servidor respondeu: ${mensagem}`),
});
