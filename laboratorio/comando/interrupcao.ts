/** O Ctrl+C durante um comando demorado: parar em ordem, com o que já foi medido. */
import { Interrompido } from "./erros.ts";

/**
 * Um sinal que é acionado, com a razão `Interrompido`, no primeiro Ctrl+C (ou SIGTERM, ou
 * terminal fechado). O segundo encerra o programa na hora.
 */
export function aoInterromper(): AbortSignal {
  const controle = new AbortController();
  const interromper = () => {
    if (controle.signal.aborted) process.exit(130);
    controle.abort(new Interrompido());
  };
  for (const sinal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(sinal, interromper);
  }
  return controle.signal;
}
