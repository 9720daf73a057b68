// Defeito: envia também o fim da linha.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  enviar: (linha) => (/^(sair)?$/i.test(linha) ? null : `${linha}\n`),
});
