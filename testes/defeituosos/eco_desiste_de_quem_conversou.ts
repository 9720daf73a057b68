// Defeito: encerra a conversa com quem já disse algo e fica 4 s em silêncio.
import { eco, encerrar, responder, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

const relogios = new WeakMap<Conexao, Timer>();
servir({
  ...eco,
  data(conexao, dados) {
    clearTimeout(relogios.get(conexao));
    relogios.set(
      conexao,
      setTimeout(() => encerrar(conexao), 4_000),
    );
    responder(conexao, dados);
  },
});
