/** As corridas de uma aula em arquivos: a planilha de todas e a figura da última. */
import { descreverAmbiente } from "../relatorio/ambiente.ts";
import { emCsv } from "../relatorio/csv.ts";
import { comoArquivo } from "../relatorio/desenho.ts";
import { graficoDaLinhaDoTempo } from "../espera/grafico_da_linha_do_tempo.ts";
import { resumirEspera } from "../espera/resumo.ts";
import type { Resultado } from "./corrida.ts";
import type { Corrida } from "./estado.ts";

/** Uma linha para cada cliente de cada servidor de cada corrida. */
export function planilhaDasCorridas(corridas: Corrida[]): string {
  return emCsv(
    [
      "corrida",
      "data",
      "servidor",
      "clientes",
      "atraso_ms",
      "previsto_pela_turma_ms",
      "previsto_pela_lei_ms",
      "medido_ms",
      "cliente",
      "conectou_ms",
      "em_atendimento_ms",
      "respondeu_ms",
      "encerrou_ms",
      "falha",
    ],
    corridas.flatMap(({ numero, data, clientes, atraso_ms, largada_ms, pistas }) => {
      const desdeALargada = (instante: number | null) =>
        instante === null ? null : Math.round((instante - (largada_ms ?? 0)) * 1e3) / 1e3;
      return pistas.flatMap(({ servidor, turma_ms, lei_ms, chegada, faixas }) =>
        faixas.map((faixa) => [
          numero,
          data,
          servidor,
          clientes,
          atraso_ms,
          turma_ms,
          lei_ms,
          chegada?.medido_ms ?? null,
          faixa.conexao,
          desdeALargada(faixa.conectou_ms),
          desdeALargada(faixa.atendimento_ms),
          desdeALargada(faixa.respondeu_ms),
          desdeALargada(faixa.fim_ms),
          faixa.fato === "falhou" ? (faixa.motivo ?? "falhou") : null,
        ]),
      );
    }),
  );
}

/** A linha do tempo de uma corrida, a mesma figura do Experimento 1, como arquivo SVG. */
export function figuraDaCorrida({ corredores, rodadas }: Resultado): string | null {
  const dados = {
    versao: 1 as const,
    experimento: "experimento1" as const,
    ambiente: descreverAmbiente(),
    opcoes: {},
    servidores: corredores.map(({ servidor, modelo }) => ({
      nome: servidor,
      comando: servidor,
      modelo,
    })),
    rodadas,
  };
  const resumos = resumirEspera(dados, 1);
  if (resumos.length === 0) return null;
  return comoArquivo(
    graficoDaLinhaDoTempo(dados, resumos, rodadas[0]?.atraso_ms ?? null),
  );
}
