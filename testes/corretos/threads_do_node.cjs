// Certo: duas threads do Node, que esperam bloqueadas.
const { Worker, isMainThread, workerData } = require("node:worker_threads");

if (isMainThread) {
  const threads = [
    [1, 2000],
    [2, 1500],
  ].map((workerData) => new Worker(__filename, { workerData }));
  console.log("Programa principal: Aguardando as threads finalizarem...");
  Promise.all(threads.map((thread) => new Promise((fim) => thread.on("exit", fim)))).then(
    () => console.log("Programa principal: Todas as threads foram finalizadas."),
  );
} else {
  const [numero, espera_ms] = workerData;
  const { writeSync } = require("node:fs");
  writeSync(1, `Thread ${numero}: Iniciando.\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, espera_ms);
  writeSync(1, `Thread ${numero}: Finalizada.\n`);
}
