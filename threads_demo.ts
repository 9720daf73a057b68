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
 *
 * Diferente do Python: cada thread é um Worker, que executa este mesmo arquivo desde o
 * começo, com uma cópia só sua de cada variável; os argumentos chegam por mensagem.
 */

// Uma função simples que simula uma tarefa demorada
function tarefaSimples(idThread: number, tempoEspera: number): void {
  console.log(`Thread ${idThread}: Iniciando.`);
  postMessage("iniciada"); // libera o start(), abaixo
  Bun.sleepSync(tempoEspera * 1000); // bloqueia esta thread, e só ela
  console.log(`Thread ${idThread}: Finalizada.`);
}

// O start() e o join() do Python, feitos com os eventos de um Worker
class Thread {
  #args: [idThread: number, tempoEspera: number];
  #fim?: Promise<unknown>;

  constructor(...args: [idThread: number, tempoEspera: number]) {
    this.#args = args;
  }

  // Como em Python, volta assim que a thread começa; não espera que ela termine
  async start(): Promise<void> {
    const worker = new Worker(import.meta.url);
    this.#fim = new Promise((fim) => worker.addEventListener("close", fim));
    worker.postMessage(this.#args);
    await new Promise((iniciada) => worker.addEventListener("message", iniciada));
  }

  async join(): Promise<void> {
    await this.#fim;
  }
}

// Sem este if, cada thread criaria outras duas: o Worker executa o arquivo desde o começo
if (Bun.isMainThread) {
  // Criando as threads
  const thread1 = new Thread(1, 2);
  const thread2 = new Thread(2, 1.5);

  // Iniciando as threads (elas rodam em paralelo)
  await thread1.start();
  await thread2.start();

  console.log("Programa principal: Aguardando as threads finalizarem...");
  // O método join() pausa a execução do programa principal até que a thread termine.
  await thread1.join();
  await thread2.join();

  console.log("Programa principal: Todas as threads foram finalizadas.");
} else {
  // Na thread: recebe os argumentos, executa a tarefa e termina
  addEventListener("message", ({ data: [idThread, tempoEspera] }) => {
    tarefaSimples(idThread, tempoEspera);
    process.exit(); // termina esta thread, e só ela
  });
}
