// Defeito: se o servidor encerra sem responder, fica esperando.
import { conversar, desistir } from "./comum.ts";

const resposta = await conversar().catch(desistir);
if (resposta.length === 0) setInterval(() => {}, 1000);
else console.log("Resposta do servidor:", `${resposta}`);
