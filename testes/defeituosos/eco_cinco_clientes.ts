// Defeito: recusa o sexto cliente.
import { eco, servir } from "./comum.ts";

let clientes = 0;
servir({
  ...eco,
  open(conexao) {
    eco.open(conexao);
    if (++clientes > 5) conexao.end();
  },
  close: () => void clientes--,
});
