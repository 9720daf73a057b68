/**
 * O mural: por aqui passa todo evento. Ele junta os que chegam perto um do outro em um lote,
 * no máximo 20 por segundo, refaz o estado e entrega o lote a quem o publica.
 */
import type { Evento } from "./eventos.ts";
import { avancar, type Estado, LINHAS_GUARDADAS } from "./estado.ts";

/** De quanto em quanto tempo sai um lote, em ms. */
const LOTE_MS = 50;

export class Mural implements Disposable {
  estado: Estado;
  #lote: Evento[] = [];
  #linhas = 0;
  #omitidas = 0;
  readonly #relogio: Timer;

  /**
   * @param publicar recebe cada lote, que nunca é vazio, e o estado depois dele.
   */
  constructor(
    inicial: Estado,
    readonly publicar: (lote: Evento[], estado: Estado) => void,
  ) {
    this.estado = inicial;
    this.#relogio = setInterval(() => this.descarregar(), LOTE_MS);
  }

  /** Quem tem números que mudam o tempo todo, como os bytes, os conta aqui, antes do lote. */
  antesDoLote: () => void = () => {};

  /** Um evento aconteceu. */
  contar(evento: Evento): void {
    if (evento.tipo === "linha" && ++this.#linhas > LINHAS_GUARDADAS) this.#omitidas++;
    else this.#lote.push(evento);
  }

  /** O estado com tudo o que já aconteceu. */
  agora(): Estado {
    this.descarregar();
    return this.estado;
  }

  /** Publica agora o que há para publicar. */
  descarregar(): void {
    this.antesDoLote();
    if (this.#omitidas > 0)
      this.#lote.push({
        tipo: "linhas omitidas",
        em_ms: performance.now(),
        quantas: this.#omitidas,
      });
    if (this.#lote.length === 0) return;
    const lote = this.#lote;
    [this.#lote, this.#linhas, this.#omitidas] = [[], 0, 0];
    this.estado = avancar(this.estado, lote);
    this.publicar(lote, this.estado);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#relogio);
  }
}
