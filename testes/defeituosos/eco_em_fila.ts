// Defeito: atende um cliente de cada vez: os outros esperam ele sair.
import { eco, servir } from "./comum.ts";
import type { Conexao } from "./comum.ts";

const fila: Conexao[] = [];
servir({
  ...eco,
  open(conexao) {
    eco.open(conexao);
    fila.push(conexao);
    if (fila.length > 1) conexao.pause();
  },
  close(conexao) {
    fila.splice(fila.indexOf(conexao), 1);
    fila[0]?.resume();
  },
});
