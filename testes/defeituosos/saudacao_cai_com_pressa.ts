// Defeito: cai quando o cliente vai embora antes da resposta.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

servir({
  ...saudacao,
  open(conexao) {
    setTimeout(() => conexao.end(SAUDACAO), 20);
  },
  end() {
    throw new Error("o cliente fechou a conexão");
  },
  error() {
    process.exit(1);
  },
});
