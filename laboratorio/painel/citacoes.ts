/**
 * Quem o servidor diz que está atendendo: as linhas em que a saída dele cita IP e porta de um
 * cliente, como "Conexão estabelecida com 127.0.0.1:54321" ou, no Python, "('127.0.0.1', 54321)".
 */

/** Por quanto tempo vale uma citação que chegou antes da notícia da conexão, em ms. */
const ADIANTADA_MS = 250;
const ADIANTADAS_MAXIMAS = 2_000;

/** As portas que a linha cita, ao lado de um endereço IP. */
export function portasCitadas(linha: string): number[] {
  const enderecos =
    /\('[0-9a-f.:]+', (\d{1,5})(?:, \d+){0,2}\)|(?:(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*::[0-9a-f:]*\]?):(\d{1,5})\b/gi;
  return [...linha.matchAll(enderecos)].map(([, tupla, dois]) => Number(tupla ?? dois));
}

/**
 * Liga as linhas do servidor às conexões abertas. A linha e a notícia da conexão chegam por
 * caminhos diferentes, em qualquer ordem; cada conexão é citada no máximo uma vez.
 */
export class Citacoes {
  readonly #abertas = new Map<number, number>();
  readonly #adiantadas = new Map<number, number>();

  constructor(readonly aoCitar: (conexao: number) => void) {}

  /** A conexão que o servidor chama por esta porta passou a existir. */
  abrir(porta: number, conexao: number): void {
    const citada_ms = this.#adiantadas.get(porta) ?? -Infinity;
    this.#adiantadas.delete(porta);
    if (performance.now() - citada_ms < ADIANTADA_MS) this.aoCitar(conexao);
    else this.#abertas.set(porta, conexao);
  }

  /** A conexão dessa porta acabou. */
  fechar(porta: number): void {
    this.#abertas.delete(porta);
  }

  ler(linha: string): void {
    for (const porta of portasCitadas(linha)) {
      const conexao = this.#abertas.get(porta);
      this.#abertas.delete(porta);
      if (conexao !== undefined) this.aoCitar(conexao);
      else {
        if (this.#adiantadas.size >= ADIANTADAS_MAXIMAS) this.#adiantadas.clear();
        this.#adiantadas.set(porta, performance.now());
      }
    }
  }
}
