// Defeito: conecta-se, mas mostra uma saudação decorada.
import { SAUDACAO, cliente } from "./comum.ts";

await cliente(() => console.log("Resposta do servidor:", SAUDACAO));
