// Defeito: um cliente em cada 150 recebe um fim de linha a mais.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

let clientes = 0;
servir({
  ...saudacao,
  open: (conexao) => void conexao.end(++clientes % 150 ? SAUDACAO : `${SAUDACAO}\n`),
});
