// Defeito: depois da mensagem, envia o Enter em um segundo pacote.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  depoisDeEnviar: (conexao) => {
    Bun.sleepSync(30);
    conexao.write("\n");
  },
});
