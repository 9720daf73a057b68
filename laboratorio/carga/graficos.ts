/** Os gráficos da carga: a velocidade em cada caso e, na resistência, a memória. */
import { scaleLinear } from "d3-scale";
import {
  aparencia,
  caminho,
  CARACTERE,
  desenho,
  encurtar,
  type Grafico,
  LARGURA,
  numeroDoEixo,
  textoEm,
} from "../relatorio/desenho.ts";
import { lista, numero, tamanho, vezes } from "../relatorio/formato.ts";
import { type Marcacao, marcar } from "../relatorio/marcacao.ts";
import { descreverCaso, unidade } from "./casos.ts";
import type { Resistencia } from "./resistencia.ts";
import { type ResumoDaCarga, type ResumoDoCaso, velocidade } from "./resumo.ts";
import type { Familia } from "./tipos.ts";

/** Altura de uma barra com o espaço que a separa da seguinte. */
const BARRA = 22;
/** Quantas letras do nome de um servidor cabem ao lado das barras. */
const LETRAS = 14;
const ESQUERDA = LETRAS * CARACTERE + 8;
/** Onde termina a barra mais longa: à direita fica o número. */
const DIREITA = LARGURA - 18 * CARACTERE;

/**
 * As barras de velocidade de uma família de servidores, um grupo por caso. Cada grupo tem
 * a sua escala: compara-se dentro dele, nunca entre dois.
 *
 * @param servidores todos os nomes, na ordem que dá a cor de cada um.
 */
export function graficoDaVelocidade(
  familia: Familia,
  servidores: string[],
  todos: ResumoDoCaso[],
): Grafico {
  const casos = todos.filter(({ caso }) => caso.familia === familia);
  let y = 0;
  const partes = casos.map((um) => {
    const parte = marcar`<g transform="translate(0,${y})">${desenharCaso(um, servidores)}</g>`;
    y += 30 + um.resumos.length * BARRA + 8;
    return parte;
  });
  const descricao = casos
    .map(
      (um) => `${descreverCaso(um.caso)}: ${lista(um.resumos.map(rotulador(familia)))}.`,
    )
    .join(" ");
  return {
    arquivo: `carga_${familia}.svg`,
    titulo:
      familia === "saudacao"
        ? "Saudações: conexões por segundo"
        : "Eco: ecos por segundo",
    legenda:
      "Barra mais longa é mais rápido. A barra é a mediana das rodadas; o traço vai da " +
      "rodada mais lenta à mais rápida. Cada caso tem a sua escala.",
    descricao,
    svg: desenho(y, descricao, marcar`${partes}`),
  };
}

function desenharCaso({ caso, resumos }: ResumoDoCaso, servidores: string[]): Marcacao {
  const maior = Math.max(1, ...resumos.map(({ porSegundo }) => porSegundo.maximo));
  const x = scaleLinear([0, maior], [ESQUERDA, DIREITA]);
  const rotulo = rotulador(caso.familia);
  return marcar`<g font-weight="700">${textoEm(0, 20, descreverCaso(caso))}</g>
${resumos.map((resumo, i) => {
  const { classe, cor } = aparencia(servidores.indexOf(resumo.servidor));
  const { mediana, minimo, maximo } = resumo.porSegundo;
  const meio = 30 + i * BARRA + BARRA / 2;
  return marcar`<g class="barra"><title>${rotulo(resumo)}</title>
${textoEm(ESQUERDA - 8, meio + 5, encurtar(resumo.servidor, LETRAS), "tinta", "end")}
<rect class="f${classe}" fill="${cor}" x="${ESQUERDA}" y="${meio - 8}" width="${x(mediana) - ESQUERDA}" height="16"/>
<path class="eixo" stroke="#5b6470" stroke-width="2" d="M${x(minimo)},${meio}H${x(maximo)}m0,-4v8M${x(minimo)},${meio - 4}v8"/>
${textoEm(DIREITA + 8, meio + 5, `${velocidade(resumo)}${resumo.razao ? ` · ${vezes(resumo.razao.mediana)}` : ""}`)}
</g>`;
})}`;
}

/** Diz a velocidade de um servidor por extenso. */
function rotulador(familia: Familia) {
  return (resumo: ResumoDaCarga) =>
    `${resumo.servidor}: ${velocidade(resumo)} ${unidade(familia)} (de ${numero(resumo.porSegundo.minimo)} a ${numero(resumo.porSegundo.maximo)})`;
}

const CIMA = 40;
const BAIXO = 240;
const EIXO = 52;

/** A memória de um servidor ao longo da prova de resistência. */
export function graficoDaMemoria(resistencia: Resistencia, posicao: number): Grafico {
  const { servidor, instantes, duracao_ms } = resistencia;
  const { classe, cor } = aparencia(posicao);
  const mib = (bytes: number) => bytes / 1024 / 1024;
  const maior = Math.max(0, ...instantes.map(({ memoria_bytes }) => memoria_bytes));
  const fim_s = Math.max(duracao_ms, instantes.at(-1)?.instante_ms ?? 0) / 1000;
  const x = scaleLinear([0, fim_s], [EIXO, LARGURA - 8]);
  const y = scaleLinear([0, mib(maior)], [BAIXO, CIMA]).nice(4);
  const topo = y.domain()[1] ?? 0;
  const pontos = instantes.map(({ instante_ms, memoria_bytes }): [number, number] => [
    x(instante_ms / 1000),
    y(mib(memoria_bytes)),
  ]);
  const descricao = `Memória de ${servidor} durante ${numero(fim_s)} s: no máximo ${tamanho(maior)}.`;
  return {
    arquivo: `memoria_${posicao + 1}.svg`,
    titulo: `Memória de ${servidor} durante a prova`,
    legenda:
      "A memória sobe até o servidor chegar ao seu tamanho; daí em diante tem de ser plana. " +
      "No primeiro quinto do tempo há uma pausa, em que todos os clientes saem.",
    descricao,
    svg: desenho(
      BAIXO + 50,
      descricao,
      marcar`${textoEm(0, 18, "memória (MiB)", "tinta-fraca")}
<g class="grade" stroke="#dfe2e6">${y.ticks(4).map((valor) => marcar`<path d="M${EIXO},${y(valor)}H${LARGURA - 8}"/>`)}</g>
${y.ticks(4).map((valor) => textoEm(EIXO - 8, y(valor) + 5, numeroDoEixo(valor, topo), "tinta-fraca", "end"))}
<path class="eixo" stroke="#5b6470" d="M${EIXO},${BAIXO}H${LARGURA - 8}"/>
${x.ticks(6).map((valor) => textoEm(x(valor), BAIXO + 20, numeroDoEixo(valor, fim_s), "tinta", "middle"))}
${textoEm((EIXO + LARGURA) / 2, BAIXO + 42, "tempo (s)", "tinta-fraca", "middle")}
${pontos.length > 0 ? marcar`<path class="linha t${classe}" fill="none" stroke="${cor}" stroke-width="2" d="${caminho(pontos)}"/>` : null}`,
    ),
  };
}
