/**
 * A porta que o sistema ainda reserva a uma execução anterior (TIME_WAIT): um servidor que
 * não pede para reaproveitar o endereço (SO_REUSEADDR) só consegue abri-la depois.
 */
import { conexoesTcp, TIME_WAIT } from "../servidores/tabela_tcp.ts";

/** Se há conexões recentes da porta em TIME_WAIT; onde não há /proc, não se sabe: false. */
export function portaReservada(porta: number): boolean {
  return conexoesTcp().some(
    ({ local, estado }) => local === porta && estado === TIME_WAIT,
  );
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
