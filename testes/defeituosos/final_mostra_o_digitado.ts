// Defeito: espera a resposta, mas mostra o que foi digitado.
import { clienteFinal } from "./comum.ts";

await clienteFinal({
  mostrar: (eco, mensagem) =>
    eco !== "" && console.log(`Servidor respondeu: ${mensagem}`),
});
