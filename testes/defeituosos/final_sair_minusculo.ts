// Defeito: só reconhece "sair" em minúsculas.
import { clienteFinal } from "./comum.ts";

await clienteFinal({ enviar: (linha) => (/^(sair)?$/.test(linha) ? null : linha) });
