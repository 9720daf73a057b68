// Defeito: termina com 3, mesmo quando tudo dá certo.
import { cliente } from "./comum.ts";

await cliente((resposta) => console.log("Resposta do servidor:", `${resposta}`));
process.exit(3);
