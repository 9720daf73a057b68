/** Quanto cada classe é maior que a anterior: a precisão dos quantis é de 1 %. */
const PASSO = Math.log(1.01);
/** A menor latência que se distingue, em ms: a resolução do relógio. */
const MENOR_MS = 1e-4;

/**
 * Latências em um histograma de classes proporcionais: milhões delas cabem em poucos KiB,
 * e os quantis saem com 1 % de precisão. A maior de todas é guardada exata.
 */
export class Latencias {
  readonly #classes: number[] = [];
  #quantas = 0;
  #maxima_ms: number | null = null;

  /** Acrescenta uma latência, em ms. */
  anotar(latencia_ms: number): void {
    const classe = Math.ceil(
      Math.log(Math.max(latencia_ms, MENOR_MS) / MENOR_MS) / PASSO,
    );
    while (this.#classes.length <= classe) this.#classes.push(0);
    this.#classes[classe] = (this.#classes[classe] ?? 0) + 1;
    this.#quantas++;
    this.#maxima_ms = Math.max(this.#maxima_ms ?? 0, latencia_ms);
  }

  get quantas(): number {
    return this.#quantas;
  }

  /** A maior latência, em ms; null se não há nenhuma. */
  get maxima_ms(): number | null {
    return this.#maxima_ms;
  }

  /** A latência que a fração `q` das respostas não ultrapassa, em ms; null sem respostas. */
  quantil(q: number): number | null {
    if (this.#maxima_ms === null) return null;
    const posicao = Math.max(1, Math.ceil(q * this.#quantas));
    let vistas = 0;
    const classe = this.#classes.findIndex((n) => (vistas += n) >= posicao);
    return Math.min(MENOR_MS * Math.exp(classe * PASSO), this.#maxima_ms);
  }
}
