// Defeito: com o servidor fora do ar, mostra um rastro de pilha.
import { clienteFinal } from "./comum.ts";

await clienteFinal({ desistir: (erro) => console.error((erro as Error).stack) });
