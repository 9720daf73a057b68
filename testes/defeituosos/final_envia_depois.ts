// Defeito: depois da mensagem, envia o Enter em um segundo pacote.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  depoisDeEnviar: (conexao) => {
    setTimeout(() => conexao.write("\n"), 30);
    Bun.sleepSync(40);
  },
});
