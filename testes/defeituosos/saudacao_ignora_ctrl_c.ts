// Defeito: ignora o Ctrl+C e o SIGTERM.
import { abrir, saudacao } from "./comum.ts";

process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
abrir(saudacao);
