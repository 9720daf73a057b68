// Defeito: diz que as threads acabaram sem esperar por elas.
import { AGUARDANDO, TODAS, thread } from "./comum.ts";

void thread(1, 2000);
void thread(2, 1500);
console.log(AGUARDANDO);
console.log(TODAS);
