// Defeito: a segunda thread não diz que finalizou.
import { AGUARDANDO, TODAS, thread } from "./comum.ts";

const primeira = thread(1, 2000);
console.log("Thread 2: Iniciando.");
console.log(AGUARDANDO);
await primeira;
console.log(TODAS);
