/** Os dados em arquivos: dados.json para programas, dados.csv para a planilha. */
import { type Arquivo, emArquivosDeDados } from "../relatorio/arquivos.ts";
import { planilha } from "../relatorio/csv.ts";
import { conexaoLenta, rodadasAtipicas } from "./resumo.ts";
import type { Dados } from "./tipos.ts";

/** Os dados de um experimento em arquivos: dados.json e dados.csv. */
export function arquivosDosDados(dados: Dados): Arquivo[] {
  return emArquivosDeDados(dados, planilhaDosDados(dados));
}

/** Os dados como planilha, uma linha para cada cliente e rodada. Os tempos são em ms. */
export function planilhaDosDados({ rodadas }: Dados): string {
  const fora = new Set(rodadasAtipicas(rodadas));
  const linhas = rodadas.flatMap((rodada) =>
    rodada.atendimentos.map((atendimento) => ({
      servidor: rodada.servidor,
      atraso_ms: rodada.atraso_ms,
      clientes: rodada.clientes,
      rodada: rodada.rodada,
      aquecimento: rodada.rodada === 0 ? "sim" : "não",
      cliente: atendimento.cliente,
      partida_ms: atendimento.partida_ms,
      conectado_ms: atendimento.conectado_ms,
      primeiro_byte_ms: atendimento.primeiroByte_ms,
      ultimo_byte_ms: atendimento.ultimoByte_ms,
      bytes: atendimento.bytes,
      makespan_ms: rodada.makespan_ms,
      rodada_atipica: fora.has(rodada) ? "sim" : "não",
      erro: atendimento.erro,
      observacao: conexaoLenta(atendimento)
        ? "fila de conexões cheia: o sistema retransmitiu o SYN"
        : null,
    })),
  );
  return planilha(linhas);
}
