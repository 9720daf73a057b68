// Defeito: aceita a conexão, mas não envia nada.
import { saudacao, servir } from "./comum.ts";

servir({ ...saudacao, open() {} });
