// Defeito: lê a linha sem antes mostrar a pergunta.
import { clienteFinal } from "./comum.ts";

await clienteFinal({ pergunta: "" });
