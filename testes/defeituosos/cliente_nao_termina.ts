// Defeito: mostra a resposta e não termina.
import { cliente } from "./comum.ts";

await cliente((resposta) => {
  console.log("Resposta do servidor:", `${resposta}`);
  setInterval(() => {}, 1000);
});
