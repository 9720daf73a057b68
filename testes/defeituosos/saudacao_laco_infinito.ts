// Defeito: depois de muitos clientes, entra em um laço sem fim.
import { saudacao, servir } from "./comum.ts";

let clientes = 0;
servir({
  ...saudacao,
  open(conexao) {
    clientes++;
    while (clientes > 60);
    saudacao.open(conexao);
  },
});
