/** Uma planilha em texto (CSV), do jeito que as planilhas em português esperam. */

/** O que cabe em uma célula; null é a célula vazia. */
export type Celula = string | number | null;

/**
 * As linhas como CSV. Os números levam vírgula decimal e as colunas se separam por ponto e
 * vírgula, que é como o Excel e o LibreOffice em português abrem um CSV com dois cliques; a
 * marca no começo (BOM) diz ao Excel que o texto é UTF-8.
 *
 * @example
 * ```ts
 * emCsv(["nome", "espera_ms"], [["thread", 100.5]]);
 * // "\uFEFFnome;espera_ms\r\nthread;100,5\r\n"
 * ```
 */
export function emCsv(colunas: string[], linhas: Celula[][]): string {
  const textos = [colunas, ...linhas].map((linha) => linha.map(celula).join(";"));
  return `\uFEFF${textos.join("\r\n")}\r\n`;
}

/**
 * Uma planilha com uma linha para cada item; as colunas são os campos deles, na ordem.
 *
 * @example
 * ```ts
 * planilha([{ nome: "thread", espera_ms: 100.5 }]); // "\uFEFFnome;espera_ms\r\nthread;100,5\r\n"
 * ```
 */
export function planilha(itens: Record<string, Celula>[]): string {
  return emCsv(Object.keys(itens[0] ?? {}), itens.map(Object.values));
}

function celula(valor: Celula): string {
  if (valor === null) return "";
  if (typeof valor === "number") return `${valor}`.replace(".", ",");
  return /[;"\r\n]/.test(valor) ? `"${valor.replaceAll('"', '""')}"` : valor;
}
