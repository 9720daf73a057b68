/** Esperar por uma condição, sem dormir um tempo fixo: quem muda o estado avisa. */
export class Espera {
  readonly #acordar = new Set<() => void>();

  /** Algo mudou: quem espera confere de novo. */
  avisar(): void {
    for (const acordar of this.#acordar) acordar();
  }

  /**
   * Espera `condicao` valer.
   *
   * @returns se ela valeu dentro de `prazo_ms` (ms).
   */
  async ate(condicao: () => boolean, prazo_ms: number): Promise<boolean> {
    const limite = performance.now() + prazo_ms;
    while (!condicao()) {
      const resta = limite - performance.now();
      if (resta <= 0) return false;
      await new Promise<void>((seguir) => {
        const acordar = () => {
          clearTimeout(relogio);
          this.#acordar.delete(acordar);
          seguir();
        };
        const relogio = setTimeout(acordar, resta);
        this.#acordar.add(acordar);
      });
    }
    return true;
  }
}

/**
 * Espera a promessa, mas não mais que `prazo_ms` (ms), e não deixa relógio ligado.
 *
 * @returns se ela se cumpriu a tempo.
 */
export async function cumprida(
  promessa: Promise<unknown>,
  prazo_ms: number,
): Promise<boolean> {
  let relogio: Timer | undefined;
  const esgotado = new Promise<false>((seguir) => {
    relogio = setTimeout(() => seguir(false), prazo_ms);
  });
  try {
    return await Promise.race([promessa.then(() => true), esgotado]);
  } finally {
    clearTimeout(relogio);
  }
}
