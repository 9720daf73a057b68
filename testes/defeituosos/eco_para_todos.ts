// Defeito: devolve cada mensagem a todos os clientes.
import { eco, responder, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

const clientes = new Set<Conexao>();
servir({
  ...eco,
  open(conexao) {
    eco.open(conexao);
    clientes.add(conexao);
  },
  data: (_, dados) => clientes.forEach((cliente) => responder(cliente, dados)),
  close: (conexao) => void clientes.delete(conexao),
});
