// Defeito: tira os espaços e o fim da linha antes de devolver.
import { eco, responder, servir } from "./comum.ts";

servir({ ...eco, data: (conexao, dados) => responder(conexao, `${dados}`.trim()) });
