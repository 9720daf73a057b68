/**
 * O resultado em arquivos: a pasta que o recebe, a ordem em que se escreve e o que fazer com
 * o que não se consegue escrever.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { ErroDeUso } from "../comando/erros.ts";
import { comoArquivo } from "./desenho.ts";
import type { Documento } from "./documento.ts";
import { dataParaNome, lista } from "./formato.ts";
import { emHtml } from "./html.ts";
import { emMarkdown } from "./markdown.ts";

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
 * @throws o erro do sistema, se ele não deixou mudar o nome.
 */
export function guardarAnterior(pasta: string): string | null {
  const json = join(pasta, "dados.json");
  if (!existsSync(json)) return null;
  const guardada = comData(pasta, dataDoResultado(json));
  renameSync(pasta, guardada);
  return guardada;
}

/** Um nome ainda livre, ao lado da pasta: o dela e a data. */
function comData(pasta: string, data: string): string {
  const nome = join(pasta, "..", `${basename(resolve(pasta))}-${data}`);
  let livre = nome;
  for (let copia = 2; existsSync(livre); copia++) livre = `${nome}-${copia}`;
  return livre;
}

/** A data da medição ou, se o arquivo não a diz, a do próprio arquivo. */
function dataDoResultado(json: string): string {
  try {
    return dataParaNome(JSON.parse(readFileSync(json, "utf-8")).ambiente.data);
  } catch {
    return dataParaNome(statSync(json).mtime.toISOString());
  }
}

/** Um arquivo a escrever: o nome, sem pasta, e o texto dele. */
export type Arquivo = [nome: string, conteudo: string];

/**
 * Entrega o resultado de um comando. Os dados são escritos antes de tudo; depois se mostra o
 * resultado no terminal, e o relatório é escrito. Um arquivo que não se consegue escrever não
 * impede os outros: a saída de erros diz qual é, e por quê.
 *
 * @param pasta o resultado que já estiver nela é guardado; se o sistema não deixar, o novo vai
 * para uma pasta ao lado.
 * @param dados os arquivos que não podem faltar.
 * @param mostrar escreve o resultado no terminal e devolve os arquivos do relatório.
 * @returns se tudo foi escrito.
 */
export async function entregar(
  pasta: string,
  dados: Arquivo[],
  mostrar: () => Arquivo[],
): Promise<boolean> {
  const { destino, aviso } = abrir(pasta);
  const faltam = new Map<string, string[]>();
  const escritos: string[] = [];
  const escrever = async (arquivos: Arquivo[]) => {
    for (const [nome, conteudo] of arquivos) {
      const caminho = join(destino, nome);
      const motivo = await tentarEscrever(caminho, conteudo);
      if (motivo === null) escritos.push(caminho);
      else faltam.set(motivo, [...(faltam.get(motivo) ?? []), caminho]);
    }
  };

  await escrever(dados);
  await escrever(mostrar());
  if (aviso) console.log(`\n${aviso}`);
  if (escritos.length > 0)
    console.log(`\nArquivos:\n${escritos.map((caminho) => `  ${caminho}`).join("\n")}`);
  for (const [motivo, caminhos] of faltam)
    console.error(
      `Erro: não foi possível escrever ${lista(caminhos)}: ${motivo}; resolva isso ou escolha outra pasta com --saida`,
    );
  return faltam.size === 0;
}

/** A pasta em que o novo resultado é escrito, e o que há a dizer sobre o anterior. */
function abrir(pasta: string): { destino: string; aviso: string | null } {
  try {
    const guardada = guardarAnterior(pasta);
    return {
      destino: pasta,
      aviso: guardada && `O resultado anterior foi guardado em ${guardada}`,
    };
  } catch {
    return {
      destino: comData(pasta, dataParaNome(new Date().toISOString())),
      aviso: `O sistema não deixou mudar o nome de ${pasta}, que tem o resultado anterior (algum programa aberto o usa?); o novo ficou ao lado`,
    };
  }
}

/** Escreve um arquivo inteiro; devolve por que não conseguiu, ou null se conseguiu. */
async function tentarEscrever(caminho: string, texto: string): Promise<string | null> {
  try {
    await Bun.write(caminho, texto);
    return null;
  } catch (erro) {
    const { code = "", message } = erro as NodeJS.ErrnoException;
    // O que foi cortado no meio não serve a ninguém, e ocupa o lugar do que ainda cabe
    if (SEM_ESPACO.includes(code)) rmSync(caminho, { force: true });
    return MOTIVOS[code] ? `${MOTIVOS[code]} (${code})` : message;
  }
}

const SEM_ESPACO = ["ENOSPC", "EDQUOT", "EFBIG"];

/** Os erros do sistema de arquivos, em palavras. */
const MOTIVOS: Record<string, string> = {
  ENOSPC: "o disco está cheio",
  EDQUOT: "a sua cota de disco acabou",
  EFBIG: "o arquivo passa do tamanho que o sistema permite",
  EISDIR: "há uma pasta com esse nome",
  ENOTDIR: "há um arquivo onde devia haver uma pasta",
  EROFS: "o disco é só de leitura",
  EACCES: "falta permissão, ou outro programa o está usando",
  EPERM: "falta permissão, ou outro programa o está usando",
  EBUSY: "outro programa o está usando",
};

/** Os dados em arquivos: dados.json para programas, dados.csv para a planilha. */
export function emArquivosDeDados(dados: object, planilha: string): Arquivo[] {
  return [
    ["dados.json", `${JSON.stringify(dados, null, 1)}\n`],
    ["dados.csv", planilha],
  ];
}

/** Um documento em arquivos: relatorio.html, relatorio.md e os gráficos em SVG. */
export function emArquivos(documento: Documento): Arquivo[] {
  const graficos = documento.secoes.flatMap((secao) => secao.graficos ?? []);
  return [
    ["relatorio.html", emHtml(documento)],
    ["relatorio.md", emMarkdown(documento)],
    ...graficos.map((um): Arquivo => [um.arquivo, comoArquivo(um)]),
  ];
}
