/**
 * Os dados da carga, em um lugar só: quem mede escreve, quem resume ou desenha lê.
 * Todo tempo é em milissegundos (ms) no relógio monotônico; todo tamanho, em bytes.
 */
import type { Ambiente } from "../relatorio/ambiente.ts";

/** O que o servidor faz com quem se conecta: saúda e encerra, ou devolve o que recebe. */
export type Familia = "saudacao" | "eco";

/** Uma situação de carga: quantos clientes ao mesmo tempo, cada um repetindo o quê. */
export interface Caso {
  familia: Familia;
  clientes: number;
  /** Tamanho de cada mensagem de eco; 0 na saudação. */
  tamanho_bytes: number;
}

/** O que se pede ao gerador, que é outro processo. */
export interface Pedido {
  porta: number;
  familia: Familia;
  clientes: number;
  /** Tamanhos das mensagens de eco, usados em rodízio. */
  tamanhos_bytes: number[];
  /** Depois de quantas mensagens o cliente de eco troca de conexão; null, nunca. */
  mensagensPorConexao: number | null;
  /** Pausa entre o fim de uma conexão e o começo da seguinte, em ms. */
  pausa_ms: number;
  /** Se parte dos clientes se comporta mal (veja falhas.ts). */
  comFalhas: boolean;
  /** A saudação esperada; vazia no eco. */
  saudacao: Buffer;
  /** Duração do aquecimento, que não entra na conta. */
  aquecimento_ms: number;
  /** Duração da medição. */
  medicao_ms: number;
  /** Quanto um cliente espera por uma resposta antes de dá-la por perdida. */
  prazo_ms: number;
}

/** O que o gerador mediu. */
export interface Medicao {
  /** Respostas inteiras e corretas dentro da medição, e quantos bytes elas têm. */
  respostas: number;
  bytes: number;
  /** Duração real da medição. */
  duracao_ms: number;
  /** Latências dessas respostas; null se não houve nenhuma. */
  p50_ms: number | null;
  p99_ms: number | null;
  maximo_ms: number | null;
  /** Motivo → quantas vezes, do aquecimento ao fim: nenhum erro é descartado. */
  erros: Record<string, number>;
  /** Quantas conversas teve cada espécie de cliente, do aquecimento ao fim. */
  conversas: Record<string, number>;
  /** Fração de um núcleo que o gerador ocupou durante a medição (1 = um núcleo inteiro). */
  cpuDoGerador: number;
}

/** O erro de uma conexão que nem se tentou: o gerador já não pode abrir nada. */
export const SEM_DESCRITORES = "sem descritores";

/** O que um servidor ocupa, somado aos processos que ele criou. */
export interface Recursos {
  /** Memória residente agora, e a maior até agora. */
  memoria_bytes: number;
  pico_bytes: number;
  threads: number;
  descritores: number;
  /** Tempo de processador gasto até agora. */
  cpu_ms: number;
}

/** Um servidor medido em um caso, em uma rodada. */
export interface Amostra extends Caso {
  servidor: string;
  /** De 1 em diante. */
  rodada: number;
  /** Da partida do comando à primeira conexão aceita; null se ele já estava no ar. */
  partida_ms: number | null;
  medicao: Medicao;
  /** O máximo visto durante a medição; null onde o sistema não informa. */
  recursos: Recursos | null;
  /** Fração de um núcleo que o servidor ocupou; null onde o sistema não informa. */
  cpuDoServidor: number | null;
}

/** Um servidor que se mede. */
export interface ServidorDaCarga {
  nome: string;
  /** O comando, como o usuário o digitaria. */
  comando: string;
  familia: Familia;
  /** A saudação que se exigiu em cada conexão; "" no eco. */
  saudacao: string;
}

/** O que todo dados.json da carga diz de como se mediu. */
export interface Cabecalho {
  versao: 1;
  experimento: "carga";
  ambiente: Ambiente;
  /** As opções com que o comando rodou, já com os valores padrão. */
  opcoes: Record<string, unknown>;
  servidores: ServidorDaCarga[];
}

/** O conteúdo de dados.json quando se mede a velocidade. */
export interface DadosDaCarga extends Cabecalho {
  amostras: Amostra[];
  /** O que o gerador alcança em cada caso contra o servidor mais simples possível. */
  alcance: Amostra[];
}
