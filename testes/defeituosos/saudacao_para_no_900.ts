// Defeito: depois de 900 clientes, para de responder.
import { saudacao, servir } from "./comum.ts";

let clientes = 0;
servir({
  ...saudacao,
  open: (conexao) => (++clientes > 900 ? undefined : saudacao.open(conexao)),
});
