/**
 * Estudo Dirigido, 1.2: duas threads esperam ao mesmo tempo.
 *
 *   Terminal 1: bun run threads_demo.ts
 *
 *   Thread 1: Iniciando.
 *   Thread 2: Iniciando.
 *   Programa principal: Aguardando as threads finalizarem...
 *   Thread 2: Finalizada.
 *   Thread 1: Finalizada.
 *   Programa principal: Todas as threads foram finalizadas.
 */
import { once } from "node:events";

function tarefaSimples(idThread: number, tempoEspera: number): void {
  // Uma função simples que simula uma tarefa demorada
  console.log(`Thread ${idThread}: Iniciando.`);
  Bun.sleepSync(tempoEspera * 1000);
  console.log(`Thread ${idThread}: Finalizada.`);
}

async function main(): Promise<void> {
  // Criando as threads
  const thread1 = new Thread(tarefaSimples, 1, 2);
  const thread2 = new Thread(tarefaSimples, 2, 1.5);

  // Iniciando as threads (elas rodam "em paralelo")
  await thread1.start();
  await thread2.start();

  console.log("Programa principal: Aguardando as threads finalizarem...");
  // O método join() pausa a execução do programa principal até que a thread termine.
  await thread1.join();
  await thread2.join();
  console.log("Programa principal: Todas as threads foram finalizadas.");
}

// ------- Por baixo: o que o Python traz pronto em `threading` -------
// Uma thread é um Worker: executa este mesmo arquivo e, nele, a função que lhe pedem
class Thread<A extends unknown[], R> {
  start; // volta quando a thread escreve a primeira linha ou, se ela se cala, em 0,2 s
  join = (): Promise<R> => Promise.reject(new Error("join() antes de start()"));
  constructor(alvo: (...args: A) => R, ...args: A) {
    this.start = async (): Promise<void> => {
      const worker = new Worker(import.meta.url);
      let ultima: R; // a última mensagem é o que a função devolveu
      worker.onmessage = ({ data }) => (ultima = data);
      worker.onerror = ({ message }) => process.exit(console.error(message) ?? 1);
      const fim = once(worker, "close").then(() => ultima);
      this.join = () => fim;
      worker.postMessage([alvo.name, args]);
      await once(worker, "open");
      await Promise.race([once(worker, "message"), Bun.sleep(200)]);
    };
  }
}

function executar(funcoes: Record<string, Function>): void {
  console.log = (...linha) => postMessage(console.info(...linha)); // e dá sinal de vida
  const atender = async ({ data: [nome, args] }: MessageEvent) =>
    postMessage(await funcoes[nome]!(...args));
  addEventListener("message", atender, { once: true });
}

Bun.isMainThread ? await main() : executar({ tarefaSimples });
