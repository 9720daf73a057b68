// Defeito: mostra uma saudação decorada, sem se conectar.
import { SAUDACAO } from "./comum.ts";

console.log("Resposta do servidor:", SAUDACAO);
