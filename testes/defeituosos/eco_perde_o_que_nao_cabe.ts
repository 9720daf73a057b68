// Defeito: o write envia o que cabe no sistema, e o resto se perde.
import { eco, servir } from "./comum.ts";

servir({ ...eco, data: (conexao, dados) => void conexao.write(dados), drain() {} });
