/** O que as rodadas dizem: medianas, extremos e razões contra o primeiro servidor. */
import { mediana } from "../relatorio/estatistica.ts";
import { casosDos, mesmoCaso } from "./casos.ts";
import type { Amostra, Caso, DadosDaCarga, Familia } from "./tipos.ts";

/** Um valor por rodada, resumido. */
export interface Resumido {
  mediana: number;
  minimo: number;
  maximo: number;
}

/** Um servidor em um caso, com todas as rodadas. */
export interface ResumoDaCarga {
  servidor: string;
  caso: Caso;
  rodadas: number;
  /** Em quantas delas nenhuma resposta chegou durante a medição. */
  rodadasSemResposta: number;
  /** Conexões ou ecos por segundo. */
  porSegundo: Resumido;
  /** Se o servidor pode ser mais rápido do que isso: quem chegou ao limite foi o gerador. */
  limitadaPeloGerador: boolean;
  /**
   * A velocidade deste servidor ÷ a do primeiro da mesma família, rodada a rodada: o que
   * atrapalha a máquina em uma rodada atrapalha os dois. null se não dá para comparar.
   */
  razao: Resumido | null;
  /** Medianas das rodadas; a máxima é a maior de todas. */
  p50_ms: number | null;
  p99_ms: number | null;
  maximo_ms: number | null;
  /** Milhões de bytes por segundo que voltaram ao cliente. */
  megabytesPorSegundo: number;
  /** O maior pico entre as rodadas; null onde o sistema não informa. */
  pico_bytes: number | null;
  threads: number | null;
  /** Medianas, em frações de um núcleo. */
  cpuDoServidor: number | null;
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

/** Os resumos, caso a caso e, em cada caso, na ordem dos servidores. */
export function resumir(dados: DadosDaCarga): ResumoDaCarga[] {
  const { servidores, amostras } = dados;
  const alcances = resumirAlcance(dados);
  return casosDos(amostras).flatMap((caso) => {
    const alcance = alcances.find((um) => mesmoCaso(um.caso, caso));
    const limite = (alcance?.porSegundo.mediana ?? Infinity) * PERTO_DO_ALCANCE;
    const doCaso = amostras.filter((amostra) => mesmoCaso(amostra, caso));
    const primeiro = primeiroDa(caso.familia, servidores);
    const referencia = doCaso.filter(({ servidor }) => servidor === primeiro);
    return servidores
      .map(({ nome }) => doCaso.filter(({ servidor }) => servidor === nome))
      .filter((rodadas) => rodadas.length > 0)
      .map((rodadas) => {
        const resumo = resumirServidor(rodadas, referencia);
        const perto =
          resumo.porSegundo.mediana > limite && resumo.cpuDoGerador >= OCUPADO;
        return { ...resumo, limitadaPeloGerador: resumo.limitadaPeloGerador || perto };
      });
  });
}

/** O que o gerador alcança em cada caso, contra o servidor mais simples possível. */
export function resumirAlcance({ alcance }: DadosDaCarga): ResumoDaCarga[] {
  return casosDos(alcance).map((caso) =>
    resumirServidor(
      alcance.filter((amostra) => mesmoCaso(amostra, caso)),
      [],
    ),
  );
}

/** O servidor com que os outros da família se comparam. */
export function primeiroDa(
  familia: Familia,
  servidores: DadosDaCarga["servidores"],
): string | undefined {
  return servidores.find((servidor) => servidor.familia === familia)?.nome;
}

/** As respostas por segundo de uma amostra. */
export function porSegundo({ medicao }: Amostra): number {
  return (medicao.respostas * 1000) / medicao.duracao_ms;
}

function resumirServidor(rodadas: Amostra[], referencia: Amostra[]): ResumoDaCarga {
  const [{ servidor, familia, clientes, tamanho_bytes }] = rodadas as [Amostra];
  const razoes = rodadas.flatMap((amostra) => {
    const outra = referencia.find(({ rodada }) => rodada === amostra.rodada);
    return outra && porSegundo(outra) > 0 ? porSegundo(amostra) / porSegundo(outra) : [];
  });
  const medicoes = rodadas.map(({ medicao }) => medicao);
  const recursos = existentes(rodadas.map((amostra) => amostra.recursos));
  const cpuDoGerador = mediana(medicoes.map((medicao) => medicao.cpuDoGerador));
  const cpuDoServidor = medianaOuNada(rodadas.map((amostra) => amostra.cpuDoServidor));
  return {
    servidor,
    caso: { familia, clientes, tamanho_bytes },
    rodadas: rodadas.length,
    rodadasSemResposta: medicoes.filter(({ respostas }) => respostas === 0).length,
    porSegundo: resumirValores(rodadas.map(porSegundo)),
    limitadaPeloGerador: maisLento(cpuDoGerador, cpuDoServidor),
    razao: razoes.length > 0 ? resumirValores(razoes) : null,
    p50_ms: medianaOuNada(medicoes.map(({ p50_ms }) => p50_ms)),
    p99_ms: medianaOuNada(medicoes.map(({ p99_ms }) => p99_ms)),
    maximo_ms: maiorOuNada(existentes(medicoes.map(({ maximo_ms }) => maximo_ms))),
    megabytesPorSegundo: mediana(
      medicoes.map(({ bytes, duracao_ms }) => bytes / 1000 / duracao_ms),
    ),
    pico_bytes: maiorOuNada(recursos.map(({ pico_bytes }) => pico_bytes)),
    threads: maiorOuNada(recursos.map(({ threads }) => threads)),
    cpuDoServidor,
    cpuDoGerador,
    erros: somar(medicoes.map(({ erros }) => erros)),
  };
}

/**
 * Se o gerador é mais lento que o servidor: cada resposta custa mais a ele, e os dois juntos
 * não tinham folga. Um servidor que dorme, e deixa os dois à toa, não está nesse caso.
 *
 * @param gerador a fração de um núcleo que ele ocupou; a do servidor é null se não se sabe.
 */
function maisLento(gerador: number, servidor: number | null): boolean {
  if (servidor === null) return gerador >= NUCLEO_CHEIO;
  return gerador > servidor && gerador + servidor >= 1;
}

/** Da partida do comando à primeira conexão aceita, em ms; null se nunca foi medida. */
export function partida(servidor: string, amostras: Amostra[]): Resumido | null {
  const valores = existentes(
    amostras
      .filter((amostra) => amostra.servidor === servidor)
      .map(({ partida_ms }) => partida_ms),
  );
  return valores.length > 0 ? resumirValores(valores) : null;
}

/** O resumo do servidor mais rápido em um caso; null se o caso não foi medido. */
export function maisRapido(caso: Caso, resumos: ResumoDaCarga[]): ResumoDaCarga | null {
  const doCaso = resumos.filter((resumo) => mesmoCaso(resumo.caso, caso));
  return doCaso.reduce<ResumoDaCarga | null>(
    (melhor, um) =>
      melhor && melhor.porSegundo.mediana >= um.porSegundo.mediana ? melhor : um,
    null,
  );
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

function resumirValores(valores: number[]): Resumido {
  return {
    mediana: mediana(valores),
    minimo: Math.min(...valores),
    maximo: Math.max(...valores),
  };
}

function existentes<T>(valores: (T | null)[]): T[] {
  return valores.filter((valor) => valor !== null);
}

function medianaOuNada(valores: (number | null)[]): number | null {
  const reais = existentes(valores);
  return reais.length > 0 ? mediana(reais) : null;
}

function maiorOuNada(valores: number[]): number | null {
  return valores.length > 0 ? Math.max(...valores) : null;
}
