// Defeito: não obedece a ATRASO_MS, e então não dá para ver se é concorrente.
import { saudacao, servir } from "./comum.ts";

servir(saudacao);
