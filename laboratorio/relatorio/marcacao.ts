/**
 * HTML e SVG escritos como texto, com um cuidado só: o que entra em `${…}` é conteúdo,
 * nunca marcação. O nome que o usuário deu a um servidor não vira etiqueta nem script.
 */

/** Um trecho de HTML ou SVG já pronto. */
export class Marcacao {
  constructor(readonly texto: string) {}
}

type Conteudo = string | number | Marcacao | null | Conteudo[];

/**
 * Monta um trecho de HTML ou SVG. Textos são escapados, coordenadas são arredondadas ao
 * centésimo, trechos prontos e listas entram como estão, null não escreve nada.
 *
 * @example
 * ```ts
 * marcar`<p>${"<b>"}</p>`.texto; // "<p>&lt;b&gt;</p>"
 * ```
 */
export function marcar(partes: TemplateStringsArray, ...valores: Conteudo[]): Marcacao {
  return new Marcacao(String.raw({ raw: partes }, ...valores.map(escrever)));
}

function escrever(valor: Conteudo): string {
  if (valor === null) return "";
  if (Array.isArray(valor)) return valor.map(escrever).join("");
  if (valor instanceof Marcacao) return valor.texto;
  if (typeof valor === "number") return `${Math.round(valor * 100) / 100}`;
  return Bun.escapeHTML(semControle(valor));
}

/** Troca por � os caracteres de controle, que um arquivo SVG não pode conter. */
export function semControle(texto: string): string {
  return texto.replace(/[^\P{Cc}\n\t]|\p{Cs}|[\uFFFE\uFFFF]/gu, "�");
}

/**
 * Uma linha que um programa escreveu, para mostrar no terminal ou na página: sem cores nem
 * caracteres de controle, e com no máximo `maximo` caracteres.
 */
export function linhaDePrograma(linha: string, maximo = 300): string {
  const letras = [...semControle(Bun.stripANSI(linha.slice(0, 4 * maximo)))];
  return letras.length <= maximo
    ? letras.join("")
    : `${letras.slice(0, maximo - 1).join("")}…`;
}
