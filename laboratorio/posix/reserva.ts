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
 * No programa principal: cria a primeira thread e, daí em diante, um quarto a mais a cada vez
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
    // Quando o aviso chega, alguém já pode ter ficado livre
    thread.onmessage = () => {
      if (Atomics.load(livres, 0) <= 0) criarThreads(arquivo, maximo, trabalho);
    };
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

/** A cada quantas chamadas, ou a cada 16 MiB, a thread chama o coletor de lixo. */
const CHAMADAS = 2_000;
const BYTES_POR_CHAMADA = 8192; // os bytes que pesam como uma chamada
let chamadas = 0;

/**
 * Na thread, depois de cada chamada: de vez em quando, recolhe o lixo. O coletor, que cada thread
 * tem o seu, mal nota os textos que ela mostra; sem isto, cada uma guardaria vários MiB deles.
 *
 * @param bytes quantos a chamada recebeu ou enviou.
 */
export function recolherLixo(bytes: number): void {
  chamadas += 1 + bytes / BYTES_POR_CHAMADA;
  if (chamadas < CHAMADAS) return;
  chamadas = 0;
  Bun.gc(true);
}
