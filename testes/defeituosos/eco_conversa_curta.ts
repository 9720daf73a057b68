// Defeito: encerra depois de 20 mensagens.
import { eco, encerrar, responder, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

const mensagens = new WeakMap<Conexao, number>();
servir({
  ...eco,
  data(conexao, dados) {
    const quantas = (mensagens.get(conexao) ?? 0) + 1;
    mensagens.set(conexao, quantas);
    if (dados.length < 100 && quantas > 20) return encerrar(conexao);
    responder(conexao, dados);
  },
});
