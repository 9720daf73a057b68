// Defeito: decodifica a resposta como Latin-1.
import { cliente } from "./comum.ts";

await cliente((resposta) =>
  console.log("Resposta do servidor:", resposta.toString("latin1")),
);
