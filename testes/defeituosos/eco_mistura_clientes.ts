// Defeito: responde sempre ao último cliente que se conectou.
import { eco, responder, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

let ultimo: Conexao;
servir({
  ...eco,
  open(conexao) {
    eco.open(conexao);
    ultimo = conexao;
  },
  data: (_, dados) => responder(ultimo, dados),
});
