/** Os gráficos de um experimento, na ordem em que contam a história. */
import type { Grafico } from "../relatorio/desenho.ts";
import { graficoDaEspera } from "./grafico_da_espera.ts";
import { graficoDaLinhaDoTempo } from "./grafico_da_linha_do_tempo.ts";
import type { Dados, Resumo } from "./tipos.ts";

/**
 * A linha do tempo com o maior número de clientes e, para cada tempo de atendimento, do
 * maior para o menor, a espera por número de clientes.
 *
 * @example
 * ```ts
 * for (const grafico of desenhar(dados, resumos))
 *   await Bun.write(grafico.arquivo, comoArquivo(grafico));
 * ```
 */
export function desenhar(dados: Dados, resumos: Resumo[]): Grafico[] {
  const atrasos = temposDeAtendimento(resumos);
  return [
    ...atrasos.slice(0, 1).map((atraso) => graficoDaLinhaDoTempo(dados, resumos, atraso)),
    ...atrasos.map((atraso) => graficoDaEspera(dados, resumos, atraso)),
  ];
}

/** Os tempos de atendimento medidos, em ms, do maior para o menor; o desconhecido por último. */
export function temposDeAtendimento(resumos: Resumo[]): (number | null)[] {
  const tempos = [...new Set(resumos.map((resumo) => resumo.atraso_ms))];
  return tempos.sort((a, b) => (b ?? -1) - (a ?? -1));
}
