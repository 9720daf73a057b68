/** O que o painel diz a uma página, pelo WebSocket. */
import type { Evento } from "./eventos.ts";
import type { Estado } from "./estado.ts";

/** `agora_ms` é o relógio do painel: por ele a página acerta o seu. */
export type Mensagem =
  | { tipo: "bem-vinda"; controla: boolean }
  | { tipo: "estado"; agora_ms: number; estado: Estado }
  | { tipo: "lote"; agora_ms: number; eventos: Evento[] }
  | { tipo: "recusa"; motivo: string };
