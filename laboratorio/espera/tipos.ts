/**
 * Os dados do laboratório, em um lugar só. Quem mede escreve `Dados`; quem resume, desenha
 * ou exporta lê `Dados` e nada mais. Todo tempo é em milissegundos (ms), no relógio
 * monotônico, a partir do sinal de partida comum a todos os clientes da rodada.
 */
import type { Ambiente } from "../relatorio/ambiente.ts";
import type { Intervalo } from "../relatorio/estatistica.ts";
import type { ServidorMedido } from "../servidores/pedidos.ts";

/** O que aconteceu com um cliente em uma rodada. */
export interface Atendimento {
  /** Número do cliente, de 1 a N, na ordem em que recebeu o primeiro byte. */
  cliente: number;
  /** Quando este cliente chamou connect; o maior da rodada é o desalinhamento da partida. */
  partida_ms: number;
  /** Quando a conexão foi aceita pelo sistema: aceita ainda não é atendida. */
  conectado_ms: number | null;
  /** A espera: do sinal ao primeiro byte da resposta. */
  primeiroByte_ms: number | null;
  /** Do sinal ao último byte, com a conexão encerrada pelo servidor. */
  ultimoByte_ms: number | null;
  /** Tamanho da resposta, em bytes. */
  bytes: number;
  /** Por que o cliente não foi atendido, em português; null se foi. */
  erro: string | null;
}

/** N clientes disparados ao mesmo tempo contra um servidor. */
export interface Rodada {
  servidor: string;
  /** Tempo de atendimento pedido ao servidor (ATRASO_MS); null se não é nosso para pedir. */
  atraso_ms: number | null;
  /** Quantos clientes ao mesmo tempo (N). */
  clientes: number;
  /** De 1 em diante; 0 é a rodada de aquecimento, que fica fora dos resumos. */
  rodada: number;
  /** Em ordem de `cliente`. */
  atendimentos: Atendimento[];
  /** Do sinal até o último byte do último cliente. */
  makespan_ms: number | null;
}

/** O conteúdo de dados.json dos experimentos. */
export interface Dados {
  versao: 1;
  experimento: "experimento1" | "experimento2";
  ambiente: Ambiente;
  /** As opções com que o comando rodou, já com os valores padrão. */
  opcoes: Record<string, unknown>;
  servidores: ServidorMedido[];
  rodadas: Rodada[];
}

/** O que as rodadas de um servidor com N clientes dizem, em ms. */
export interface Resumo {
  servidor: string;
  atraso_ms: number | null;
  clientes: number;
  rodadas: number;
  /** Mediana, entre as rodadas, da espera mediana de cada rodada. */
  mediana_ms: number;
  intervalo: Intervalo;
  /** Espera mediana de cada rodada: os pontos do gráfico. */
  pontos_ms: number[];
  p95_ms: number;
  maximo_ms: number;
  makespan_ms: number;
  /** Makespan do primeiro servidor ÷ o deste; NaN se um dos dois não fez o atraso pedido. */
  aceleracao: number;
  /** Makespan que a lei prevê (sequencial: N·T; threads: T); null sem tempo de atendimento. */
  previsao_ms: number | null;
  /** Se a medida confere com a previsão; null quando não há previsão. */
  confere: boolean | null;
  falhas: number;
}
