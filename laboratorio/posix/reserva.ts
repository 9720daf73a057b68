/**
 * Uma reserva de threads que cresce sozinha: quando não há uma livre, o programa principal cria
 * outras, que executam o mesmo arquivo. Quem termina um trabalho fica livre para o próximo.
 */
import { desistir, encerrar } from "./partida.ts";

/** Quantas threads estão livres, em uma memória que todas veem. */
let livres = new Int32Array(new SharedArrayBuffer(4));
let total = 0; // no programa principal: quantas há, livres ou não
let trabalhando = false; // em cada thread

/** Quanto esperar para substituir uma thread que parou, em ms. */
const DESCANSO_MS = 500;

/**
 * No programa principal: cria as primeiras threads e, daí em diante, um quarto a mais a cada vez
 * que faltam. O erro que uma thread não tratou é mostrado, e outra a substitui.
 *
 * @param arquivo o que cada thread executa; `executar()` dá a ela o `trabalho`.
 * @param maximo quantas threads, no máximo.
 */
export function criarThreads(arquivo: string, maximo: number, trabalho: number): void {
  for (let novas = total / 4; novas >= 0 && total < maximo; novas--, total++) {
    Atomics.add(livres, 0, 1); // já conta, ainda que demore um pouco a começar
    // smol: o coletor de lixo de cada thread começa cedo, e 100 delas ocupam pouca memória
    const thread = new Worker(arquivo, { smol: true, argv: process.argv.slice(2) });
    thread.onmessage = () => criarThreads(arquivo, maximo, trabalho);
    thread.onerror = ({ message }) => {
      console.error(`Uma thread parou: ${message.trim()}`);
      Atomics.sub(livres, 0, 1);
      total--;
      setTimeout(criarThreads, DESCANSO_MS, arquivo, maximo, trabalho);
    };
    thread.postMessage({ livres, trabalho });
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
      livres = data.livres;
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
  if (Atomics.sub(livres, 0, 1) === 1) postMessage("nenhuma livre");
}

/** Na thread: terminou. */
export function livre(): void {
  trabalhando = false;
  Atomics.add(livres, 0, 1);
}

let vezes = 0;

/**
 * Na thread, de vez em quando: chama o coletor de lixo. Cada thread tem o seu, que mal nota os
 * textos curtos. Sem isto, 10 threads que ecoam mensagens de 64 bytes ocupam 20 MB a mais.
 */
export function recolherLixo(): void {
  if (++vezes % 1_000 === 0) Bun.gc(false);
}
