// Defeito: guarda o cliente em uma variável de todos: só o último é atendido.
import { SAUDACAO, saudacao, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

let cliente: Conexao;
servir({
  ...saudacao,
  open(conexao) {
    cliente = conexao;
    setTimeout(() => cliente.end(SAUDACAO), 20);
  },
});
