// Defeito: atende um cliente de cada vez, em uma fila.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

let fila = Promise.resolve();
servir({
  ...saudacao,
  open(conexao) {
    fila = fila.then(() => Bun.sleep(Number(process.env.ATRASO_MS ?? 0)));
    void fila.then(() => conexao.end(SAUDACAO));
  },
});
