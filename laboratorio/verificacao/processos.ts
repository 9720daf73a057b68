/** O programa conferido visto por dentro, no Linux: processos, threads e descritores. */
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { type Ficha, fichas, ler, listar } from "../servidores/proc.ts";

/** Se dá para ver por dentro o programa conferido. */
export const VE_POR_DENTRO = process.platform === "linux";

/** O processo `pid` e os que descendem dele, como o Python atrás de um `sh` ou de um `uv run`. */
export function familia(pid: number, { zumbis = false } = {}): Ficha[] {
  const todos = fichas(zumbis);
  const achados = todos.filter((processo) => processo.pid === pid);
  for (const { pid: pai } of achados) {
    achados.push(...todos.filter((processo) => processo.pai === pai));
  }
  return achados;
}

/** Os que não iniciaram ninguém: quem só inicia o programa fica de fora. */
export function folhas(processos: Ficha[]): Ficha[] {
  return processos.filter(({ pid }) => !processos.some(({ pai }) => pai === pid));
}

export interface Thread {
  /** O número, que na principal é o do processo. */
  tid: number;
  /** O nome que o sistema lhe dá. */
  nome: string;
  /** Quantas vezes ela já deixou o processador: muda sempre que ela faz algo. */
  trocas: number;
}

/** As threads do processo, com a principal. */
export function threads(pid: number): Thread[] {
  return listar(`/proc/${pid}/task`).flatMap((tid) => {
    const ficha = ler(() => readFileSync(`/proc/${pid}/task/${tid}/status`, "utf-8"));
    if (ficha === undefined) return [];
    const nome = /^Name:\s*(.*)$/m.exec(ficha)?.[1] ?? "";
    const trocas = [...ficha.matchAll(/ctxt_switches:\s*(\d+)/g)];
    const soma = trocas.reduce((total, [, vezes]) => total + Number(vezes), 0);
    return { tid: Number(tid), nome, trocas: soma };
  });
}

/** O nome do executável, como `python3.12`; "" se não se sabe. */
export function executavel(pid: number): string {
  return ler(() => basename(readlinkSync(`/proc/${pid}/exe`))) ?? "";
}

/** Quantas threads e quantos descritores (arquivos e sockets abertos) têm juntos. */
export function recursos(processos: Ficha[]): { threads: number; descritores: number } {
  const somar = (pasta: string) =>
    processos.reduce((soma, { pid }) => soma + listar(`/proc/${pid}/${pasta}`).length, 0);
  return { threads: somar("task"), descritores: somar("fd") };
}
