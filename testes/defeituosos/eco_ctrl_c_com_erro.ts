// Defeito: termina com um rastro de pilha ao receber Ctrl+C.
import { eco, servir } from "./comum.ts";

servir(eco);
process.removeAllListeners("SIGINT");
process.on("SIGINT", () => {
  throw new Error("KeyboardInterrupt");
});
