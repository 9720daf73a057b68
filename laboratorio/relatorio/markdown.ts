/** Um documento em Markdown, com os gráficos em arquivos SVG ao lado, para colar em um trabalho. */
import type { Grafico } from "./desenho.ts";
import type { Documento, Secao, Tabela } from "./documento.ts";
import { semControle } from "./marcacao.ts";

/**
 * O documento como texto Markdown; as imagens são os arquivos SVG da mesma pasta.
 */
export function emMarkdown({ titulo, subtitulo, resumo, secoes }: Documento): string {
  const partes = [
    `# ${escapar(titulo)}`,
    noComeco(subtitulo),
    `**${escapar(resumo)}**`,
    ...secoes.flatMap(daSecao),
  ];
  return partes.join("\n\n") + "\n";
}

function daSecao(secao: Secao): string[] {
  const { titulo, paragrafos = [], itens = [], graficos = [], tabelas = [] } = secao;
  const perguntas = secao.perguntas ?? [];
  return [
    `## ${escapar(titulo)}`,
    ...paragrafos.map(noComeco),
    ...(itens.length > 0 ? [itens.map((item) => `- ${noComeco(item)}`).join("\n")] : []),
    ...tabelas.flatMap(daTabela),
    ...graficos.flatMap(doGrafico),
    ...perguntas.map(
      (pergunta, i) => `${i + 1}. ${noComeco(pergunta)}\n\n   *Resposta:*`,
    ),
  ];
}

function daTabela({ cabecalho, colunas = [], grupos }: Tabela): string[] {
  const emLinha = (celulas: string[]) => `| ${celulas.join(" | ")} |`;
  const celula = (valor: string, i: number) =>
    colunas[i] === "comando" ? emCodigo(valor) : escapar(valor);
  const linha = (celulas: string[]) => emLinha(celulas.map(celula));
  const alinhamento = emLinha(
    cabecalho.map((_, i) =>
      i === 0 || (colunas[i] ?? "numero") !== "numero" ? "---" : "---:",
    ),
  );
  return grupos.flatMap(({ titulo, linhas }) => [
    ...(titulo === null ? [] : [`**${escapar(titulo)}**`]),
    [emLinha(cabecalho.map(escapar)), alinhamento, ...linhas.map(linha)].join("\n"),
  ]);
}

function doGrafico({ titulo, descricao, arquivo, legenda }: Grafico): string[] {
  return [
    `### ${escapar(titulo)}`,
    `![${escapar(descricao)}](${arquivo})`,
    `*${escapar(legenda)}*`,
  ];
}

/** Escapa o que o Markdown, ou o HTML dentro dele, entenderia como marcação em uma linha. */
function escapar(texto: string): string {
  return emUmaLinha(texto)
    .replace(/[\\`*[\]<|~#$&]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_");
}

/** No começo de uma linha, também o que faria dela um item, uma citação ou um título. */
function noComeco(texto: string): string {
  return escapar(texto)
    .replace(/^[-+=>]/, "\\$&")
    .replace(/^(\d+)(?=[.)](\s|$))/, "$1\\");
}

/** Um comando em uma célula, entre mais crases do que as que ele tem. */
function emCodigo(texto: string): string {
  // Em código, uma barra invertida antes de | não tem como ser escrita
  if (texto.includes("\\|") || texto.trim() === "") return escapar(texto);
  const codigo = emUmaLinha(texto).replaceAll("|", "\\|");
  const maior = Math.max(
    0,
    ...[...codigo.matchAll(/`+/g)].map(([crases]) => crases.length),
  );
  const crases = "`".repeat(maior + 1);
  const folga = /^`|`$/.test(codigo) ? " " : "";
  return crases + folga + codigo + folga + crases;
}

function emUmaLinha(texto: string): string {
  return semControle(texto).replace(/\s+/g, " ").trim();
}
