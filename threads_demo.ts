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
  #alvo;
  #args: A;
  #resultado = Promise.withResolvers<R>();

  constructor(alvo: (...args: A) => R, ...args: A) {
    this.#alvo = alvo;
    this.#args = args;
  }

  // Volta quando a thread escreve a primeira linha, ou logo depois de ela começar
  async start(): Promise<void> {
    const worker = new Worker(import.meta.url);
    const comecou = Promise.withResolvers<void>();
    worker.onmessage = ({ data }) => {
      if (data) this.#resultado.resolve(data.resultado);
      comecou.resolve();
    };
    worker.onerror = ({ message }) => {
      console.error(message);
      process.exit(1);
    };
    worker.postMessage([this.#alvo.name, this.#args]);
    await Promise.race([comecou.promise, Bun.sleep(200)]);
  }

  join(): Promise<R> {
    return this.#resultado.promise;
  }

  static executar(funcoes: Record<string, (...args: any[]) => unknown>): void {
    addEventListener("message", async ({ data: [nome, args] }) => {
      const escrever = console.log;
      console.log = (...linha) => postMessage(escrever(...linha));
      postMessage({ resultado: await funcoes[nome]!(...args) });
      process.exit();
    });
  }
}

if (Bun.isMainThread) await main();
else Thread.executar({ tarefaSimples });
