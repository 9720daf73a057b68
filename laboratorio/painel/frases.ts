/** O que se viu em uma corrida, em uma frase que os números sustentam. */
import { exato, lista, ms, numero, quantos, vezes } from "../relatorio/formato.ts";
import { TOLERANCIA } from "../espera/lei.ts";
import type { Chegada } from "./eventos.ts";

/**
 * A frase de uma corrida: quanto esperou o último cliente de cada servidor, se foi uma fila
 * ou se foram todos ao mesmo tempo, e quem deixou alguém sem resposta.
 *
 * @example
 * ```ts
 * dizerOQueSeViu(10, 100, [
 *   { servidor: "sequencial", medido_ms: 1004, falhas: 0 },
 *   { servidor: "thread", medido_ms: 101, falhas: 0 },
 * ]);
 * // "sequencial: fila (10 × 100 ms), o último esperou 1.004 ms. thread: todos ao mesmo
 * // tempo, o último esperou 101 ms. thread foi 9,9× mais rápido que sequencial."
 * ```
 */
export function dizerOQueSeViu(
  clientes: number,
  atraso_ms: number,
  chegadas: Chegada[],
): string {
  const frases = chegadas.map((chegada) => dizerUm(clientes, atraso_ms, chegada));
  if (atraso_ms === 0)
    return [...frases, "Com T = 0 sobra o custo de cada modelo, que varia: repita."].join(
      " ",
    );
  const inteiros = chegadas
    .flatMap(({ servidor, medido_ms, falhas }) =>
      medido_ms === null || falhas > 0 ? [] : [{ servidor, medido_ms }],
    )
    .sort((a, b) => a.medido_ms - b.medido_ms);
  const [primeiro, ultimo] = [inteiros[0], inteiros.at(-1)];
  if (primeiro && ultimo && primeiro !== ultimo) {
    const razao = ultimo.medido_ms / primeiro.medido_ms;
    const parecidos = razao <= 1 + TOLERANCIA;
    frases.push(
      parecidos
        ? `${lista(inteiros.map(({ servidor }) => servidor))} quase empataram.`
        : `${primeiro.servidor} foi ${vezes(razao)} mais rápido que ${ultimo.servidor}.`,
    );
  }
  return frases.join(" ");
}

function dizerUm(clientes: number, atraso_ms: number, chegada: Chegada): string {
  const { servidor, medido_ms, falhas } = chegada;
  if (medido_ms === null) return `${servidor}: ninguém foi atendido.`;
  const semResposta =
    falhas > 0
      ? `; ${quantos(falhas, "cliente ficou", "clientes ficaram")} sem resposta`
      : "";
  const espera =
    clientes === 1
      ? `esperou ${ms(medido_ms)} ms`
      : `o último esperou ${ms(medido_ms)} ms`;
  return `${servidor}: ${forma(clientes, atraso_ms, medido_ms)}${espera}${semResposta}.`;
}

/** Se a espera medida é a de uma fila, N·T, ou a de todos juntos, T. */
function forma(clientes: number, atraso_ms: number, medido_ms: number): string {
  if (atraso_ms === 0 || clientes === 1) return "";
  const perto = (previsto: number) => Math.abs(medido_ms / previsto - 1) <= TOLERANCIA;
  if (perto(clientes * atraso_ms))
    return `fila (${numero(clientes)} × ${exato(atraso_ms)} ms), `;
  if (perto(atraso_ms)) return "todos ao mesmo tempo, ";
  return "";
}
