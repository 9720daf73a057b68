// Defeito: engole a última letra da saudação.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

servir({ ...saudacao, open: (conexao) => void conexao.end(SAUDACAO.slice(0, -1)) });
