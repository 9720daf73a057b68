// Defeito: decodifica como ASCII, e os acentos se perdem.
import { eco, responder, servir } from "./comum.ts";

servir({
  ...eco,
  data: (conexao, dados) =>
    responder(
      conexao,
      dados.map((byte) => byte & 0x7f),
    ),
});
