/**
 * A espera de acordo com o número de clientes: a mediana de cada servidor, o intervalo, as
 * rodadas uma a uma e, numa faixa clara, o que a lei prevê.
 */
import { scaleLinear } from "d3-scale";
import {
  afastar,
  aparencia,
  type Aparencia,
  caminho,
  CARACTERE_NEGRITO,
  chave,
  desenho,
  encurtar,
  type Grafico,
  LARGURA,
  numeroDoEixo,
  semColisao,
  textoEm,
} from "../relatorio/desenho.ts";
import { atipicos } from "../relatorio/estatistica.ts";
import {
  faixa,
  lista,
  ms,
  numero,
  quantos,
  tempoDeAtendimento,
} from "../relatorio/formato.ts";
import { type Marcacao, marcar } from "../relatorio/marcacao.ts";
import { esperaPrevista } from "./lei.ts";
import type { Dados, Resumo } from "./tipos.ts";

const CIMA = 64;
const BAIXO = 300;
const ESQUERDA = 50;

/** A linha de um servidor: uma mediana para cada número de clientes. */
interface Serie {
  nome: string;
  aparencia: Aparencia;
  resumos: Resumo[];
  previsao: { clientes: number; espera_ms: number }[];
  /** Quanto a linha se afasta para o lado, para não cobrir a dos outros. */
  desvio: number;
}

interface Escalas {
  x: (clientes: number) => number;
  y: (espera_ms: number) => number;
  /** Onde termina o eixo horizontal. */
  direita: number;
  /** O maior valor do eixo vertical, em ms. */
  topo: number;
  marcas: number[];
}

/**
 * A espera mediana de cada servidor de acordo com o número de clientes.
 *
 * @param atraso_ms o tempo de atendimento das rodadas que entram; null, as dos servidores
 * que não o recebem de nós.
 */
export function graficoDaEspera(
  dados: Dados,
  resumos: Resumo[],
  atraso_ms: number | null,
): Grafico {
  const series = separar(dados, resumos, atraso_ms);
  const escalas = medir(series);
  const nomes = afastar(
    series.map((serie) => escalas.y(serie.resumos.at(-1)?.mediana_ms ?? 0)),
    36,
    [CIMA + 4, BAIXO - 14],
  );
  const ultimas = series.map(
    ({ nome, resumos }) => `${nome}, ${ms(resumos.at(-1)?.mediana_ms ?? null)} ms`,
  );
  const descricao = `Espera mediana por número de clientes, com ${tempoDeAtendimento(atraso_ms)}. Com mais clientes: ${ultimas.join("; ")}.`;
  return {
    arquivo: `espera_${atraso_ms === null ? "propria" : `${atraso_ms}ms`}.svg`,
    titulo: `Espera por número de clientes: ${tempoDeAtendimento(atraso_ms)}`,
    legenda: legenda(series, dados.experimento, atraso_ms),
    descricao,
    svg: desenho(
      350,
      descricao,
      marcar`${explicar(series)}
${eixos(series, escalas)}
${series.map((serie) => previsao(serie, escalas))}
${series.map((serie, i) => linha(serie, escalas, nomes[i] ?? 0))}`,
    ),
  };
}

function separar(dados: Dados, resumos: Resumo[], atraso_ms: number | null): Serie[] {
  const series = dados.servidores.map(({ nome, modelo }, i) => {
    const seus = resumos
      .filter((resumo) => resumo.servidor === nome && resumo.atraso_ms === atraso_ms)
      .sort((a, b) => a.clientes - b.clientes);
    const previsao = seus.flatMap(({ clientes }) => {
      const espera_ms = esperaPrevista(modelo, atraso_ms, clientes);
      return espera_ms === null ? [] : [{ clientes, espera_ms }];
    });
    return { nome, aparencia: aparencia(i), resumos: seus, previsao, desvio: 0 };
  });
  const presentes = series.filter((serie) => serie.resumos.length > 0);
  const passo = Math.min(9, 24 / presentes.length);
  for (const [i, serie] of presentes.entries()) {
    serie.desvio = (i - (presentes.length - 1) / 2) * passo;
  }
  return presentes;
}

function numerosDeClientes(series: Serie[]): number[] {
  const todos = series.flatMap(({ resumos }) => resumos.map((r) => r.clientes));
  return [...new Set(todos)].sort((a, b) => a - b);
}

/** As escalas; um ponto que passa muito do resto fica na borda, para não achatar o resto. */
function medir(series: Serie[]): Escalas {
  const resumos = series.flatMap((serie) => serie.resumos);
  const tipico = Math.max(
    ...resumos.map((resumo) => Math.max(resumo.mediana_ms, resumo.intervalo.ate)),
    ...series.flatMap(({ previsao }) => previsao.map((p) => p.espera_ms)),
  );
  const maior = Math.max(tipico, ...resumos.flatMap((resumo) => resumo.pontos_ms));
  const teto = maior > 1.6 * tipico ? 1.3 * tipico : maior;
  const y = scaleLinear([0, teto], [BAIXO, CIMA]).nice(5);

  const letras = Math.max(8, ...series.map(({ nome }) => encurtar(nome, 11).length));
  const direita = LARGURA - 12 - letras * CARACTERE_NEGRITO;
  const numeros = numerosDeClientes(series);
  const x = scaleLinear(
    [numeros[0] ?? 1, numeros.at(-1) ?? 1],
    [ESQUERDA + 18, direita - 14],
  );
  return { x, y, direita, topo: y.domain()[1] ?? teto, marcas: y.ticks(5) };
}

function eixos(series: Serie[], { x, y, direita, topo, marcas }: Escalas): Marcacao {
  const meio = (ESQUERDA + direita) / 2;
  const fora = series
    .flatMap(({ resumos }) => resumos.flatMap((resumo) => resumo.pontos_ms))
    .filter((ponto) => ponto > topo).length;
  const aviso = fora > 0 ? ` · ▲ ${quantos(fora, "rodada")} além da escala` : "";
  return marcar`${textoEm(0, CIMA - 18, `espera mediana (ms)${aviso}`, "tinta-fraca")}
<g class="grade" stroke="#dfe2e6">${marcas.map((valor) => marcar`<path d="M${ESQUERDA},${y(valor)}H${direita}"/>`)}</g>
${marcas.map((valor) => textoEm(ESQUERDA - 8, y(valor) + 5, numeroDoEixo(valor, topo), "tinta-fraca", "end"))}
<path class="eixo" stroke="#5b6470" d="M${ESQUERDA},${BAIXO}H${direita}"/>
${semColisao(numerosDeClientes(series), x, 24).map((n) => textoEm(x(n), BAIXO + 20, numero(n), "tinta", "middle"))}
${textoEm(meio, BAIXO + 42, "clientes ao mesmo tempo", "tinta-fraca", "middle")}`;
}

function explicar(series: Serie[]): Marcacao {
  const tipo = series[0]?.resumos[0]?.intervalo.tipo;
  const temPrevisao = series.some((serie) => serie.previsao.length > 0);
  const itens = [
    {
      largura: 6,
      marca: marcar`<circle class="tinta-fraca" fill="#5b6470" fill-opacity=".5" cx="3" cy="-5" r="3"/>`,
      nome: "uma rodada",
    },
    {
      largura: 10,
      marca: marcar`<path class="eixo" stroke="#5b6470" stroke-width="2" d="M1,-13h8m-4,0V3m-4,0h8"/><circle class="tinta-fraca" fill="#5b6470" cx="5" cy="-5" r="4.5"/>`,
      nome: `mediana e ${tipo === "min-max" ? "mín.–máx." : "IC 95 %"}`,
    },
  ];
  if (temPrevisao) {
    itens.push({
      largura: 26,
      marca: marcar`<path class="eixo" stroke="#5b6470" stroke-width="10" stroke-opacity=".3" d="M0,-5h26"/>`,
      nome: "previsto pela lei",
    });
  }
  return chave(itens);
}

function previsao({ nome, aparencia, previsao, desvio }: Serie, { x, y }: Escalas) {
  if (previsao.length === 0) return null;
  const pontos = previsao.map(({ clientes, espera_ms }): [number, number] => [
    x(clientes) + desvio,
    y(espera_ms),
  ]);
  return marcar`<path class="previsao t${aparencia.classe}" fill="none" stroke="${aparencia.cor}" stroke-width="12" stroke-opacity=".25" stroke-linecap="square" stroke-linejoin="round" d="${caminho(pontos)}"><title>${`${nome}: o que a lei prevê`}</title></path>`;
}

/** As rodadas, as medianas com seus intervalos, a linha que as une e o nome do servidor. */
function linha(serie: Serie, { x, y, direita, topo }: Escalas, yDoNome: number) {
  const { nome, aparencia, resumos, desvio } = serie;
  const { classe, cor, tracejado, forma } = aparencia;
  const pontos = resumos.map(({ clientes, mediana_ms }): [number, number] => [
    x(clientes) + desvio,
    y(mediana_ms),
  ]);
  const ultima = resumos.at(-1)?.mediana_ms ?? null;
  return marcar`<g>
<path class="t${classe}" fill="none" stroke="${cor}" stroke-width="2" stroke-dasharray="${tracejado}" d="${caminho(pontos)}"/>
${resumos.map(({ clientes, pontos_ms }) => {
  const fogem = atipicos(pontos_ms);
  return pontos_ms.map((ponto, i) => {
    const px = x(clientes) + desvio + espalhar(i, pontos_ms.length);
    const titulo = marcar`<title>${`${nome}, ${quantos(clientes, "cliente")}, uma rodada: ${ms(ponto)} ms${fogem[i] ? ", longe das outras" : ""}`}</title>`;
    if (ponto > topo)
      return marcar`<path class="ponto f${classe}" fill="${cor}" d="M${px},${CIMA - 8}l5,9h-10z">${titulo}</path>`;
    if (fogem[i])
      return marcar`<circle class="ponto atipico t${classe}" fill="none" stroke="${cor}" stroke-width="1.5" pointer-events="all" cx="${px}" cy="${y(ponto)}" r="3.5">${titulo}</circle>`;
    return marcar`<circle class="ponto f${classe}" fill="${cor}" fill-opacity=".45" cx="${px}" cy="${y(ponto)}" r="2.5">${titulo}</circle>`;
  });
})}
${resumos.map((resumo) => {
  const px = x(resumo.clientes) + desvio;
  const { de, ate, tipo } = resumo.intervalo;
  const titulo = `${nome}, ${quantos(resumo.clientes, "cliente")}: mediana de ${ms(resumo.mediana_ms)} ms (${tipo === "ic95" ? "IC 95 %" : "mín.–máx."}: ${faixa(resumo.intervalo)}) em ${quantos(resumo.rodadas, "rodada")}`;
  return marcar`<g class="mediana"><title>${titulo}</title><path class="t${classe}" stroke="${cor}" stroke-width="2" d="M${px - 4},${y(de)}h8m-4,0V${y(ate)}m-4,0h8"/><path class="f${classe} contorno" fill="${cor}" stroke="#ffffff" stroke-width="1.5" d="M${px},${y(resumo.mediana_ms)}${forma}"/></g>`;
})}
<g font-weight="700">${textoEm(direita + 10, yDoNome + 2, encurtar(nome, 11), aparencia)}</g>
${textoEm(direita + 10, yDoNome + 19, `${ms(ultima)} ms`, aparencia)}
</g>`;
}

/** Afasta para os lados as rodadas, que cairiam umas sobre as outras. */
function espalhar(i: number, total: number): number {
  return total < 2 ? 0 : (((i * 7) % total) / (total - 1) - 0.5) * 10;
}

/** O que olhar: a lei, onde há tempo de atendimento; o custo de cada servidor, onde não há. */
function legenda(
  series: Serie[],
  experimento: Dados["experimento"],
  atraso_ms: number | null,
): string {
  const temPrevisao = series.some((serie) => serie.previsao.length > 0);
  const temAtipicos = series.some(({ resumos }) =>
    resumos.some(({ pontos_ms }) => atipicos(pontos_ms).includes(true)),
  );
  const frases = [
    experimento === "experimento2"
      ? "Veja a distância entre as linhas: o programa é o mesmo, e o que as separa é o " +
        "lugar em que ele é executado. Intervalos que se sobrepõem não mostram diferença."
      : atraso_ms === 0
        ? "Com resposta imediata não há espera para dividir: sobra o que cada servidor custa."
        : "Veja a inclinação: onde há fila, cada cliente a mais faz esperar todos os que vêm " +
          "depois; onde todos são atendidos ao mesmo tempo, a linha é quase plana.",
    ...(atraso_ms === 0 ? [diferencas(series)] : []),
    ...(temPrevisao
      ? [
          "A faixa clara é a lei: (N+1)/2·T para o cliente do meio da fila, T onde todos são " +
            "atendidos ao mesmo tempo. A linha que corre dentro da faixa confere.",
        ]
      : []),
    ...(temAtipicos ? ["Um círculo vazado é uma rodada longe das outras."] : []),
  ];
  return frases.filter((frase) => frase !== "").join(" ");
}

/** Quanto a espera de cada servidor difere da do primeiro, com o maior número de clientes. */
function diferencas(series: Serie[]): string {
  const n = numerosDeClientes(series).at(-1) ?? 1;
  const [primeiro, ...outros] = series.flatMap(({ nome, resumos }) => {
    const resumo = resumos.find(({ clientes }) => clientes === n);
    return resumo ? [{ nome, espera_ms: resumo.mediana_ms }] : [];
  });
  if (!primeiro || outros.length === 0) return "";
  const frases = outros.map(({ nome, espera_ms }) => {
    const diferenca = espera_ms - primeiro.espera_ms;
    return `no ${nome} é ${ms(Math.abs(diferenca))} ms ${diferenca < 0 ? "menor" : "maior"}`;
  });
  return `Com ${quantos(n, "cliente")}, a espera ${lista(frases)} que no ${primeiro.nome}.`;
}
