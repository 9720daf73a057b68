// Defeito: termina ao responder a um cliente que já foi embora.
import { eco, responder, servir } from "./comum.ts";

const foram = new WeakSet<object>();
servir({
  ...eco,
  data(conexao, dados) {
    const copia = Buffer.from(dados);
    setTimeout(() => responder(conexao, copia), 20);
  },
  end(conexao) {
    foram.add(conexao);
    setTimeout(() => conexao.end(), 60);
  },
  close(conexao, erro) {
    if (erro && foram.has(conexao)) process.exit(1);
  },
});
