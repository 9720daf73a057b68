/** Os gráficos de um experimento, na ordem em que contam a história. */
import type { Grafico } from "../relatorio/desenho.ts";
import { graficoDaEspera } from "./grafico_da_espera.ts";
import { graficoDaLinhaDoTempo } from "./grafico_da_linha_do_tempo.ts";
import { doMaiorAoMenor, porTempo } from "./resumo.ts";
import type { Dados, Resumo } from "./tipos.ts";

/**
 * A linha do tempo com o maior número de clientes e, para cada tempo de atendimento, do
 * maior para o menor, a espera por número de clientes.
 */
export function desenhar(dados: Dados, resumos: Resumo[]): Grafico[] {
  const tempos = porTempo(resumos).sort(doMaiorAoMenor);
  return [
    ...tempos
      .slice(0, 1)
      .map(({ atraso_ms }) => graficoDaLinhaDoTempo(dados, resumos, atraso_ms)),
    ...tempos.map(({ atraso_ms }) => graficoDaEspera(dados, resumos, atraso_ms)),
  ];
}
