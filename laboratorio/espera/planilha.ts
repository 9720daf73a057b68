/** Os dados em arquivos: dados.json para programas, dados.csv para a planilha. */
import { join } from "node:path";
import type { Arquivo } from "../relatorio/arquivos.ts";
import { emCsv } from "../relatorio/csv.ts";
import { conexaoLenta, rodadasAtipicas } from "./resumo.ts";
import type { Dados } from "./tipos.ts";

/** Os dados de um experimento em arquivos: dados.json e dados.csv. */
export function arquivosDosDados(dados: Dados): Arquivo[] {
  return [
    ["dados.json", `${JSON.stringify(dados, null, 1)}\n`],
    ["dados.csv", planilhaDosDados(dados)],
  ];
}

/** Os dados como planilha, uma linha para cada cliente e rodada. Os tempos são em ms. */
export function planilhaDosDados({ rodadas }: Dados): string {
  const fora = new Set(rodadasAtipicas(rodadas));
  const linhas = rodadas.flatMap((rodada) =>
    rodada.atendimentos.map((atendimento) => [
      rodada.servidor,
      rodada.atraso_ms,
      rodada.clientes,
      rodada.rodada,
      rodada.rodada === 0 ? "sim" : "não",
      atendimento.cliente,
      atendimento.partida_ms,
      atendimento.conectado_ms,
      atendimento.primeiroByte_ms,
      atendimento.ultimoByte_ms,
      atendimento.bytes,
      rodada.makespan_ms,
      fora.has(rodada) ? "sim" : "não",
      atendimento.erro,
      conexaoLenta(atendimento)
        ? "fila de conexões cheia: o sistema retransmitiu o SYN"
        : null,
    ]),
  );
  return emCsv(COLUNAS, linhas);
}

const COLUNAS = [
  "servidor",
  "atraso_ms",
  "clientes",
  "rodada",
  "aquecimento",
  "cliente",
  "partida_ms",
  "conectado_ms",
  "primeiro_byte_ms",
  "ultimo_byte_ms",
  "bytes",
  "makespan_ms",
  "rodada_atipica",
  "erro",
  "observacao",
];
