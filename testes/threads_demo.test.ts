/** A demonstração de threads: as seis linhas, na ordem, no tempo da maior espera. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { comando, melhorDe, Programa, TEM_PROC } from "./apoio.ts";

setDefaultTimeout(30_000);

const LINHAS = [
  "Thread 1: Iniciando.",
  "Thread 2: Iniciando.",
  "Programa principal: Aguardando as threads finalizarem...",
  "Thread 2: Finalizada.",
  "Thread 1: Finalizada.",
  "Programa principal: Todas as threads foram finalizadas.",
];

test("threads_demo.ts: seis linhas em ordem; 2 s e 1,5 s de espera custam 2 s", async () => {
  await melhorDe(3, async () => {
    const inicio = performance.now();
    await using demo = new Programa(comando("threads_demo.ts"));
    await demo.esperar(`${LINHAS[2]}\n`);
    const iniciadas = performance.now() - inicio;
    if (TEM_PROC) await demo.esperarWorkers(2);
    await demo.esperar(`${LINHAS[3]}\n`);
    const segunda = performance.now() - inicio;
    if (TEM_PROC) expect(demo.processador()).toBeLessThan(500); // esperam paradas
    const { codigo, saida, erros } = await demo.fim();
    const total = performance.now() - inicio;

    expect(saida).toBe(LINHAS.map((linha) => `${linha}\n`).join(""));
    expect(erros).toBe("");
    expect(codigo).toBe(0);
    expect(iniciadas).toBeLessThan(400);
    expect(segunda).toBeGreaterThan(1500);
    expect(segunda).toBeLessThan(1900);
    expect(total).toBeGreaterThan(2000);
    expect(total).toBeLessThan(2200); // 2,1 s, e a folga de uma máquina ocupada
  });
});
