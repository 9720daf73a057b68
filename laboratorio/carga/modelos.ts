/**
 * Os quatro modelos de servidor, e o mesmo em C como limite: quem são, para medi-los com um
 * comando só, e o que cada um troca.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Secao } from "../relatorio/documento.ts";
import { tamanho } from "../relatorio/formato.ts";
import {
  DE_SAUDACAO,
  lerServidores,
  PROJETO,
  type ServidorPedido,
} from "../servidores/pedidos.ts";
import { TROCAS } from "../servidores/trocas.ts";
import type { ResumoDoCaso } from "./resumo.ts";
import type { DadosDaCarga, Familia } from "./tipos.ts";

/** No eco, o arquivo de cada modelo e o argumento que faz dele um eco. */
const DE_ECO: Record<string, string[]> = {
  thread: ["servidor_final.ts"],
  eventos: ["laboratorio/servidor_eventos.ts", "eco"],
  posix: ["laboratorio/servidor_posix.ts", "eco"],
};

/** Como um modelo se chama na família: no eco, `posix (eco)`. */
function nomeNa(familia: Familia, modelo: string): string {
  return familia === "eco" ? `${modelo} (eco)` : modelo;
}

/**
 * Os servidores de todos os modelos, na família pedida ou nas duas; com um compilador de C na
 * máquina, também o limite. Onde não há a libc (no Windows), não há o posix nem o limite.
 */
export function modelos(tipo?: Familia): ServidorPedido[] {
  const limite = compilarLimite();
  const nossos: Record<Familia, ServidorPedido[]> = {
    saudacao: lerServidores(Object.keys(DE_SAUDACAO)),
    eco: Object.entries(DE_ECO).map(([modelo, partes]) => ({
      ...pedido(nomeNa("eco", modelo), [process.execPath, "run", ...partes]),
      pasta: PROJETO,
    })),
  };
  const doTipo = (familia: Familia) => [
    ...nossos[familia].filter(
      ({ nome }) => !nome.startsWith("posix") || process.platform !== "win32",
    ),
    ...(limite ? [pedido(nomeNa(familia, "C"), [limite, familia])] : []),
  ];
  return tipo ? doTipo(tipo) : [...doTipo("saudacao"), ...doTipo("eco")];
}

function pedido(nome: string, partes: string[]): ServidorPedido {
  const comando = partes.join(" ").replace(process.execPath, "bun");
  return { nome, comando, modelo: "desconhecido", partes };
}

/**
 * Compila o servidor em C em uma pasta que some com este processo.
 *
 * @returns o programa, ou null se não há compilador ou ele recusou.
 */
export function compilarLimite(): string | null {
  const cc = Bun.which("cc");
  if (!cc) return null;
  const pasta = mkdtempSync(join(tmpdir(), "limite-"));
  process.on("exit", () => rmSync(pasta, { recursive: true, force: true }));
  const programa = join(pasta, "limite");
  const fonte = join(import.meta.dir, "..", "posix", "limite.c");
  const { success } = Bun.spawnSync([cc, "-O2", "-pthread", "-o", programa, fonte]);
  return success ? programa : null;
}

/** A seção do relatório que diz o que cada modelo troca; nenhuma, se não são eles. */
export function secaoDosModelos(dados: DadosDaCarga, casos: ResumoDoCaso[]): Secao[] {
  if (!dados.opcoes.modelos) return [];
  const medidos = new Set(dados.servidores.map(({ nome }) => nome.replace(" (eco)", "")));
  const itens = [...medidos]
    .filter((modelo) => Object.hasOwn(TROCAS, modelo))
    .map((modelo) => `${modelo}: ${TROCAS[modelo]}${custo(modelo, casos)}.`);
  if (!medidos.has("C")) itens.push("Sem um compilador de C, o limite não foi medido.");
  return [{ titulo: "O que cada modelo troca", itens }];
}

/**
 * O que um cliente a mais custou em memória: a diferença entre os picos com mais e com menos
 * clientes, dividida por quantos são. Prefere o eco, em que todos ficam conectados.
 */
function custo(modelo: string, casos: ResumoDoCaso[]): string {
  const doModelo = (familia: Familia) =>
    casos
      .filter(({ caso }) => caso.familia === familia && caso.tamanho_bytes <= 64)
      .flatMap(({ caso: { clientes }, resumos }) =>
        resumos
          .filter(({ servidor }) => servidor === nomeNa(familia, modelo))
          .map(({ pico_bytes }) => ({ clientes, pico_bytes })),
      )
      .toSorted((a, b) => a.clientes - b.clientes);
  const eco = doModelo("eco");
  const medidas = eco.length > 1 ? eco : doModelo("saudacao");
  const [menos, mais] = [medidas[0], medidas.at(-1)];
  if (!menos?.pico_bytes || !mais?.pico_bytes || menos === mais) return "";
  const clientes = mais.clientes - menos.clientes;
  const bytes = Math.max(0, (mais.pico_bytes - menos.pico_bytes) / clientes);
  return `; aqui, cada cliente a mais custou ${tamanho(bytes)} de memória`;
}
