/** O que um relatório tem, como texto para o terminal. */

/**
 * Uma tabela de texto: a primeira coluna à esquerda, os números das outras à direita.
 *
 * @example
 * ```ts
 * console.log(tabela(["servidor", "mediana"], [["thread", "101"]]));
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
