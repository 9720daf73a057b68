// Defeito: depois de 600 clientes, para de responder.
import { saudacao, servir } from "./comum.ts";

let clientes = 0;
servir({
  ...saudacao,
  open: (conexao) => (++clientes > 600 ? undefined : saudacao.open(conexao)),
});
