// Defeito: envia a saudação e esquece de fechar a conexão.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

servir({ ...saudacao, open: (conexao) => void conexao.write(SAUDACAO) });
