/** Os processos de um programa, como o Linux os mostra em /proc; em outro sistema, nenhum. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Se dá para ver por dentro o programa conferido. */
export const VE_POR_DENTRO = process.platform === "linux";

export interface Processo {
  pid: number;
  pai: number;
}

/** O processo `pid` e os que descendem dele, como o Python atrás de um `sh` ou de um `uv run`. */
export function familia(pid: number): Processo[] {
  const todos = listar("/proc").flatMap(ler);
  const achados = todos.filter((processo) => processo.pid === pid);
  for (const { pid: pai } of achados) {
    achados.push(...todos.filter((processo) => processo.pai === pai));
  }
  return achados;
}

/** Os que não iniciaram ninguém: quem só inicia o programa fica de fora. */
export function folhas(processos: Processo[]): Processo[] {
  return processos.filter(({ pid }) => !processos.some(({ pai }) => pai === pid));
}

/** Os nomes que o sistema dá às threads do processo, com a principal. */
export function threads(pid: number): string[] {
  return listar(`/proc/${pid}/task`).flatMap((thread) =>
    tentar(() => readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf-8").trim()),
  );
}

/** O nome do executável, como `python3.12`; "" se não se sabe. */
export function executavel(pid: number): string {
  return tentar(() => basename(readlinkSync(`/proc/${pid}/exe`)))[0] ?? "";
}

/** Quantas threads e quantos descritores (arquivos e sockets abertos) têm juntos. */
export function recursos(processos: Processo[]): {
  threads: number;
  descritores: number;
} {
  const somar = (pasta: string) =>
    processos.reduce((soma, { pid }) => soma + listar(`/proc/${pid}/${pasta}`).length, 0);
  return { threads: somar("task"), descritores: somar("fd") };
}

function ler(pid: string): Processo[] {
  if (!/^\d+$/.test(pid)) return [];
  return tentar(() => {
    const estado = readFileSync(`/proc/${pid}/stat`, "latin1");
    // O nome, entre parênteses, pode ter espaços; o pai vem depois do estado
    const [, pai] = estado.slice(estado.lastIndexOf(")") + 2).split(" ");
    return { pid: Number(pid), pai: Number(pai) };
  });
}

function listar(pasta: string): string[] {
  return tentar(() => readdirSync(pasta)).flat();
}

/** O que foi lido, ou nada: um processo pode terminar a qualquer instante. */
function tentar<T>(ler: () => T): T[] {
  try {
    return [ler()];
  } catch {
    return [];
  }
}
