/**
 * As peças dos gráficos, em SVG e sem navegador: cores, textos, eixos e rótulos.
 *
 * As cores claras são atributos de cada marca, que qualquer editor de texto entende; ESTILO
 * as troca na tela escura. Cada servidor tem cor, forma e tracejado só seus, que se
 * distinguem no papel em preto e branco e por quem não distingue cores.
 */
import { numero } from "./formato.ts";
import { Marcacao, marcar, semControle } from "./marcacao.ts";

/** Um gráfico e os textos que o acompanham. */
export interface Grafico {
  /** Nome do arquivo SVG, sem pasta. */
  arquivo: string;
  titulo: string;
  /** O que olhar no gráfico. */
  legenda: string;
  /** O que o gráfico mostra, para quem não o vê. */
  descricao: string;
  svg: Marcacao;
}

/** A largura de todo gráfico, na unidade do desenho. */
export const LARGURA = 480;
/** A largura de um caractere, na fonte mais larga que um navegador costuma escolher. */
export const CARACTERE = 8;
export const CARACTERE_NEGRITO = 10.8;

/** Como um servidor aparece em todos os gráficos. */
export interface Aparencia {
  /** Número do servidor nas classes `f0` (preenchimento) e `t0` (traço) do estilo. */
  classe: number;
  /** A cor no papel e na tela clara. */
  cor: string;
  tracejado: string;
  /** A marca da mediana, como caminho SVG a partir do centro. */
  forma: string;
}

const CIRCULO = "m-5,0a5,5 0 1 0 10,0a5,5 0 1 0 -10,0z";
const QUADRADO = "m-5,-5h10v10h-10z";
const TRIANGULO = "m0,-7l6,11h-12z";
const LOSANGO = "m0,-7l7,7l-7,7l-7,-7z";
const TRIANGULO_PARA_BAIXO = "m0,7l6,-11h-12z";
const CRUZ = "m-2,-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z";

const APARENCIAS = [
  { cor: "#c24e00", corEscura: "#ff9d5c", tracejado: "none", forma: CIRCULO },
  { cor: "#0063ad", corEscura: "#6bb8ff", tracejado: "7 3", forma: QUADRADO },
  { cor: "#004a35", corEscura: "#b6f2c8", tracejado: "2 3", forma: TRIANGULO },
  { cor: "#96357a", corEscura: "#f39ad6", tracejado: "9 3 2 3", forma: LOSANGO },
  {
    cor: "#7a5c00",
    corEscura: "#e6c34d",
    tracejado: "12 4",
    forma: TRIANGULO_PARA_BAIXO,
  },
  { cor: "#4d4d4d", corEscura: "#c9c9c9", tracejado: "4 4", forma: CRUZ },
];

/** A aparência do servidor que ocupa esta posição na lista de servidores. */
export function aparencia(posicao: number): Aparencia {
  const classe = posicao % APARENCIAS.length;
  const escolhida = APARENCIAS[classe];
  if (!escolhida) throw new RangeError(`não há servidor na posição ${posicao}`);
  return { classe, ...escolhida };
}

/** As cores da tela escura; o papel fica sempre claro. */
export const ESTILO = new Marcacao(`@media screen and (prefers-color-scheme: dark) {
  .fundo { fill: #14171c } .contorno { stroke: #14171c }
  .tinta { fill: #e6e8eb } .tinta-fraca { fill: #a9b0ba } .falha { fill: #ff9a9a }
  .grade { stroke: #333a44 } .eixo { stroke: #a9b0ba } .espera { fill: #525b68 }
${APARENCIAS.map(({ corEscura }, i) => `  .f${i} { fill: ${corEscura} } .t${i} { stroke: ${corEscura} }`).join("\n")}
}`);

/** O elemento svg, com a descrição para leitores de tela. */
export function desenho(altura: number, descricao: string, conteudo: Marcacao): Marcacao {
  return marcar`<svg xmlns="http://www.w3.org/2000/svg" ${new Marcacao(moldura(0, 0, LARGURA, altura))} role="img" aria-label="${descricao}" font-family="system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" font-size="14" text-rendering="geometricPrecision">
${conteudo}
</svg>`;
}

/**
 * O gráfico como um arquivo SVG que se sustenta sozinho, com margem, fundo e estilo.
 */
export function comoArquivo({ svg }: Grafico): string {
  const fundo = marcar`<style>${ESTILO}</style>
<rect class="fundo" fill="#ffffff" x="-12" y="-4" width="100%" height="100%"/>`;
  return (
    svg.texto
      .replace(/viewBox="0 0 (\S+) (\S+)" width="\S+" height="\S+"/, (_, l, a) =>
        moldura(-12, -4, Number(l) + 24, Number(a) + 8),
      )
      .replace(">", () => `>\n${fundo.texto}`) + "\n"
  );
}

/** A parte do desenho que aparece e o tamanho, em pixels, de quem o abre sozinho. */
function moldura(x: number, y: number, largura: number, altura: number): string {
  return `viewBox="${x} ${y} ${largura} ${altura}" width="${largura * 1.5}" height="${altura * 1.5}"`;
}

/** De que cor é um texto: a tinta comum, a fraca dos eixos, a das falhas ou a de um servidor. */
type Tinta = "tinta" | "tinta-fraca" | "falha" | Aparencia;

const TINTAS = { tinta: "#1b1f24", "tinta-fraca": "#5b6470", falha: "#b00020" };

/** Um texto com a base em (x, y); `ancora` diz que ponto dele fica ali. */
export function textoEm(
  x: number,
  y: number,
  conteudo: string | Marcacao[],
  tinta: Tinta = "tinta",
  ancora: "start" | "middle" | "end" = "start",
): Marcacao {
  const [classe, cor] =
    typeof tinta === "string" ? [tinta, TINTAS[tinta]] : [`f${tinta.classe}`, tinta.cor];
  return marcar`<text class="${classe}" fill="${cor}" text-anchor="${ancora}" x="${x}" y="${y}">${conteudo}</text>`;
}

/** Uma explicação de marca na chave do gráfico. */
export interface ItemDaChave {
  marca: Marcacao;
  /** Largura da marca, desenhada a partir de (0, 0) e acima da linha de base. */
  largura: number;
  nome: string;
}

/** A chave: o que significa cada marca, em uma linha no alto do gráfico. */
export function chave(itens: ItemDaChave[]): Marcacao {
  let x = 0;
  return marcar`<g class="chave">${itens.map(({ largura, marca, nome }) => {
    const item = marcar`<g transform="translate(${x},18)">${marca}${textoEm(largura + 6, 0, nome)}</g>`;
    x += largura + nome.length * CARACTERE + 20;
    return item;
  })}</g>`;
}

/** Um caminho de linhas retas por todos os pontos. */
export function caminho(pontos: [x: number, y: number][]): string {
  return `M${pontos.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}`;
}

/** O número de uma marca do eixo, com tantas casas quantas a escala pede. */
export function numeroDoEixo(valor: number, maior: number): string {
  return numero(valor, maior < 1 ? 2 : maior < 5 ? 1 : 0);
}

/** Os valores cujos números, no eixo, ficam a pelo menos `folga` do anterior. */
export function semColisao(
  valores: number[],
  posicao: (valor: number) => number,
  folga: number,
): number[] {
  let ultima = -Infinity;
  return valores.filter((valor) => {
    if (posicao(valor) - ultima < folga) return false;
    ultima = posicao(valor);
    return true;
  });
}

/** As posições dos rótulos, movidas o mínimo para ficarem a `folga` umas das outras. */
export function afastar(
  posicoes: number[],
  folga: number,
  [primeira, ultima]: [number, number],
): number[] {
  const novas = [...posicoes];
  const ordem = posicoes.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  let livre = primeira;
  for (const [k, { y, i }] of ordem.entries()) {
    const limite = ultima - (ordem.length - 1 - k) * folga;
    novas[i] = Math.max(livre, Math.min(y, limite));
    livre = novas[i] + folga;
  }
  return novas;
}

/** O texto em no máximo `maximo` caracteres, sem quebras de linha. */
export function encurtar(texto: string, maximo: number): string {
  const letras = [...semControle(texto).replace(/\s+/g, " ")];
  if (letras.length <= maximo) return letras.join("");
  return `${letras.slice(0, maximo - 1).join("")}…`;
}
