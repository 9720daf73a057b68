// Certo, com outra resposta, de propósito: a hora antes de cada mensagem.
import { eco, responder, servir } from "../../defeituosos/comum.ts";

servir({
  ...eco,
  data(conexao, dados) {
    const hora = new Date().toLocaleTimeString("pt-BR");
    responder(conexao, Buffer.concat([Buffer.from(`[${hora}] `), dados]));
  },
});
