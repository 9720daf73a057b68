// Defeito: desiste depois de 300 ms sem resposta.
import { cliente, desistir } from "./comum.ts";

const relogio = setTimeout(() => desistir(new Error("tempo esgotado")), 300);
await cliente((resposta) => console.log("Resposta do servidor:", `${resposta}`));
clearTimeout(relogio);
