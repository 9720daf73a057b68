// Defeito: fecha assim que o cliente para de enviar, antes de responder.
import { eco, responder, servir } from "./comum.ts";

servir({
  ...eco,
  data(conexao, dados) {
    const copia = Buffer.from(dados);
    setTimeout(() => responder(conexao, copia), 20);
  },
  end: (conexao) => void conexao.end(),
});
