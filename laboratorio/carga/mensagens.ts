/** O que os clientes enviam: texto variado, para que um byte perdido ou trocado apareça. */

const ALFABETO = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VARIEDADE = 65_536;

/** Dá a mensagem `numero` do cliente `cliente`. */
export type Mensagens = (cliente: number, numero: number) => Buffer;

/**
 * Uma fonte de mensagens, de `tamanhos` bytes em rodízio: a mesma para o mesmo par de
 * cliente e número, outra para pares diferentes (até 65 536 deles).
 *
 * O texto é ASCII: o servidor do roteiro corta as mensagens em 1024 bytes, e uma letra
 * acentuada cortada ao meio seria um defeito do cliente, não do servidor.
 */
export function fonteDeMensagens(tamanhos: number[]): Mensagens {
  const texto = Buffer.alloc(Math.max(0, ...tamanhos) + VARIEDADE);
  let estado = 42;
  for (let i = 0; i < texto.length; i++) {
    estado = (Math.imul(estado, 1_664_525) + 1_013_904_223) >>> 0;
    texto[i] = ALFABETO.charCodeAt(estado >>> 26);
  }
  return (cliente, numero) => {
    const inicio = (cliente * 10_007 + numero * 613) % VARIEDADE;
    return texto.subarray(inicio, inicio + (tamanhos[numero % tamanhos.length] ?? 0));
  };
}
