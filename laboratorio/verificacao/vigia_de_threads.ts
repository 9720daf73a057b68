/**
 * Quantas threads um programa tem a cada instante, além das que a linguagem cria sozinha.
 * Só no Linux.
 */
import { executavel, familia, folhas, threads } from "./processos.ts";
import type { Thread } from "./processos.ts";
import type { Ficha } from "../servidores/proc.ts";
import type { Processo } from "../servidores/processo.ts";

/** De quanto em quanto tempo se olha, em ms. */
const INTERVALO_MS = 150;

export interface Amostra {
  instante_ms: number;
  /** Quantas threads o programa tem, sem a principal. */
  threads: number;
  /** Elas e as da linguagem: quantas vezes cada uma já deixou o processador. */
  trocas: Map<number, number>;
}

/** Olha o programa até ele terminar ou `prazo_ms` (ms) passar. */
export async function vigiarThreads(
  programa: Processo,
  prazo_ms: number,
): Promise<Amostra[]> {
  const limite = performance.now() + prazo_ms;
  const amostras: Promise<Amostra>[] = [];
  while (programa.vivo && performance.now() < limite) {
    // A primeira espera também: olhar não pode atrasar o registro das primeiras linhas
    await Bun.sleep(INTERVALO_MS);
    amostras.push(olhar(programa));
  }
  return await Promise.all(amostras);
}

/** O que se vê agora; o que falta saber da linguagem pode demorar. */
async function olhar({ pid }: Processo): Promise<Amostra> {
  const instante_ms = performance.now();
  const contagens: Promise<number>[] = [];
  const trocas = new Map<number, number>();
  for (const processo of folhas(familia(pid))) {
    const outras = threads(processo.pid).filter(({ tid }) => tid !== processo.pid);
    contagens.push(contar(processo, outras));
    for (const thread of outras) trocas.set(thread.tid, thread.trocas);
  }
  return { instante_ms, threads: Math.max(0, ...(await Promise.all(contagens))), trocas };
}

/** Se alguma thread, que não a principal, fez algo ou terminou entre uma amostra e outra. */
export function trabalharam(antes: Amostra, depois: Amostra): boolean {
  return [...antes.trocas].some(([tid, vezes]) => depois.trocas.get(tid) !== vezes);
}

/**
 * As threads que o programa pediu. O Bun dá nome às suas; o Node não, e desconta-se o que ele
 * tem parado. Em uma linguagem que não se conhece, todas contam.
 */
async function contar({ pid }: Ficha, outras: Thread[]): Promise<number> {
  const programa = executavel(pid);
  if (/^bun/.test(programa)) return outras.filter(({ nome }) => nome === "Worker").length;
  if (!/^node/.test(programa)) return outras.length;
  threadsDoNode ??= contarDoNode(pid);
  return outras.length + 1 - (await threadsDoNode);
}

let threadsDoNode: Promise<number> | undefined;

/** Quantas threads tem um Node que não faz nada. */
async function contarDoNode(pid: number): Promise<number> {
  const contar =
    "setTimeout(() => console.log(fs.readdirSync('/proc/self/task').length), 100)";
  const processo = Bun.spawn([`/proc/${pid}/exe`, "-e", contar], { timeout: 5_000 });
  return Number(await processo.stdout.text()) || 1;
}
