// Defeito: termina sem se despedir.
import { clienteFinal } from "./comum.ts";

await clienteFinal({ despedida: "" });
