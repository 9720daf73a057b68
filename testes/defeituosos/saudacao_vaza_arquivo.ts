// Defeito: abre um arquivo para cada cliente, e não fecha.
import { openSync } from "node:fs";
import { saudacao, servir } from "./comum.ts";

servir({
  ...saudacao,
  open(conexao) {
    openSync(import.meta.path, "r");
    saudacao.open(conexao);
  },
});
