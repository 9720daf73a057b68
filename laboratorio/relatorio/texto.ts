/** O que um relatório tem, como texto para o terminal. */
import type { Secao, Tabela } from "./documento.ts";

/** A largura das linhas, em caracteres, para caber em meia tela. */
export const LARGURA = 80;

/** As seções, com os parágrafos e os itens quebrados na largura; os gráficos ficam de fora. */
export function emTexto(secoes: Secao[]): string {
  return secoes
    .map(({ titulo, paragrafos = [], tabelas = [], itens = [] }) => ({
      titulo,
      partes: [
        ...paragrafos.map((paragrafo) => Bun.wrapAnsi(paragrafo, LARGURA)),
        ...tabelas.flatMap(daTabela),
        ...(itens.length > 0 ? [emItens(itens)] : []),
      ],
    }))
    .filter(({ partes }) => partes.length > 0)
    .flatMap(({ titulo, partes }) => [sublinhar(titulo), ...partes])
    .join("\n\n");
}

/** Um título, com um traço do tamanho dele embaixo. */
export function sublinhar(titulo: string): string {
  return `${titulo}\n${"=".repeat(Bun.stringWidth(titulo))}`;
}

/** Os itens, um por linha ou mais, cada um com o seu hífen. */
export function emItens(itens: string[]): string {
  return itens
    .map((item) => `- ${Bun.wrapAnsi(item, LARGURA - 2).replaceAll("\n", "\n  ")}`)
    .join("\n");
}

/**
 * Uma tabela de texto: a primeira coluna à esquerda, os números das outras à direita.
 *
 * @example
 * ```ts
 * tabela(["servidor", "mediana"], [["thread", "101"]]); // "servidor  mediana\nthread        101"
 * ```
 */
export function tabela(cabecalho: string[], linhas: string[][]): string {
  const todas = [cabecalho, ...linhas];
  const larguras = cabecalho.map((_, j) =>
    Math.max(...todas.map((linha) => Bun.stringWidth(linha[j] ?? ""))),
  );
  return todas
    .map((linha) =>
      larguras
        .map((largura, j) => alinhar(linha[j] ?? "", largura, j > 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function alinhar(texto: string, largura: number, aDireita: boolean): string {
  const espaco = " ".repeat(Math.max(0, largura - Bun.stringWidth(texto)));
  return aDireita ? espaco + texto : texto + espaco;
}

/** Uma tabela para cada grupo; a que tem textos e não cabe vira uma ficha para cada linha. */
function daTabela({ cabecalho, colunas, grupos }: Tabela): string[] {
  return grupos.map(({ titulo, linhas }) => {
    const inteira = tabela(cabecalho, linhas);
    const cabe = inteira.split("\n").every((linha) => Bun.stringWidth(linha) <= LARGURA);
    const ficha = ([nome, ...valores]: string[]) =>
      [nome, ...valores.map((valor, i) => `  ${cabecalho[i + 1]}: ${valor}`)].join("\n");
    const texto = cabe || !colunas ? inteira : linhas.map(ficha).join("\n");
    return titulo === null ? texto : `${titulo}\n${texto}`;
  });
}
