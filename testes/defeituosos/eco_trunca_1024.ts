// Defeito: devolve no máximo 1024 bytes de cada pedaço recebido.
import { eco, responder, servir } from "./comum.ts";

servir({ ...eco, data: (conexao, dados) => responder(conexao, dados.subarray(0, 1024)) });
