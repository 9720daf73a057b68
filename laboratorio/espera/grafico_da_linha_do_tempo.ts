/**
 * A linha do tempo de uma rodada: uma linha para cada cliente, esperando e sendo atendido.
 * No servidor sequencial aparece a escada da fila; no de threads, barras lado a lado.
 */
import { scaleLinear } from "d3-scale";
import {
  aparencia,
  type Aparencia,
  chave,
  desenho,
  encurtar,
  type Grafico,
  LARGURA,
  numeroDoEixo,
  semColisao,
  textoEm,
} from "../relatorio/desenho.ts";
import { exato, ms, numero, quantos, tempoDeAtendimento } from "../relatorio/formato.ts";
import { type Marcacao, marcar } from "../relatorio/marcacao.ts";
import { cabeOAtendimento, prever } from "./lei.ts";
import { conexaoLenta, rodadaTipica } from "./resumo.ts";
import type { Atendimento, Dados, Resumo, Rodada } from "./tipos.ts";

const CIMA = 40;
const ESQUERDA = 38;
const DIREITA = LARGURA - 26;
/** Altura do título de um painel. */
const TITULO = 30;

/** Um servidor na rodada escolhida. */
interface Painel {
  nome: string;
  aparencia: Aparencia;
  rodada: Rodada;
  fim_ms: number;
  previsao_ms: number | null;
}

/**
 * A rodada de makespan mediano de cada servidor, com o maior número de clientes.
 *
 * @param atraso_ms o tempo de atendimento das rodadas que entram; null, as dos servidores
 * que não o recebem de nós.
 */
export function graficoDaLinhaDoTempo(
  dados: Dados,
  resumos: Resumo[],
  atraso_ms: number | null,
): Grafico {
  const maisClientes = Math.max(
    ...resumos.filter((r) => r.atraso_ms === atraso_ms).map((r) => r.clientes),
  );
  const paineis = escolher(dados, atraso_ms, maisClientes);
  const linha = maisClientes <= 12 ? 18 : Math.max(3, 216 / maisClientes);
  const altura = TITULO + linha * maisClientes + 12;
  const baixo = CIMA + altura * paineis.length;

  const fim = Math.max(...paineis.map((p) => Math.max(p.fim_ms, p.previsao_ms ?? 0)));
  const x = scaleLinear([0, fim * 1.01], [ESQUERDA, DIREITA]);
  const marcas = x.ticks(6);

  const finais = paineis.map(({ nome, fim_ms }) => `${nome}, em ${ms(fim_ms)} ms`);
  const descricao = `Linha do tempo de ${quantos(maisClientes, "cliente")}, com ${tempoDeAtendimento(atraso_ms)}. Último cliente atendido: ${finais.join("; ")}.`;
  return {
    arquivo: "linha_do_tempo.svg",
    titulo: `Linha do tempo: ${quantos(maisClientes, "cliente")}, ${tempoDeAtendimento(atraso_ms)}`,
    legenda: legenda(dados, paineis, atraso_ms),
    descricao,
    svg: desenho(
      baixo + 50,
      descricao,
      marcar`${explicar(paineis, atraso_ms)}
<g class="grade" stroke="#dfe2e6">${marcas.map((valor) => marcar`<path d="M${x(valor)},${CIMA}V${baixo}"/>`)}</g>
${paineis.map((painel, i) => desenharPainel(painel, atraso_ms, x, CIMA + altura * i, linha))}
<path class="eixo" stroke="#5b6470" d="M${ESQUERDA},${baixo}H${DIREITA}"/>
${marcas.map((valor) => textoEm(x(valor), baixo + 19, numeroDoEixo(valor, fim), "tinta-fraca", "middle"))}
${textoEm((ESQUERDA + DIREITA) / 2, baixo + 41, "tempo desde o sinal de partida (ms)", "tinta-fraca", "middle")}`,
    ),
  };
}

function escolher(dados: Dados, atraso_ms: number | null, clientes: number): Painel[] {
  return dados.servidores.flatMap(({ nome, modelo }, i) => {
    const rodada = rodadaTipica(dados.rodadas, { servidor: nome, atraso_ms, clientes });
    if (!rodada) return [];
    const fim_ms = fimDaRodada(rodada);
    const previsao_ms = prever(modelo, clientes, atraso_ms);
    return [{ nome, aparencia: aparencia(i), rodada, fim_ms, previsao_ms }];
  });
}

function fimDaRodada({ makespan_ms, atendimentos }: Rodada): number {
  return makespan_ms ?? Math.max(0, ...atendimentos.map((a) => a.ultimoByte_ms ?? 0));
}

function desenharPainel(
  { nome, aparencia, rodada, fim_ms, previsao_ms }: Painel,
  atraso_ms: number | null,
  x: (tempo_ms: number) => number,
  cima: number,
  linha: number,
): Marcacao {
  const topo = cima + TITULO;
  const baixo = topo + linha * rodada.clientes;
  const numeros = rodada.atendimentos
    .map(({ cliente }) => cliente)
    .filter((cliente) => linha >= 14 || cliente === 1 || cliente % 5 === 0);
  const previsto = previsao_ms === null ? "" : ` (previsto: ${exato(previsao_ms)})`;
  return marcar`<g class="painel">
<g font-weight="700">${textoEm(
    0,
    cima + 18,
    [
      marcar`${encurtar(nome, 14)}<tspan class="tinta" fill="#1b1f24" font-weight="400">${` · último atendido em ${ms(fim_ms)} ms${previsto}`}</tspan>`,
    ],
    aparencia,
  )}</g>
${semColisao(numeros, (k) => k * linha, 14).map((k) => textoEm(ESQUERDA - 8, topo + linha * (k - 0.5) + 5, numero(k), "tinta-fraca", "end"))}
${rodada.atendimentos.map((atendimento) => desenharCliente(atendimento, atraso_ms, { nome, aparencia }, x, topo + linha * (atendimento.cliente - 1), linha))}
${previsao_ms === null ? null : marcar`<path class="eixo" stroke="#5b6470" stroke-width="2" stroke-dasharray="4 3" d="M${x(previsao_ms)},${topo - 4}V${baixo + 4}"><title>${`${nome}: previsão de ${exato(previsao_ms)} ms`}</title></path>`}
</g>`;
}

/** A linha de um cliente: uma barra fina enquanto espera, uma grossa enquanto é atendido. */
function desenharCliente(
  atendimento: Atendimento,
  atraso_ms: number | null,
  { nome, aparencia }: Pick<Painel, "nome" | "aparencia">,
  x: (tempo_ms: number) => number,
  y: number,
  linha: number,
): Marcacao {
  const { cliente, partida_ms, conectado_ms, primeiroByte_ms, ultimoByte_ms } =
    atendimento;
  const quem = `${nome}, cliente ${cliente}`;
  if (primeiroByte_ms === null) {
    const motivo = atendimento.erro ?? "não foi atendido";
    return marcar`<g class="atendimento"><title>${`${quem}: ${motivo}`}</title>${textoEm(x(0) + 4, y + linha / 2 + 5, `✗ ${encurtar(motivo, 50)}`, "falha")}</g>`;
  }
  const titulo =
    `${quem}: conectado em ${ms(conectado_ms)} ms, resposta em ${ms(primeiroByte_ms)} ms` +
    (conexaoLenta(atendimento)
      ? " (fila de conexões cheia: o sistema retransmitiu o SYN)"
      : "");
  const inicio_ms = cabeOAtendimento(primeiroByte_ms, atraso_ms)
    ? Math.max(primeiroByte_ms - (atraso_ms ?? 0), partida_ms)
    : null;
  const barra = (de: number, ate: number, altura: number) =>
    marcar`x="${x(de)}" y="${y + (linha * (1 - altura)) / 2}" width="${Math.max(x(ate) - x(de), 0.5)}" height="${linha * altura}"`;
  const atendido =
    inicio_ms === null
      ? null
      : marcar`<rect class="f${aparencia.classe}" fill="${aparencia.cor}" ${barra(inicio_ms, ultimoByte_ms ?? primeiroByte_ms, 0.8)}/>`;
  return marcar`<g class="atendimento"><title>${titulo}</title><rect class="espera" fill="#bcc2ca" ${barra(partida_ms, inicio_ms ?? primeiroByte_ms, 0.36)}/>${atendido}</g>`;
}

function explicar(paineis: Painel[], atraso_ms: number | null): Marcacao {
  const esperando = {
    largura: 28,
    marca: marcar`<rect class="espera" fill="#bcc2ca" y="-8" width="28" height="6"/>`,
    nome: "esperando",
  };
  const atendido = {
    largura: 14 * paineis.length,
    marca: marcar`${paineis.map(({ aparencia: { classe, cor } }, i) => marcar`<rect class="f${classe}" fill="${cor}" x="${14 * i}" y="-12" width="14" height="14"/>`)}`,
    nome: "sendo atendido",
  };
  const previsto = {
    largura: 6,
    marca: marcar`<path class="eixo" stroke="#5b6470" stroke-width="2" stroke-dasharray="4 3" d="M3,-14V4"/>`,
    nome: "previsto pela lei",
  };
  const temPrevisao = paineis.some(({ previsao_ms }) => previsao_ms !== null);
  return chave([
    esperando,
    ...(atraso_ms ? [atendido] : []),
    ...(temPrevisao ? [previsto] : []),
  ]);
}

function legenda(dados: Dados, paineis: Painel[], atraso_ms: number | null): string {
  const rodadas = paineis.map(({ nome, rodada }) => `${nome}, rodada ${rodada.rodada}`);
  const temFila = dados.servidores.some(({ modelo }) => modelo !== "concorrente");
  return (
    "Cada linha é um cliente, na ordem em que foi atendido. " +
    (temFila
      ? "Uma escada é uma fila: cada um só começa a ser atendido quando o anterior termina. "
      : "") +
    "Barras alinhadas são clientes atendidos ao mesmo tempo. " +
    (atraso_ms
      ? `O trecho “sendo atendido” é deduzido: são os ${exato(atraso_ms)} ms que terminam na resposta. `
      : "") +
    `De cada servidor, a rodada de duração mediana (${rodadas.join("; ")}).`
  );
}
