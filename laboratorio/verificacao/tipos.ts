/**
 * O que é uma checagem, como ela termina e quanto vale. Quem confere escreve `Checagem`;
 * quem executa produz `Resultado`; quem relata lê `Resultado` e nada mais.
 */

export type Estado = "passou" | "falhou" | "nao_executado";

/** Sem uma obrigatória o trabalho não está pronto; uma recomendada diz por que importa. */
export type Nivel = "obrigatoria" | "recomendada";

/** O programa não fez o que devia: o que se esperava, o que veio e por onde começar. */
export class Falha extends Error {
  constructor(
    readonly esperado: string,
    readonly recebido: string,
    readonly dica: string,
  ) {
    super(`esperado: ${esperado}; recebido: ${recebido}`);
  }
}

/**
 * O programa responde, mas com outro texto: a checagem falha, e as que dependem dela são
 * feitas assim mesmo, com o texto que veio.
 */
export class TextoDiferente extends Falha {}

/** Não dá para saber se o programa está certo; a mensagem diz por quê. */
export class NaoExecutado extends Error {}

/** O palco de uma checagem: o programa conferido e quem conversa com ele. */
export interface Cena {
  /** A seção do roteiro de que as checagens tratam, se elas não dizem outra. */
  readonly secao: string;
  /** Deixa o programa pronto para a próxima checagem, fora do prazo dela. */
  antes(): Promise<void>;
  /** Fecha o que a checagem abriu; depois de uma falha, também o programa. */
  depois(estado: Estado): Promise<void>;
  /** As últimas linhas do programa, como ele as escreveu. */
  ultimasLinhas(): string[];
}

/** O prazo de uma checagem comum, em ms. */
export const PRAZO_MS = 20_000;

export interface Checagem<C extends Cena> {
  /** Nome curto e fixo, para `depende` e para o JSON. */
  id: string;
  /** A seção do roteiro de que a checagem trata, se não é a da cena. */
  secao?: string;
  /** O que o programa faz quando está certo, como em "devolve 1 MiB inteiro". */
  nome: string;
  /** Obrigatória, se não se diz nada. */
  nivel?: Nivel;
  /** Quanto a checagem pode durar, em ms; além disso, falhou. `PRAZO_MS` se não se diz nada. */
  prazo_ms?: number;
  /** Checagens sem as quais esta não diz nada. */
  depende?: string[];
  /** Em uma recomendada: por que vale a pena atendê-la. */
  porQue?: string;
  /** A própria checagem cuida de iniciar o programa. */
  semPreparo?: boolean;
  /**
   * @throws {Falha} o programa não fez o que devia.
   * @throws {NaoExecutado} não dá para saber.
   */
  verificar(cena: C): Promise<void>;
}

export interface Resultado {
  id: string;
  secao: string;
  nome: string;
  nivel: Nivel;
  estado: Estado;
  duracao_ms: number;
  /** Só quando falhou. */
  esperado?: string;
  recebido?: string;
  dica?: string;
  ultimasLinhas?: string[];
  /** Falhou por ser outro o texto: as que dependem dela foram feitas assim mesmo. */
  outroTexto?: true;
  /** Por que uma recomendada importa; só quando ela não passou. */
  porQue?: string;
  /** Por que não foi executada. */
  motivo?: string;
}

/** Quantas checagens passaram, de quantas. */
export interface Nota {
  obrigatorias: { passaram: number; total: number };
  recomendadas: { passaram: number; total: number };
}

/** A nota: uma checagem não executada conta no total e não conta como passada. */
export function calcularNota(resultados: Resultado[]): Nota {
  const contar = (nivel: Nivel) => {
    const doNivel = resultados.filter((resultado) => resultado.nivel === nivel);
    const passaram = doNivel.filter((resultado) => resultado.estado === "passou").length;
    return { passaram, total: doNivel.length };
  };
  return { obrigatorias: contar("obrigatoria"), recomendadas: contar("recomendada") };
}

/** 0 se todas as obrigatórias passaram (e há pelo menos uma); 1 se não. */
export function codigoDeSaida({ obrigatorias }: Nota): 0 | 1 {
  return obrigatorias.total > 0 && obrigatorias.passaram === obrigatorias.total ? 0 : 1;
}
