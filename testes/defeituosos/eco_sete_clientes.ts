// Defeito: recusa o oitavo cliente.
import { eco, servir } from "./comum.ts";

let clientes = 0;
servir({
  ...eco,
  open(conexao) {
    eco.open(conexao);
    if (++clientes > 7) conexao.end();
  },
  close: () => void clientes--,
});
