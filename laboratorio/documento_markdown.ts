/** Um documento em Markdown, com os gráficos em arquivos SVG ao lado, para colar em um trabalho. */
import type { Grafico } from "./desenho.ts";
import type { Documento, Secao, Tabela } from "./documento.ts";
import { semControle } from "./marcacao.ts";

/**
 * O documento como texto Markdown; as imagens são os arquivos SVG da mesma pasta.
 *
 * @example
 * ```ts
 * await Bun.write("relatorio.md", emMarkdown(documento));
 * ```
 */
export function emMarkdown({ titulo, subtitulo, resumo, secoes }: Documento): string {
  const partes = [
    `# ${escapar(titulo)}`,
    escapar(subtitulo),
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
    ...paragrafos.map(escapar),
    ...(itens.length > 0 ? [itens.map((item) => `- ${escapar(item)}`).join("\n")] : []),
    ...tabelas.flatMap(daTabela),
    ...graficos.flatMap(doGrafico),
    ...perguntas.map((pergunta, i) => `${i + 1}. ${escapar(pergunta)}\n\n   *Resposta:*`),
  ];
}

function daTabela({ cabecalho, grupos }: Tabela): string[] {
  const linha = (celulas: string[]) => `| ${celulas.map(escapar).join(" | ")} |`;
  const alinhamento = `| ${cabecalho.map((_, i) => (i === 0 ? "---" : "---:")).join(" | ")} |`;
  return grupos.flatMap(({ titulo, linhas }) => [
    ...(titulo === null ? [] : [`**${escapar(titulo)}**`]),
    [linha(cabecalho), alinhamento, ...linhas.map(linha)].join("\n"),
  ]);
}

function doGrafico({ titulo, descricao, arquivo, legenda }: Grafico): string[] {
  return [
    `### ${escapar(titulo)}`,
    `![${escapar(descricao)}](${arquivo})`,
    `*${escapar(legenda)}*`,
  ];
}

/** Escapa o que o Markdown, ou o HTML dentro dele, entenderia como marcação. */
function escapar(texto: string): string {
  return semControle(texto)
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>|~#$&!]/g, "\\$&")
    .replace(/^([-+=]|\d+(?=[.)]))/, (inicio) =>
      /\d/.test(inicio) ? `${inicio}\\` : `\\${inicio}`,
    );
}
