/** As corridas de uma aula: uma de cada vez, e as feitas guardadas para levar. */
import { ErroDeUso } from "../comando/erros.ts";
import type { ServidorPedido } from "../servidores/pedidos.ts";
import { Autodromo, type Resultado } from "./corrida.ts";
import { type Corrida, CORRIDAS_GUARDADAS } from "./estado.ts";
import type { Evento, Pedido } from "./eventos.ts";
import type { Mural } from "./mural.ts";
import { figuraDaCorrida, planilhaDasCorridas } from "./planilha.ts";
import type { ArquivoParaLevar } from "./servico.ts";

export class Aula implements AsyncDisposable {
  readonly #mural: Mural;
  readonly #autodromo: Autodromo;
  readonly #interrupcao: AbortSignal;
  readonly #liberar: (porta: number) => Promise<void>;
  readonly #feitas: Corrida[] = [];
  #ultima: Resultado | null = null;
  #disparadas = 0;
  #correndo: AbortController | null = null;

  /**
   * @param contar recebe cada evento das corridas, que há de chegar ao mural.
   * @param interrupcao ao ser acionada, a corrida em andamento para.
   * @param liberar deixa livre a porta de um servidor que usa sempre a mesma.
   */
  constructor(
    mural: Mural,
    contar: (evento: Evento) => void,
    interrupcao: AbortSignal,
    liberar: (porta: number) => Promise<void>,
  ) {
    this.#liberar = liberar;
    this.#mural = mural;
    this.#autodromo = new Autodromo(contar);
    this.#interrupcao = interrupcao;
  }

  /**
   * Dispara a corrida que o estado pede; o que acontece com ela são eventos.
   *
   * @param achar o servidor que tem um nome.
   * @throws {ErroDeUso} já há uma corrida em andamento.
   */
  disparar(achar: (nome: string) => ServidorPedido): void {
    if (this.#correndo) throw new ErroDeUso("já há uma corrida em andamento");
    const { pedido } = this.#mural.agora();
    void this.#correr(pedido, pedido.servidores.map(achar));
  }

  /** Para a corrida em andamento, se há uma: ela não vale. */
  interromper(): void {
    this.#correndo?.abort();
  }

  /** O que há para levar, pelo caminho em que a página o pede. */
  get arquivos(): Record<string, ArquivoParaLevar> {
    return {
      "/corridas.csv": () =>
        this.#feitas.length === 0
          ? null
          : { tipo: "text/csv", conteudo: planilhaDasCorridas(this.#feitas) },
      "/corrida.svg": () => {
        const conteudo = this.#ultima && figuraDaCorrida(this.#ultima);
        return conteudo ? { tipo: "image/svg+xml", conteudo } : null;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#autodromo[Symbol.asyncDispose]();
  }

  async #correr(pedido: Pedido, servidores: ServidorPedido[]): Promise<void> {
    this.#correndo = new AbortController();
    const parar = AbortSignal.any([this.#interrupcao, this.#correndo.signal]);
    for (const { porta } of servidores) if (porta) await this.#liberar(porta);
    const numero = ++this.#disparadas;
    const resultado = await this.#autodromo.correr(numero, servidores, pedido, parar);
    const { corrida } = this.#mural.agora();
    this.#correndo = null;
    if (!resultado || !corrida) return;
    this.#ultima = resultado;
    this.#feitas.push(corrida);
    this.#feitas.splice(0, this.#feitas.length - CORRIDAS_GUARDADAS);
  }
}
