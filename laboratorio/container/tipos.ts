/**
 * O que só o Experimento 2 mede, além das rodadas: o acesso ao container, a partida e a
 * parada, as conexões por segundo e os processos. Todo tempo é em milissegundos (ms).
 */
import type { Dados } from "../espera/tipos.ts";

/** Uma tentativa de falar com o servidor do container. */
export interface Acesso {
  /** De onde para onde, como "de fora, pela porta publicada". */
  caminho: string;
  /** O que o usuário digitaria para tentar o mesmo; em maiúsculas, os nomes que ele deu. */
  comando: string;
  funcionou: boolean;
  /** A última linha do cliente: a resposta do servidor ou o motivo da falha. */
  resposta: string;
}

/** Um servidor que partiu, respondeu e parou. */
export interface Ciclo {
  servidor: string;
  /** De 1 em diante. */
  rodada: number;
  /** Do comando de iniciar até a primeira resposta inteira. */
  partida_ms: number;
  /** Do comando de parar até o fim do processo. */
  parada_ms: number;
}

/** Quantas conexões um servidor atende por segundo, com alguns clientes sem descanso. */
export interface Vazao {
  servidor: string;
  rodada: number;
  conexoesPorSegundo: number;
  /** Motivo → quantas vezes: nenhuma resposta errada é descartada. */
  erros: Record<string, number>;
}

/** O servidor como processo; null no que o sistema não deixa ver. */
export interface Processo {
  /** Que servidor, e visto de onde: "container, de dentro". */
  visto: string;
  pid: number | null;
  /** O número do usuário que o executa. */
  usuario: number | null;
  threads: number | null;
  memoria_bytes: number | null;
  /** Quantos processos quem olha enxerga ao todo. */
  processosVisiveis: number | null;
}

/** O conteúdo de dados.json do Experimento 2. */
export interface DadosDoContainer extends Dados {
  experimento: "experimento2";
  motor: { nome: string; versao: string };
  /** Quanto demorou construir a imagem, com a imagem base já na máquina. */
  construcao_ms: number;
  /** Tamanho da imagem, em bytes, com o Bun dentro. */
  imagem_bytes: number;
  acessos: Acesso[];
  ciclos: Ciclo[];
  vazoes: Vazao[];
  processos: Processo[];
}
