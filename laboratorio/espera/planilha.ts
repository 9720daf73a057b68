/** Os dados em arquivos: dados.json para programas, dados.csv para a planilha. */
import { join } from "node:path";
import { ErroDeUso } from "../comando/erros.ts";
import { prepararPasta } from "../relatorio/arquivos.ts";
import { emCsv } from "../relatorio/csv.ts";
import { conexaoLenta, rodadasAtipicas } from "./resumo.ts";
import type { Dados } from "./tipos.ts";

/**
 * Escreve dados.json e dados.csv na pasta.
 *
 * @returns os caminhos dos arquivos escritos.
 * @throws {ErroDeUso} o sistema não deixou escrever.
 */
export async function exportar(dados: Dados, pasta: string): Promise<string[]> {
  prepararPasta(pasta);
  const json = join(pasta, "dados.json");
  const csv = join(pasta, "dados.csv");
  try {
    await Bun.write(json, `${JSON.stringify(dados, null, 1)}\n`);
    await Bun.write(csv, planilhaDosDados(dados));
  } catch (erro) {
    const { code } = erro as NodeJS.ErrnoException;
    throw new ErroDeUso(
      `não foi possível escrever os dados em ${pasta} (${code}); confira o espaço e a permissão, ou escolha outra pasta com --saida`,
    );
  }
  return [json, csv];
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
