// Defeito: espera a primeira thread acabar antes de iniciar a segunda.
import { AGUARDANDO, TODAS, thread } from "./comum.ts";

await thread(1, 2000);
await thread(2, 1500);
console.log(AGUARDANDO);
console.log(TODAS);
