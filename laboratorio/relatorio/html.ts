/** Um documento em uma página HTML que dispensa rede: estilo e gráficos vão dentro dela. */
import { ESTILO, type Grafico } from "./desenho.ts";
import type { Documento, Secao, Tabela } from "./documento.ts";
import { Marcacao, marcar } from "./marcacao.ts";

/**
 * O documento como uma página completa, clara ou escura conforme o sistema, e clara no papel.
 */
export function emHtml({ titulo, subtitulo, resumo, secoes }: Documento): string {
  return marcar`<!doctype html>
<html lang="pt-BR">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titulo}</title>
<link rel="icon" href="data:,">
<style>
${PAGINA}
${ESTILO}
</style>
</head>
<body>
<header>
<h1>${titulo}</h1>
<p class="subtitulo">${subtitulo}</p>
<p class="resumo">${resumo}</p>
</header>
<main>
${secoes.map(daSecao)}
</main>
</body>
</html>
`.texto;
}

function daSecao(secao: Secao): Marcacao {
  const { titulo, paragrafos = [], itens = [], graficos = [], tabelas = [] } = secao;
  const perguntas = secao.perguntas ?? [];
  return marcar`<section>
<h2>${titulo}</h2>
${paragrafos.map((paragrafo) => marcar`<p>${paragrafo}</p>\n`)}
${itens.length > 0 ? marcar`<ul>${itens.map((item) => marcar`<li>${item}</li>\n`)}</ul>` : null}
${tabelas.map(daTabela)}
${graficos.length > 0 ? marcar`<div class="graficos">${graficos.map(doGrafico)}</div>` : null}
${perguntas.length > 0 ? marcar`<ol class="perguntas">${perguntas.map((pergunta) => marcar`<li>${pergunta}<div class="resposta"></div></li>\n`)}</ol>` : null}
</section>
`;
}

/** Na tela estreita cada linha vira uma ficha, e cada célula mostra o nome da coluna. */
function daTabela({ cabecalho, colunas = [], grupos }: Tabela): Marcacao {
  const classe = (i: number) => {
    const tipo = colunas[i] ?? "numero";
    return tipo === "numero" ? null : marcar` class="${tipo}"`;
  };
  const celula = (valor: string, i: number) => {
    if (i === 0) return marcar`<th scope="row">${valor}</th>`;
    const conteudo = colunas[i] === "comando" ? marcar`<code>${valor}</code>` : valor;
    return marcar`<td${classe(i)} data-coluna="${cabecalho[i] ?? ""}">${conteudo}</td>`;
  };
  return marcar`<table${cabecalho.length === 2 ? marcar` class="pares"` : null}>
<thead><tr>${cabecalho.map((nome, i) => marcar`<th${classe(i)} scope="col">${nome}</th>`)}</tr></thead>
${grupos.map(
  ({ titulo, linhas }) => marcar`<tbody>
${titulo === null ? null : marcar`<tr class="grupo"><th colspan="${cabecalho.length}" scope="rowgroup">${titulo}</th></tr>\n`}
${linhas.map((linha) => marcar`<tr>${linha.map(celula)}</tr>\n`)}</tbody>
`,
)}</table>
`;
}

function doGrafico({ titulo, legenda, svg }: Grafico): Marcacao {
  return marcar`<figure>
<h3>${titulo}</h3>
${svg}
<figcaption>${legenda}</figcaption>
</figure>
`;
}

const PAGINA = new Marcacao(`:root {
  color-scheme: light dark;
  --fundo: #ffffff; --cartao: #f5f6f8; --tinta: #1b1f24; --fraca: #5b6470;
  --linha: #d5d9de; --destaque: #0063ad;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --fundo: #14171c; --cartao: #1d2128; --tinta: #e6e8eb; --fraca: #a9b0ba;
    --linha: #39404a; --destaque: #6bb8ff;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 72rem;
  background: var(--fundo); color: var(--tinta);
  font: 1.0625rem/1.55 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: clamp(1.7rem, 4vw, 2.5rem); line-height: 1.15; margin: 0 0 .4rem; text-wrap: balance }
h2 { font-size: 1.4rem; margin: 3rem 0 .8rem; padding-top: .8rem; border-top: 1px solid var(--linha) }
h3 { font-size: 1.05rem; margin: 0 0 .6rem }
p, li { max-width: 46rem } li { margin: .3rem 0 }
.subtitulo { color: var(--fraca); margin: 0 }
.resumo {
  font-size: 1.2rem; max-width: none; margin: 1.4rem 0 0; padding: .9rem 1.1rem;
  background: var(--cartao); border-left: .3rem solid var(--destaque); border-radius: .2rem;
}
.graficos { display: grid; gap: 2.5rem 3rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)) }
.graficos figure:first-child { grid-row: span 2 }
figure { margin: 0; max-width: 44rem; break-inside: avoid }
figure svg { display: block; width: 100%; height: auto; overflow: visible }
figcaption { color: var(--fraca); font-size: .95rem; margin-top: .6rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; font-size: .98rem }
th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid var(--linha) }
th:first-child, .texto, .comando { text-align: left }
code { font: .95em ui-monospace, Consolas, "Liberation Mono", monospace }
thead th { color: var(--fraca); font-weight: 500; vertical-align: bottom }
tbody { break-inside: avoid }
tbody th { font-weight: 600 }
.grupo th { padding-top: 1.1rem; border-bottom: 2px solid var(--linha); font-weight: 700 }
.pares { max-width: 46rem } .pares thead { display: none }
.pares th { width: 14rem; font-weight: 500; color: var(--fraca); vertical-align: top } .pares td { text-align: left }
.resposta { height: 5.4rem; margin: .3rem 0 1rem; max-width: 46rem; background: repeating-linear-gradient(transparent 0 1.7rem, var(--linha) 1.7rem 1.8rem) }
.perguntas li { break-inside: avoid; max-width: 46rem }
@media screen and (max-width: 58rem) {
  table:not(.pares), table:not(.pares) :is(tbody, tr, th, td) { display: block; max-width: 30rem }
  table:not(.pares) thead { display: none }
  table:not(.pares) tr:not(.grupo) { padding: .5rem 0; border-bottom: 1px solid var(--linha) }
  table:not(.pares) :is(th, td) { border: 0; padding: .1rem 0; text-align: left }
  table:not(.pares) td { display: flex; justify-content: space-between; gap: 1rem }
  table:not(.pares) td::before { content: attr(data-coluna); color: var(--fraca) }
  .grupo th { margin-top: 1.2rem; color: var(--destaque) }
  .pares th { width: 9rem }
}
@media print {
  @page { size: A4; margin: 15mm }
  :root { font-size: 9.5pt }
  body { padding: 0; font-size: 1rem }
  h2 { margin-top: 1.8rem; break-after: avoid }
  .graficos { grid-template-columns: 1fr 1fr; gap: 1.5rem }
  table { font-size: .86rem } th, td { padding: .2rem .35rem }
  .resumo, .resposta { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}`);
