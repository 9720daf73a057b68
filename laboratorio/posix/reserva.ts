/**
 * Uma reserva de threads que cresce sozinha: quando não há uma livre, o programa principal cria
 * outras, que executam o mesmo arquivo. Quem termina um trabalho fica livre para o próximo.
 */
import { desistir, encerrar } from "./partida.ts";

/** Quantas threads estão livres e quantas há, em uma memória que todas veem. */
let contas = new Int32Array(new SharedArrayBuffer(8));
const LIVRES = 0;
const TOTAL = 1;
let trabalhando = false; // em cada thread

/** Quanto esperar para substituir uma thread que parou, em ms. */
const DESCANSO_MS = 500;

function quantas(qual: number): number {
  return Atomics.load(contas, qual);
}

/**
 * No programa principal: cria a primeira thread e, daí em diante, um quarto a mais a cada vez
 * que faltam. O erro que uma thread não tratou é mostrado, e outra a substitui.
 *
 * @param arquivo o que cada thread executa; `executar()` dá a ela o `trabalho`.
 * @param maximo quantas threads, no máximo.
 */
export function criarThreads(arquivo: string, maximo: number, trabalho: number): void {
  for (let novas = quantas(TOTAL) / 4; novas >= 0 && quantas(TOTAL) < maximo; novas--) {
    Atomics.add(contas, TOTAL, 1);
    Atomics.add(contas, LIVRES, 1); // já conta, ainda que demore um pouco a começar
    // smol: o coletor de lixo de cada thread começa cedo, e 100 delas ocupam pouca memória
    const thread = new Worker(arquivo, { smol: true, argv: process.argv.slice(2) });
    // Quando o aviso chega, alguém já pode ter ficado livre
    thread.onmessage = () => {
      if (quantas(LIVRES) <= 0) criarThreads(arquivo, maximo, trabalho);
    };
    thread.onerror = ({ message }) => {
      console.error(`Uma thread parou: ${message.trim()}`);
      Atomics.sub(contas, LIVRES, 1);
      Atomics.sub(contas, TOTAL, 1);
      setTimeout(criarThreads, DESCANSO_MS, arquivo, maximo, trabalho);
    };
    thread.postMessage({ contas, trabalho });
  }
}

/**
 * No programa principal, executa `principal`, com o Ctrl+C e os erros do início; em cada thread,
 * `thread` com o trabalho dela, que pode bloquear para sempre.
 */
export function executar(
  principal: () => void,
  thread: (trabalho: number) => void,
): void {
  if (!Bun.isMainThread)
    return addEventListener("message", ({ data }) => {
      contas = data.contas;
      try {
        thread(data.trabalho);
      } finally {
        if (trabalhando) livre();
      }
    });
  process.on("SIGINT", encerrar).on("SIGTERM", encerrar);
  try {
    principal();
  } catch (erro) {
    desistir((erro as Error).message);
  }
}

/** Na thread: começou um trabalho; se era a última livre, o programa principal cria outras. */
export function ocupada(): void {
  trabalhando = true;
  if (Atomics.sub(contas, LIVRES, 1) === 1) postMessage("nenhuma livre");
}

/** Na thread: terminou. */
export function livre(): void {
  trabalhando = false;
  Atomics.add(contas, LIVRES, 1);
}

/** De quanto em quanto a thread chama o coletor de lixo: os bytes, todas juntas dividem. */
const CHAMADAS = 2_000;
const BYTES = 150 << 20;
let acumulado = 0; // de 0 a 1

/**
 * Na thread, depois de cada chamada: de vez em quando, recolhe o lixo. Cada chamada deixa um
 * pouco (o que levou os argumentos à libc, a fatia do buffer, o texto mostrado), e o coletor, que
 * cada thread tem o seu, só começaria depois de vários MiB em cada uma.
 *
 * @param bytes quantos a chamada recebeu ou enviou.
 */
export function recolherLixo(bytes: number): void {
  acumulado += 1 / CHAMADAS + (bytes * quantas(TOTAL)) / BYTES;
  if (acumulado < 1) return;
  acumulado = 0;
  Bun.gc(true);
}
