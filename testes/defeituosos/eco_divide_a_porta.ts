// Defeito: com SO_REUSEPORT, duas cópias dividem a mesma porta em silêncio.
import { eco, servir } from "./comum.ts";

servir(eco, { reusePort: true });
