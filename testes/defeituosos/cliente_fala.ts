// Defeito: envia uma mensagem a um servidor que não espera nenhuma.
import { conversar, desistir } from "./comum.ts";

const resposta = await conversar((conexao) => conexao.write("Oi!")).catch(desistir);
if (resposta.length === 0) desistir(new Error("o servidor não respondeu"));
console.log("Resposta do servidor:", `${resposta}`);
