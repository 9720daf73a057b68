// Defeito: não percebe que o cliente parou de enviar, e não fecha a conexão.
import { eco, servir } from "./comum.ts";

servir({ ...eco, end() {} });
