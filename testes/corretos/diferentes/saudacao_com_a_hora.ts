// Certo, com outra saudação, de propósito: a hora e quantos clientes já vieram.
import { saudacao, servir } from "../../defeituosos/comum.ts";

let clientes = 0;
servir({
  ...saudacao,
  open(conexao) {
    const hora = new Date().toLocaleTimeString("pt-BR");
    conexao.end(`Olá, cliente ${++clientes}! São ${hora}.`);
  },
});
