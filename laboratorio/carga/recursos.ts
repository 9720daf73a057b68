/**
 * O que um servidor ocupa da máquina, segundo o Linux (/proc).
 *
 * Um comando pode criar outros processos (`npx`, `sh`): soma-se o grupo inteiro, que é o
 * que `ServidorEmTeste` cria para cada servidor. Em outros sistemas não há /proc, e a
 * resposta é null ("não disponível"), nunca zero.
 */
import { readFileSync } from "node:fs";
import { type Ficha, fichas, ler, listar } from "../servidores/proc.ts";
import type { Recursos } from "./tipos.ts";

/**
 * Os recursos do grupo de processos `grupo`, ou null se o sistema não informa ou se o
 * grupo já terminou.
 */
export function recursosDoGrupo(grupo: number): Recursos | null {
  const processos = fichas().filter(
    (ficha) => ficha.pid === grupo || ficha.grupo === grupo,
  );
  return combinar(
    processos.flatMap((ficha) => recursosDe(ficha) ?? []),
    (a, b) => a + b,
  );
}

/** Cada recurso de todos eles, combinado de dois em dois; null se não há nenhum. */
export function combinar(
  todos: Recursos[],
  juntar: (a: number, b: number) => number,
): Recursos | null {
  if (todos.length === 0) return null;
  return todos.reduce((a, b) => ({
    memoria_bytes: juntar(a.memoria_bytes, b.memoria_bytes),
    pico_bytes: juntar(a.pico_bytes, b.pico_bytes),
    threads: juntar(a.threads, b.threads),
    descritores: juntar(a.descritores, b.descritores),
    cpu_ms: juntar(a.cpu_ms, b.cpu_ms),
  }));
}

function recursosDe({ pid, cpu_ms }: Ficha): Recursos | undefined {
  const estado = ler(() => readFileSync(`/proc/${pid}/status`, "utf8"));
  if (estado === undefined) return undefined;
  const valor = (nome: string) =>
    Number(new RegExp(`^${nome}:\\s+(\\d+)`, "m").exec(estado)?.[1] ?? 0);
  return {
    memoria_bytes: valor("VmRSS") * 1024,
    pico_bytes: valor("VmHWM") * 1024,
    threads: valor("Threads"),
    descritores: listar(`/proc/${pid}/fd`).length,
    cpu_ms,
  };
}
