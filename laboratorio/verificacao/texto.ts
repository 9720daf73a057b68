/** Como o que veio do programa aparece para quem lê: sempre visível, nunca um comando. */

/** Caracteres de controle e os que invertem o sentido do texto. */
const PERIGOSOS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** O texto com os caracteres de controle à mostra: `visivel("\x1b[2J")` é `\x1b[2J`. */
export function visivel(texto: string, maximo = 160): string {
  const inteiro = [...texto.slice(0, maximo * 2)];
  const inicio = inteiro.slice(0, maximo).join("");
  const cortado = inteiro.length > maximo || texto.length > maximo * 2;
  return inicio.replace(PERIGOSOS, escapar) + (cortado ? "…" : "");
}

function escapar(caractere: string): string {
  const codigo = caractere.codePointAt(0) ?? 0;
  if (caractere === "\n") return "\\n";
  if (caractere === "\r") return "\\r";
  if (caractere === "\t") return "\\t";
  const hexa = codigo.toString(16);
  return codigo < 0x100 ? `\\x${hexa.padStart(2, "0")}` : `\\u${hexa.padStart(4, "0")}`;
}

/** Bytes em uma frase: `descrever(Buffer.from("Olá"))` é `4 bytes: “Olá”`. */
export function descrever(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nada (0 bytes)";
  const texto = visivel(Buffer.from(bytes.subarray(0, 400)).toString("utf-8"), 80);
  const unidade = bytes.length === 1 ? "byte" : "bytes";
  return `${bytes.length.toLocaleString("pt-BR")} ${unidade}: “${texto}”`;
}

/** A posição do primeiro byte diferente; -1 se são iguais. */
export function primeiraDiferenca(um: Uint8Array, outro: Uint8Array): number {
  const menor = Math.min(um.length, outro.length);
  for (let posicao = 0; posicao < menor; posicao++) {
    if (um[posicao] !== outro[posicao]) return posicao;
  }
  return um.length === outro.length ? -1 : menor;
}

/** Se uma linha é de um rastro de pilha (stack trace), em Python, JavaScript, Java, Go… */
export function ehRastro(linha: string): boolean {
  return [
    /Traceback \(most recent call last\)/,
    /^\s+at .+[:(].*\d+\)?$/,
    /^Exception in thread /,
    /^(panic: |goroutine \d+ )/,
    /panicked at /,
    /^Unhandled exception/i,
  ].some((rastro) => rastro.test(linha));
}
