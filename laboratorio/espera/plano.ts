/** O plano de um experimento: que rodadas fazer, e em que ordem. */
import type { Rodada } from "./tipos.ts";

/** Uma rodada a fazer. */
export type Passo = Pick<Rodada, "servidor" | "atraso_ms" | "clientes" | "rodada">;

/**
 * O plano de um experimento: em cada rodada, todos os servidores passam por todos os números
 * de clientes e tempos de atendimento.
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
  numeros: number[],
  rodadas: number,
): Passo[] {
  return Array.from({ length: rodadas }, (_, i) => i + 1).flatMap((rodada) =>
    revezar(servidores, rodada).flatMap(({ nome: servidor, atrasos_ms }) =>
      atrasos_ms.flatMap((atraso_ms) =>
        numeros.map((clientes) => ({ servidor, atraso_ms, clientes, rodada })),
      ),
    ),
  );
}

/**
 * Os itens na ordem de uma rodada: a cada uma, começa-se pelo seguinte, para que o que muda na
 * máquina com o tempo não pese sempre sobre o mesmo.
 *
 * @example
 * ```ts
 * revezar(["a", "b", "c"], 2); // ["b", "c", "a"]
 * ```
 */
export function revezar<T>(itens: T[], rodada: number): T[] {
  const primeiro = (rodada - 1) % Math.max(1, itens.length);
  return [...itens.slice(primeiro), ...itens.slice(0, primeiro)];
}
