// Defeito: com o servidor fora do ar, não se despede.
import { clienteFinal, desistir } from "./comum.ts";

await clienteFinal({ desistir });
