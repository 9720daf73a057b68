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
import { ErroDeUso } from "../comando/erros.ts";
import { dataParaNome } from "./formato.ts";

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
