// Defeito: as tarefas não esperam o tempo pedido.
import { AGUARDANDO, TODAS, thread } from "./comum.ts";

const threads = [thread(1, 20), thread(2, 15)];
console.log(AGUARDANDO);
await Promise.all(threads);
console.log(TODAS);
