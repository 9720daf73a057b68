// Defeito: devolve a primeira mensagem e encerra, sem o laço.
import { eco, encerrar, responder, servir } from "./comum.ts";

servir({
  ...eco,
  data(conexao, dados) {
    if (conexao.data.fim) return;
    responder(conexao, dados);
    setTimeout(() => encerrar(conexao), 150);
    conexao.pause();
  },
});
