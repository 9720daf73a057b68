// Defeito: envia a linha com os espaços das pontas, e “ sair ” não é sair.
import { clienteFinal } from "./comum.ts";

await clienteFinal({ limpar: (linha) => linha });
