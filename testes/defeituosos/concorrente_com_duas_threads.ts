// Defeito: atende só dois clientes de cada vez.
import { SAUDACAO, saudacao, servir } from "./comum.ts";

const filas = [Promise.resolve(), Promise.resolve()];
let clientes = 0;
servir({
  ...saudacao,
  open(conexao) {
    const qual = clientes++ % 2;
    filas[qual] = filas[qual]!.then(() => Bun.sleep(Number(process.env.ATRASO_MS ?? 0)));
    void filas[qual].then(() => conexao.end(SAUDACAO));
  },
});
