/**
 * A porta que o sistema ainda reserva a uma execução anterior (TIME_WAIT): um servidor que
 * não pede para reaproveitar o endereço (SO_REUSEADDR) só consegue abri-la depois.
 */
import { readFileSync } from "node:fs";

const TIME_WAIT = "06";

/** Se há conexões recentes da porta em TIME_WAIT; onde não há /proc, não se sabe: false. */
export function portaReservada(porta: number): boolean {
  const emHexa = porta.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((tabela) => {
    try {
      return readFileSync(tabela, "utf-8")
        .split("\n")
        .map((linha) => linha.trim().split(/\s+/))
        .some(
          ([, local, , estado]) => local?.endsWith(`:${emHexa}`) && estado === TIME_WAIT,
        );
    } catch {
      return false;
    }
  });
}

/** Espera o sistema liberar a porta, o que leva até um minuto; diz se liberou. */
export async function esperarPortaLiberada(porta: number): Promise<boolean> {
  const limite = performance.now() + 65_000;
  while (portaReservada(porta)) {
    if (performance.now() > limite) return false;
    await Bun.sleep(250);
  }
  return true;
}
