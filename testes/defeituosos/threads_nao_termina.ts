// Defeito: escreve tudo e não termina.
import { AGUARDANDO, TODAS, thread } from "./comum.ts";

const threads = [thread(1, 2000), thread(2, 1500)];
console.log(AGUARDANDO);
await Promise.all(threads);
console.log(TODAS);
setInterval(() => {}, 1000);
