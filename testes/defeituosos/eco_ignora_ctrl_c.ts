// Defeito: apanha o Ctrl+C e continua.
import { abrir, eco } from "./comum.ts";

process.on("SIGINT", () => console.log("Alguém apertou Ctrl+C."));
try {
  abrir(eco);
} catch {
  console.log("Erro ao iniciar o servidor: a porta já está em uso.");
  process.exit(1);
}
