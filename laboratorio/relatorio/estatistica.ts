/**
 * As contas que resumem as medidas. Os quantis são os da d3-array, pelo método 7 de Hyndman
 * e Fan (1996), com interpolação linear: o mesmo do PERCENTIL do Excel e do NumPy.
 */
import { median, quantile } from "d3-array";
import { randomInt, randomLcg } from "d3-random";

/** Com menos rodadas do que isto, a reamostragem diria uma precisão que não existe. */
export const RODADAS_PARA_INTERVALO = 6;

const REAMOSTRAGENS = 5_000;

/**
 * O valor abaixo do qual fica a fração `fracao` dos valores; NaN se não há nenhum.
 *
 * @example
 * ```ts
 * quantil([1, 2, 3, 4], 0.95); // 3.85
 * ```
 */
export function quantil(valores: Iterable<number>, fracao: number): number {
  return quantile(valores, fracao) ?? Number.NaN;
}

/** O valor do meio; com uma quantidade par, a média dos dois do meio; NaN se não há nenhum. */
export function mediana(valores: Iterable<number>): number {
  return median(valores) ?? Number.NaN;
}

/**
 * O intervalo de confiança de 95 % da mediana, por reamostragem (bootstrap, método dos
 * percentis: Efron e Tibshirani, "An Introduction to the Bootstrap", 1993, cap. 13). Cada
 * valor é o de uma rodada, que é a amostra independente: os clientes de uma mesma rodada
 * não são. Com menos de `RODADAS_PARA_INTERVALO` valores, o mínimo e o máximo.
 *
 * @param semente a mesma semente dá sempre o mesmo intervalo.
 * @example
 * ```ts
 * intervaloDaMediana([100.2, 101, 100.5], 1); // { tipo: "min-max", de: 100.2, ate: 101 }
 * ```
 */
export function intervaloDaMediana(valores: number[], semente: number): Intervalo {
  if (valores.length < RODADAS_PARA_INTERVALO) {
    return { tipo: "min-max", de: quantil(valores, 0), ate: quantil(valores, 1) };
  }
  const sortear = randomInt.source(randomLcg(semente))(valores.length);
  const medianas = Array.from({ length: REAMOSTRAGENS }, () =>
    mediana(valores.map(() => valores[sortear()] ?? Number.NaN)),
  );
  return { tipo: "ic95", de: quantil(medianas, 0.025), ate: quantil(medianas, 0.975) };
}

/**
 * Quais valores fogem muito dos outros: além de três vezes o intervalo interquartil, a cerca
 * externa de Tukey ("Exploratory Data Analysis", 1977). Servem para marcar, nunca para
 * descartar. Com menos de `RODADAS_PARA_INTERVALO` valores, nenhum.
 */
export function atipicos(valores: number[]): boolean[] {
  const [q1, q3] = [quantil(valores, 0.25), quantil(valores, 0.75)];
  const folga = 3 * (q3 - q1);
  return valores.map(
    (valor) =>
      valores.length >= RODADAS_PARA_INTERVALO &&
      (valor < q1 - folga || valor > q3 + folga),
  );
}

/** Um intervalo de confiança de 95 %, ou o mínimo e o máximo quando há poucas rodadas. */
export interface Intervalo {
  tipo: "ic95" | "min-max";
  de: number;
  ate: number;
}
