/** Os dados em arquivos: dados.json para programas, dados.csv para a planilha. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { conexaoLenta, rodadasAtipicas } from "./resumo.ts";
import { ErroDeUso } from "./servidor_em_teste.ts";
import type { Dados } from "./tipos.ts";

/**
 * Cria a pasta dos resultados, se ainda não existe, e confere se dá para escrever nela:
 * melhor descobrir isso antes de medir.
 *
 * @throws {ErroDeUso} a pasta não pode ser criada ou não aceita arquivos.
 */
export function prepararPasta(pasta: string): void {
  try {
    mkdirSync(pasta, { recursive: true });
    accessSync(pasta, constants.W_OK);
  } catch {
    throw new ErroDeUso(
      `não é possível escrever na pasta ${pasta}; escolha outra com --saida`,
    );
  }
}

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
    await Bun.write(csv, emCsv(dados));
  } catch (erro) {
    const motivo = erro instanceof Error ? erro.message : String(erro);
    throw new ErroDeUso(`não foi possível escrever os dados em ${pasta}: ${motivo}`);
  }
  return [json, csv];
}

/**
 * Os dados como planilha, uma linha para cada cliente e rodada. Os números levam vírgula
 * decimal e as colunas se separam por ponto e vírgula, que é como o Excel e o LibreOffice em
 * português abrem um CSV com dois cliques; a marca no começo (BOM) diz ao Excel que o texto
 * é UTF-8. Os tempos são em ms.
 */
export function emCsv({ rodadas }: Dados): string {
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
  return `\uFEFF${[COLUNAS, ...linhas].map((linha) => linha.map(celula).join(";")).join("\r\n")}\r\n`;
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

function celula(valor: string | number | null): string {
  if (valor === null) return "";
  if (typeof valor === "number") return `${valor}`.replace(".", ",");
  return /[;"\r\n]/.test(valor) ? `"${valor.replaceAll('"', '""')}"` : valor;
}
