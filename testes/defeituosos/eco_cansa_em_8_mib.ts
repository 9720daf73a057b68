// Defeito: depois de 8 MiB, repete o último pedaço no lugar dos novos.
import { eco, responder, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

const vistos = new WeakMap<Conexao, { total: number; ultimo: Buffer }>();
servir({
  ...eco,
  data(conexao, dados) {
    const visto = vistos.get(conexao) ?? { total: 0, ultimo: dados };
    visto.total += dados.length;
    const cansado = visto.total > 8 * 2 ** 20;
    if (!cansado) visto.ultimo = Buffer.from(dados);
    vistos.set(conexao, visto);
    responder(conexao, cansado ? dados.fill(visto.ultimo) : dados);
  },
});
