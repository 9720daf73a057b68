/**
 * O que um servidor ocupa da máquina, segundo o Linux (/proc).
 *
 * Um comando pode criar outros processos (`npx`, `sh`): soma-se o grupo inteiro, que é o
 * que `ServidorEmTeste` cria para cada servidor. Em outros sistemas não há /proc, e a
 * resposta é null ("não disponível"), nunca zero.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Recursos } from "./tipos.ts";

/** Tiques do relógio do /proc por segundo: 100 em todo Linux para PC. */
const TIQUES_POR_SEGUNDO = 100;

/**
 * Os recursos do grupo de processos `grupo`, ou null se o sistema não informa ou se o
 * grupo já terminou.
 */
export function recursosDoGrupo(grupo: number): Recursos | null {
  if (process.platform !== "linux") return null;
  const processos = processosDoGrupo(grupo).flatMap((pid) => recursosDe(pid) ?? []);
  if (processos.length === 0) return null;
  return processos.reduce((total, um) => ({
    memoria_bytes: total.memoria_bytes + um.memoria_bytes,
    pico_bytes: total.pico_bytes + um.pico_bytes,
    threads: total.threads + um.threads,
    descritores: total.descritores + um.descritores,
    cpu_ms: total.cpu_ms + um.cpu_ms,
  }));
}

function processosDoGrupo(grupo: number): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    return Number(pid) === grupo || campos(pid)?.[2] === `${grupo}`;
  });
}

/** Os campos de /proc/PID/stat depois do nome, que pode ter espaços: [2] é o grupo. */
function campos(pid: string): string[] | undefined {
  return ler(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
}

function recursosDe(pid: string): Recursos | undefined {
  const estado = ler(`/proc/${pid}/status`);
  const stat = campos(pid);
  if (estado === undefined || stat === undefined) return undefined;
  const valor = (nome: string) =>
    Number(new RegExp(`^${nome}:\\s+(\\d+)`, "m").exec(estado)?.[1] ?? 0);
  return {
    memoria_bytes: valor("VmRSS") * 1024,
    pico_bytes: valor("VmHWM") * 1024,
    threads: valor("Threads"),
    descritores: quantosDescritores(pid),
    cpu_ms: ((Number(stat[11]) + Number(stat[12])) * 1000) / TIQUES_POR_SEGUNDO,
  };
}

function quantosDescritores(pid: string): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0; // o processo acabou de terminar
  }
}

/** O texto de um arquivo do /proc; undefined se o processo acabou de terminar. */
function ler(arquivo: string): string | undefined {
  try {
    return readFileSync(arquivo, "utf8");
  } catch {
    return undefined;
  }
}
