/** Os dados em arquivos: dados.json para programas, dados.csv para a planilha. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
} from "node:fs";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { emCsv } from "./csv.ts";
import { dataParaNome } from "./formato.ts";
import { conexaoLenta, rodadasAtipicas } from "../espera/resumo.ts";
import { ErroDeUso } from "../servidores/servidor_em_teste.ts";
import type { Dados } from "../espera/tipos.ts";

/**
 * Cria a pasta dos resultados, se ainda não existe, e confere se dá para escrever nela e, se
 * ela já tem um resultado, mudá-la de nome: melhor descobrir isso antes de medir.
 *
 * @throws {ErroDeUso} a pasta não pode ser criada, não aceita arquivos ou não pode mudar de
 * nome.
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
  if (existsSync(join(pasta, "dados.json")) && !podeMudarDeNome(pasta))
    throw new ErroDeUso(
      `a pasta ${pasta} já tem um resultado, e não dá para guardá-la com outro nome; escolha outra com --saida`,
    );
}

/** Nem a pasta atual, nem uma em volta dela, nem uma cuja pasta de cima não se pode mudar. */
function podeMudarDeNome(pasta: string): boolean {
  const ateAqui = relative(pasta, ".");
  if (!ateAqui.startsWith("..") && !isAbsolute(ateAqui)) return false;
  try {
    accessSync(join(pasta, ".."), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Se a pasta já tem um resultado (dados.json), muda o nome dela para um com a data dele, como
 * resultados/experimento1-2026-11-22-20h36m35: nem as medidas nem as respostas digitadas no
 * relatório se perdem, e nenhum gráfico velho se mistura aos novos.
 *
 * @returns o novo nome da pasta; null se não havia resultado.
 * @throws {ErroDeUso} o sistema não deixou mudar o nome.
 */
export function guardarAnterior(pasta: string): string | null {
  const json = join(pasta, "dados.json");
  if (!existsSync(json)) return null;
  const nome = join(pasta, "..", `${basename(resolve(pasta))}-${dataDoResultado(json)}`);
  let guardada = nome;
  for (let copia = 2; existsSync(guardada); copia++) guardada = `${nome}-${copia}`;
  try {
    renameSync(pasta, guardada);
    return guardada;
  } catch {
    throw new ErroDeUso(
      `a pasta ${pasta} já tem um resultado, e não foi possível guardá-la em ${guardada}; escolha outra com --saida`,
    );
  }
}

/** A data da medição ou, se o arquivo não a diz, a do próprio arquivo. */
function dataDoResultado(json: string): string {
  try {
    return dataParaNome(JSON.parse(readFileSync(json, "utf-8")).ambiente.data);
  } catch {
    return dataParaNome(statSync(json).mtime.toISOString());
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
