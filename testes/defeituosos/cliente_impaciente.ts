// Defeito: desiste depois de 700 ms sem resposta.
import { cliente, desistir } from "./comum.ts";

const relogio = setTimeout(() => desistir(new Error("tempo esgotado")), 700);
await cliente((resposta) => console.log("Resposta do servidor:", `${resposta}`));
clearTimeout(relogio);
