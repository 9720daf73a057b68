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
  if (process.platform !== "linux") return null;
  const processos = fichas()
    .filter((ficha) => ficha.pid === grupo || ficha.grupo === grupo)
    .flatMap((ficha) => recursosDe(ficha) ?? []);
  if (processos.length === 0) return null;
  return processos.reduce((total, um) => ({
    memoria_bytes: total.memoria_bytes + um.memoria_bytes,
    pico_bytes: total.pico_bytes + um.pico_bytes,
    threads: total.threads + um.threads,
    descritores: total.descritores + um.descritores,
    cpu_ms: total.cpu_ms + um.cpu_ms,
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
