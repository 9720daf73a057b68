/**
 * O que acontece no painel, em uma corrente só de eventos: quem observa as conexões escreve
 * nela; o estado, a página, a planilha e os testes leem. Todo `em_ms` é o relógio monotônico
 * do painel, em milissegundos desde que ele começou.
 *
 * Uma conexão passa pelos fatos nesta ordem, e pode pular os que ninguém viu:
 *
 *   conectou → esperando → em atendimento → respondeu → encerrou
 *                                        ↘ falhou, a qualquer momento
 */
import type { Modelo } from "../servidores/pedidos.ts";

/** O que aconteceu com uma conexão. */
export interface EventoDeConexao {
  /**
   * - `conectou`: o sistema aceitou a conexão do cliente (ao vivo, o relé a aceitou);
   * - `esperando`: a conexão chegou ao servidor, que ainda não disse nada dela;
   * - `em atendimento`: a saída do servidor citou a conexão;
   * - `respondeu`: o primeiro byte da resposta;
   * - `encerrou`: acabou em ordem;
   * - `falhou`: acabou de outro modo; `motivo` diz qual.
   */
  tipo: (typeof FATOS)[number];
  em_ms: number;
  /** O servidor da corrida; null é uma conexão ao vivo. */
  corredor: string | null;
  /** Na corrida, de 1 a N; ao vivo, de 1 em diante, sem repetir. */
  conexao: number;
  /** Em `conectou`, ao vivo: IP:PORTA do cliente. */
  endereco?: string;
  /** De `conectou` ou `esperando` em diante: a porta pela qual o servidor chama a conexão. */
  porta?: number;
  /** Em `encerrou` e `falhou`, o que houve, se há o que dizer. */
  motivo?: string;
  /** Em `encerrou` e `falhou`, ao vivo: os bytes do cliente ao servidor, e de volta. */
  ida?: number;
  volta?: number;
}

/** Os fatos de uma conexão, na ordem em que acontecem. */
export const FATOS = [
  "conectou",
  "esperando",
  "em atendimento",
  "respondeu",
  "encerrou",
  "falhou",
] as const;

/** A corrida que a página prepara: a turma prevê antes de disparar. */
export interface Pedido {
  /** Os servidores escolhidos, pelo nome, na ordem em que aparecem. */
  servidores: string[];
  /** N, de 1 a 100. */
  clientes: number;
  /** T, de 0 a 2000 ms. */
  atraso_ms: number;
  /** Quanto a turma acha que espera o último cliente de cada servidor, em ms. */
  previsoes: Record<string, number | null>;
}

/** Um servidor que a página pode escolher. */
export interface Oferta {
  nome: string;
  comando: string;
  modelo: Modelo;
  /** Se serve à corrida: um servidor de eco, ou um que já roda, só serve ao vivo. */
  corre: boolean;
  /** Se é o painel que o inicia, e assim lê a saída dele e escolhe T. */
  nosso: boolean;
}

/** Um servidor na corrida, antes da largada. */
export interface Corredor {
  servidor: string;
  modelo: Modelo;
  /** A espera do último cliente, em ms: a que a turma prevê e a que a lei prevê. */
  turma_ms: number | null;
  lei_ms: number | null;
}

/** O que a corrida mediu em um servidor. */
export interface Chegada {
  servidor: string;
  /** A espera do último cliente atendido, em ms desde o sinal; null se ninguém foi. */
  medido_ms: number | null;
  /** Quantos clientes não foram atendidos. */
  falhas: number;
}

export type EventoDaCorrida =
  | { tipo: "pediu"; em_ms: number; pedido: Pedido }
  | {
      tipo: "preparou";
      em_ms: number;
      corrida: number;
      /** Data e hora, ISO 8601. */
      data: string;
      clientes: number;
      atraso_ms: number;
      corredores: Corredor[];
    }
  | { tipo: "largou"; em_ms: number }
  | { tipo: "chegou"; em_ms: number; chegada: Chegada }
  /** `frase` diz o que se viu, ou o problema que impediu a corrida. */
  | { tipo: "terminou"; em_ms: number; valeu: boolean; frase: string };

/** Como está o servidor que atende ao vivo. */
export type Situacao = "parado" | "iniciando" | "no ar" | "caiu";

export type EventoAoVivo =
  | {
      tipo: "servidor";
      em_ms: number;
      nome: string;
      atraso_ms: number;
      situacao: Situacao;
      /** Em `caiu`: o que houve, com as últimas linhas do programa. */
      problema?: string;
    }
  /** Uma linha que o servidor escreveu, sem caracteres de controle. */
  | { tipo: "linha"; em_ms: number; texto: string }
  /** Linhas que vieram depressa demais, ou longas demais, para guardar. */
  | { tipo: "linhas omitidas"; em_ms: number; quantas: number }
  /** Os bytes que uma conexão já trocou, do cliente ao servidor (`ida`) e de volta. */
  | { tipo: "bytes"; em_ms: number; conexao: number; ida: number; volta: number }
  /** Conexões além do limite do relé: contadas, e não guardadas. */
  | { tipo: "recusou"; em_ms: number; quantas: number }
  /** O relé abriu a porta, ou diz por que não; `custo_ms` é o que ele soma a uma ida e volta. */
  | {
      tipo: "relé";
      em_ms: number;
      porta: number;
      problema: string | null;
      custo_ms: number | null;
    };

export type Evento = EventoDeConexao | EventoDaCorrida | EventoAoVivo;

/** Se o evento é de uma conexão. */
export function deConexao(evento: Evento): evento is EventoDeConexao {
  return (FATOS as readonly string[]).includes(evento.tipo);
}
