/** O que as rodadas dizem: medianas, extremos e razões contra o primeiro servidor. */
import { mediana, quantil } from "../relatorio/estatistica.ts";
import { numero } from "../relatorio/formato.ts";
import type { Amostra, Caso, DadosDaCarga } from "./tipos.ts";

/** Um valor por rodada, resumido. */
export interface Resumido {
  mediana: number;
  minimo: number;
  maximo: number;
}

/** Um caso, com tudo o que se mediu nele. */
export interface ResumoDoCaso {
  caso: Caso;
  /** Na ordem dos servidores: é com o primeiro que os outros se comparam. */
  resumos: ResumoDaCarga[];
  /** O que o gerador alcança contra o servidor mais simples possível; null se não se mediu. */
  alcance: ResumoDaCarga | null;
}

/** Um servidor em um caso, com todas as rodadas. O que não se sabe é NaN. */
export interface ResumoDaCarga {
  servidor: string;
  rodadas: number;
  /** Em quantas delas nenhuma resposta chegou durante a medição. */
  rodadasSemResposta: number;
  /** Conexões ou ecos por segundo. */
  porSegundo: Resumido;
  /** Se o servidor pode ser mais rápido do que isso: quem chegou ao limite foi o gerador. */
  limitadaPeloGerador: boolean;
  /**
   * A velocidade deste servidor ÷ a do primeiro, rodada a rodada: o que atrapalha a máquina em
   * uma rodada atrapalha os dois. null se não dá para comparar.
   */
  razao: Resumido | null;
  /** Medianas das rodadas; a máxima é a maior de todas. */
  p50_ms: number;
  p99_ms: number;
  maximo_ms: number;
  /** Milhões de bytes por segundo que voltaram ao cliente. */
  megabytesPorSegundo: number;
  /** O maior pico entre as rodadas, e o maior número de threads. */
  pico_bytes: number;
  threads: number;
  /** Medianas, em frações de um núcleo. */
  cpuDoServidor: number;
  cpuDoGerador: number;
  /** Motivo → quantas vezes, somadas as rodadas. */
  erros: Record<string, number>;
}

/** Sem saber do servidor, a fração de um núcleo em que o gerador já está no limite. */
const NUCLEO_CHEIO = 0.9;
/** A fração do que o gerador alcança a partir da qual a medida pode ser a dele. */
const PERTO_DO_ALCANCE = 0.8;
/** Com menos que isto de um núcleo, o gerador não é o limite: o alcance é que saiu baixo. */
const OCUPADO = 0.5;

/** Os resumos, caso a caso, na ordem em que os casos foram medidos. */
export function resumir({ servidores, amostras, alcance }: DadosDaCarga): ResumoDoCaso[] {
  const alcances = Map.groupBy(alcance, chave);
  return [...Map.groupBy(amostras, chave)].map(([qual, doCaso]) => {
    const [{ familia, clientes, tamanho_bytes }] = doCaso as [Amostra];
    const porServidor = servidores
      .map(({ nome }) => doCaso.filter(({ servidor }) => servidor === nome))
      .filter((rodadas) => rodadas.length > 0);
    const simples = alcances.get(qual);
    const alcance = simples ? resumirServidor(simples, [], Infinity) : null;
    const limite = (alcance?.porSegundo.mediana ?? Infinity) * PERTO_DO_ALCANCE;
    return {
      caso: { familia, clientes, tamanho_bytes },
      resumos: porServidor.map((rodadas) =>
        resumirServidor(rodadas, porServidor[0] ?? [], limite),
      ),
      alcance,
    };
  });
}

function chave({ familia, clientes, tamanho_bytes }: Caso): string {
  return `${familia} ${clientes} ${tamanho_bytes}`;
}

/** As respostas por segundo de uma amostra. */
export function porSegundo({ medicao }: Amostra): number {
  return (medicao.respostas * 1000) / medicao.duracao_ms;
}

function resumirServidor(
  rodadas: Amostra[],
  referencia: Amostra[],
  limite: number,
): ResumoDaCarga {
  const razoes = rodadas.flatMap((amostra) => {
    const outra = referencia.find(({ rodada }) => rodada === amostra.rodada);
    return outra && porSegundo(outra) > 0 ? porSegundo(amostra) / porSegundo(outra) : [];
  });
  const medicoes = rodadas.map(({ medicao }) => medicao);
  const recursos = existentes(rodadas.map((amostra) => amostra.recursos));
  const velocidade = resumirValores(rodadas.map(porSegundo)) as Resumido;
  const cpuDoGerador = mediana(medicoes.map((medicao) => medicao.cpuDoGerador));
  const cpuDoServidor = mediana(existentes(rodadas.map((um) => um.cpuDoServidor)));
  const perto = velocidade.mediana > limite && cpuDoGerador >= OCUPADO;
  return {
    servidor: rodadas[0]?.servidor ?? "",
    rodadas: rodadas.length,
    rodadasSemResposta: medicoes.filter(({ respostas }) => respostas === 0).length,
    porSegundo: velocidade,
    limitadaPeloGerador: perto || maisLento(cpuDoGerador, cpuDoServidor),
    razao: resumirValores(razoes),
    p50_ms: mediana(existentes(medicoes.map(({ p50_ms }) => p50_ms))),
    p99_ms: mediana(existentes(medicoes.map(({ p99_ms }) => p99_ms))),
    maximo_ms: quantil(existentes(medicoes.map(({ maximo_ms }) => maximo_ms)), 1),
    megabytesPorSegundo: mediana(
      medicoes.map(({ bytes, duracao_ms }) => bytes / 1000 / duracao_ms),
    ),
    pico_bytes: quantil(
      recursos.map(({ pico_bytes }) => pico_bytes),
      1,
    ),
    threads: quantil(
      recursos.map(({ threads }) => threads),
      1,
    ),
    cpuDoServidor,
    cpuDoGerador,
    erros: somar(medicoes.map(({ erros }) => erros)),
  };
}

/**
 * Se o gerador é mais lento que o servidor: cada resposta custa mais a ele, e os dois juntos
 * não tinham folga. Um servidor que dorme, e deixa os dois à toa, não está nesse caso.
 *
 * @param gerador a fração de um núcleo que ele ocupou; a do servidor é NaN se não se sabe.
 */
function maisLento(gerador: number, servidor: number): boolean {
  if (Number.isNaN(servidor)) return gerador >= NUCLEO_CHEIO;
  return gerador > servidor && gerador + servidor >= 1;
}

/** Da partida do comando à primeira conexão aceita, em ms; null se nunca foi medida. */
export function partida(servidor: string, amostras: Amostra[]): Resumido | null {
  const suas = amostras.filter((amostra) => amostra.servidor === servidor);
  return resumirValores(existentes(suas.map(({ partida_ms }) => partida_ms)));
}

/** A velocidade como se lê: com "≥" quando o limite pode ter sido o do gerador. */
export function velocidade({ porSegundo, limitadaPeloGerador }: ResumoDaCarga): string {
  return `${limitadaPeloGerador ? "≥ " : ""}${numero(porSegundo.mediana)}`;
}

/** Quantos erros há ao todo. */
export function quantosErros(erros: Record<string, number>): number {
  return Object.values(erros).reduce((total, n) => total + n, 0);
}

/** Se o servidor respondeu, e nenhuma resposta se perdeu nem veio errada. */
export function respondeuSemErros({ medicao }: Amostra): boolean {
  return medicao.respostas > 0 && quantosErros(medicao.erros) === 0;
}

/** Soma contagens com as mesmas chaves. */
export function somar(contagens: Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [chave, n] of contagens.flatMap(Object.entries) as [string, number][])
    total[chave] = (total[chave] ?? 0) + n;
  return total;
}

function resumirValores(valores: number[]): Resumido | null {
  if (valores.length === 0) return null;
  const [minimo, maximo] = [quantil(valores, 0), quantil(valores, 1)];
  return { mediana: mediana(valores), minimo, maximo };
}

function existentes<T>(valores: (T | null)[]): T[] {
  return valores.filter((valor) => valor !== null);
}
