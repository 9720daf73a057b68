/**
 * Um sentido de uma conexão retransmitida: os bytes que chegam de um lado vão para o outro,
 * sem mudar nenhum. O que não coube fica aqui, e enquanto isso não se lê mais: o TCP segura
 * quem envia, e a memória não cresce.
 */
export class Sentido {
  /** Quantos bytes já chegaram por este sentido. */
  bytes = 0;
  /** Se quem envia já disse que acabou. */
  acabou = false;
  #sobra: Buffer | null = null;

  constructor(
    readonly de: Bun.Socket<unknown>,
    readonly para: Bun.Socket<unknown>,
  ) {}

  /** Chegaram dados: envia o que couber e, se sobrou, para de ler. */
  receber(dados: Buffer): void {
    this.bytes += dados.length;
    if (this.#sobra) {
      // A pausa já foi pedida; é o que o sistema ainda tinha ao avisar de um reset
      this.#sobra = Buffer.concat([this.#sobra, dados]);
      return;
    }
    const enviados = Math.max(0, this.para.write(dados));
    if (enviados === dados.length) return;
    this.#sobra = dados.subarray(enviados);
    this.de.pause();
  }

  /** Coube mais: envia o que sobrou e, se foi tudo, volta a ler. Pode ser chamado à toa. */
  escoar(): void {
    if (!this.#sobra) return;
    const enviados = Math.max(0, this.para.write(this.#sobra));
    if (enviados < this.#sobra.length) {
      this.#sobra = this.#sobra.subarray(enviados);
      return;
    }
    this.#sobra = null;
    if (this.acabou) this.para.shutdown();
    else this.de.resume();
  }

  /** Quem envia acabou (FIN): o outro lado fica sabendo depois do último byte. */
  terminar(): void {
    if (this.acabou) return;
    this.acabou = true;
    if (!this.#sobra) this.para.shutdown();
  }
}
