// Defeito: deixa para trás um filho, em outra sessão, que segura a porta.
import { eco, servir } from "./comum.ts";

if (process.env.FILHO === "1") {
  servir(eco);
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", () => {});
} else {
  process.on("SIGINT", () => process.exit(0));
  const filho = Bun.spawn([process.execPath, "run", import.meta.path], {
    env: { ...process.env, FILHO: "1" },
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
  });
  process.exit(await filho.exited);
}
