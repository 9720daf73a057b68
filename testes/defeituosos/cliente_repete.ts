// Defeito: mostra a resposta duas vezes.
import { cliente } from "./comum.ts";

await cliente((resposta) => {
  console.log("Recebido:", `${resposta}`);
  console.log("Resposta do servidor:", `${resposta}`);
});
