/** O plano de um experimento: que rodadas fazer, e em que ordem. */
import type { Rodada } from "./tipos.ts";

/** Uma rodada a fazer. */
export type Passo = Pick<Rodada, "servidor" | "atraso_ms" | "clientes" | "rodada">;

/**
 * O plano de um experimento: em cada rodada, todos os servidores passam por todos os números
 * de clientes e tempos de atendimento. A ordem dos servidores muda a cada rodada, para que o
 * que muda na máquina com o tempo não pese sempre sobre o mesmo.
 *
 * @param servidores o nome de cada servidor e os tempos de atendimento pedidos a ele, em ms.
 * @example
 * ```ts
 * planejarRodadas([{ nome: "a", atrasos_ms: [0] }, { nome: "b", atrasos_ms: [0] }], [1], 2)
 *   .map(({ rodada, servidor }) => `${rodada}${servidor}`);
 * // ["1a", "1b", "2b", "2a"]
 * ```
 */
export function planejarRodadas(
  servidores: { nome: string; atrasos_ms: (number | null)[] }[],
  clientes: number[],
  rodadas: number,
): Passo[] {
  return Array.from({ length: rodadas }, (_, i) => {
    const primeiro = i % servidores.length;
    const ordem = [...servidores.slice(primeiro), ...servidores.slice(0, primeiro)];
    return ordem.flatMap(({ nome, atrasos_ms }) =>
      atrasos_ms.flatMap((atraso_ms) =>
        clientes.map((n) => ({
          servidor: nome,
          atraso_ms,
          clientes: n,
          rodada: i + 1,
        })),
      ),
    );
  }).flat();
}
