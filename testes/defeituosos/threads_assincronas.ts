// Defeito: duas funções assíncronas na mesma thread.
import { AGUARDANDO, TODAS } from "./comum.ts";

async function tarefa(numero: number, espera_ms: number): Promise<void> {
  console.log(`Thread ${numero}: Iniciando.`);
  await Bun.sleep(espera_ms);
  console.log(`Thread ${numero}: Finalizada.`);
}

const tarefas = [tarefa(1, 2000), tarefa(2, 1500)];
console.log(AGUARDANDO);
await Promise.all(tarefas);
console.log(TODAS);
