// Defeito: com a porta ocupada, mostra um rastro de pilha.
import { abrir, eco } from "./comum.ts";

process.on("SIGINT", () => process.exit(0));
abrir(eco);
