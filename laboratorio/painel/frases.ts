/** O que se viu em uma corrida, em uma frase que os números sustentam. */
import { exato, lista, ms, numero, quantos, vezes } from "../relatorio/formato.ts";
import { TOLERANCIA } from "../espera/lei.ts";
import type { Chegada } from "./eventos.ts";

/**
 * A frase de uma corrida: quanto esperou o último cliente de cada servidor, se foi uma fila
 * ou se foram todos juntos, quem deixou alguém sem resposta, e quantas vezes o melhor foi
 * mais rápido que o pior.
 *
 * @example
 * ```ts
 * dizerOQueSeViu(10, 100, [
 *   { servidor: "sequencial", medido_ms: 1004, falhas: 0 },
 *   { servidor: "thread", medido_ms: 101, falhas: 0 },
 * ]);
 * // "O último esperou 1.004 ms em sequencial (fila: 10 × 100 ms) e 101 ms em thread (todos
 * // juntos): thread foi 9,9× mais rápido que sequencial."
 * ```
 */
export function dizerOQueSeViu(
  clientes: number,
  atraso_ms: number,
  chegadas: Chegada[],
): string {
  const atendidas = chegadas.flatMap(({ medido_ms, ...chegada }) =>
    medido_ms === null ? [] : [{ ...chegada, medido_ms }],
  );
  const frases: string[] = [];
  if (atendidas.length > 0) {
    const esperas = atendidas.map(({ servidor, medido_ms, falhas }) => {
      const notas = [
        forma(clientes, atraso_ms, medido_ms),
        falhas > 0 ? `${quantos(falhas, "cliente")} sem resposta` : "",
      ].filter((nota) => nota !== "");
      const nota = notas.length > 0 ? ` (${notas.join("; ")})` : "";
      return `${ms(medido_ms)} ms em ${servidor}${nota}`;
    });
    const quem = clientes === 1 ? "O cliente" : "O último";
    const inteiras = atendidas.filter(({ falhas }) => falhas === 0);
    const fim = atraso_ms > 0 ? comparar(inteiras) : "";
    frases.push(`${quem} esperou ${lista(esperas)}${fim}.`);
  }
  const nenhuma = chegadas.filter(({ medido_ms }) => medido_ms === null);
  if (nenhuma.length > 0)
    frases.push(
      `Ninguém foi atendido em ${lista(nenhuma.map(({ servidor }) => servidor))}.`,
    );
  if (atraso_ms === 0)
    frases.push("Com T = 0 sobra o custo de cada modelo, que varia: repita.");
  return frases.join(" ");
}

/** Quem foi mais rápido que quem, se há dois a comparar. */
function comparar(atendidas: { servidor: string; medido_ms: number }[]): string {
  const emOrdem = atendidas.toSorted((a, b) => a.medido_ms - b.medido_ms);
  const [primeiro, ultimo] = [emOrdem[0], emOrdem.at(-1)];
  if (!primeiro || !ultimo || primeiro === ultimo) return "";
  const razao = ultimo.medido_ms / primeiro.medido_ms;
  if (razao <= 1 + TOLERANCIA) return ": quase empataram";
  return `: ${primeiro.servidor} foi ${vezes(razao)} mais rápido que ${ultimo.servidor}`;
}

/** Se a espera medida é a de uma fila, N·T, ou a de todos juntos, T. */
function forma(clientes: number, atraso_ms: number, medido_ms: number): string {
  if (atraso_ms === 0 || clientes === 1) return "";
  const perto = (previsto: number) => Math.abs(medido_ms / previsto - 1) <= TOLERANCIA;
  if (perto(clientes * atraso_ms))
    return `fila: ${numero(clientes)} × ${exato(atraso_ms)} ms`;
  return perto(atraso_ms) ? "todos juntos" : "";
}
