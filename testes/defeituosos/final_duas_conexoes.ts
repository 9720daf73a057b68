// Defeito: abre uma segunda conexão, que não usa.
import { PORT, clienteFinal } from "./comum.ts";

await clienteFinal({
  depoisDeEnviar: () =>
    void Bun.connect({ hostname: "127.0.0.1", port: PORT, socket: { data() {} } }),
});
