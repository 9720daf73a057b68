// Defeito: envia a saudação em Latin-1, e não em UTF-8.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

servir({
  ...saudacao,
  open: (conexao) => void conexao.end(Buffer.from(SAUDACAO, "latin1")),
});
