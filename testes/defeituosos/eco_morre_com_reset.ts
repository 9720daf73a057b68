// Defeito: termina quando um cliente interrompe a conexão.
import { eco, servir } from "./comum.ts";

servir({
  ...eco,
  close(_, erro) {
    if (erro) process.exit(1);
  },
});
