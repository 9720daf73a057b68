// Defeito: devolve a mensagem em maiúsculas.
import { eco, responder, servir } from "./comum.ts";

servir({
  ...eco,
  data: (conexao, dados) => responder(conexao, `${dados}`.toUpperCase()),
});
