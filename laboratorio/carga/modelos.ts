/**
 * Os quatro modelos de servidor, e o mesmo em C como limite: quem são, para medi-los com um
 * comando só, e o que cada um troca.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Secao } from "../relatorio/documento.ts";
import { tamanho } from "../relatorio/formato.ts";
import { PROJETO, type ServidorPedido } from "../servidores/pedidos.ts";
import { type ResumoDaCarga, resumir } from "./resumo.ts";
import type { DadosDaCarga, Familia } from "./tipos.ts";

/** O que um modelo troca: quem espera, quem tem o socket e o que para se uma thread bloqueia. */
const TROCAS: Record<string, string> = {
  sequencial:
    "os clientes esperam uns pelos outros; o socket é do único laço que existe; um cliente a " +
    "mais quase não custa memória; e quem bloqueia a thread bloqueia todos",
  thread:
    "cada cliente espera só pela sua thread, mas o socket é do programa principal, que leva e " +
    "traz cada mensagem; cada thread custa memória; e uma bloqueada não para as outras",
  eventos:
    "ninguém espera enquanto nenhum atendimento bloquear; todos os sockets são de uma thread " +
    "só; um cliente a mais é só um objeto; e quem bloqueia essa thread bloqueia todos",
  posix:
    "cada cliente espera só pela sua thread, que tem ela mesma o socket e bloqueia no sistema " +
    "operacional; cada thread custa memória; e uma bloqueada não para as outras",
  C:
    "o limite: faz as mesmas chamadas que o posix, também com uma thread por cliente, sem a " +
    "linguagem no meio, e cada thread é só uma pilha",
};

/** Os arquivos de cada modelo, e o argumento com que fazem o que a família pede. */
const MODELOS: Record<Familia, [modelo: string, ...partes: string[]][]> = {
  saudacao: [
    ["sequencial", "servidor_sequencial.ts"],
    ["thread", "servidor_thread.ts"],
    ["eventos", "laboratorio/servidor_eventos.ts"],
    ["posix", "laboratorio/servidor_posix.ts"],
  ],
  eco: [
    ["thread", "servidor_final.ts"],
    ["eventos", "laboratorio/servidor_eventos.ts", "eco"],
    ["posix", "laboratorio/servidor_posix.ts", "eco"],
  ],
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
  const doTipo = (familia: Familia) =>
    MODELOS[familia]
      .filter(([modelo]) => modelo !== "posix" || process.platform !== "win32")
      .map(([modelo, ...partes]): ServidorPedido => ({
        ...pedido(nomeNa(familia, modelo), [process.execPath, "run", ...partes]),
        pasta: PROJETO,
      }))
      .concat(limite ? [pedido(nomeNa(familia, "C"), [limite, familia])] : []);
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
export function secaoDosModelos(dados: DadosDaCarga): Secao[] {
  if (!dados.opcoes.modelos) return [];
  const medidos = new Set(dados.servidores.map(({ nome }) => nome.replace(" (eco)", "")));
  const resumos = resumir(dados);
  const semC = medidos.has("C")
    ? []
    : ["Sem um compilador de C, o limite não foi medido."];
  return [
    {
      titulo: "O que cada modelo troca",
      itens: [...medidos]
        .flatMap((modelo) => {
          const troca = TROCAS[modelo];
          return troca ? `${modelo}: ${troca}${custo(modelo, resumos)}.` : [];
        })
        .concat(semC),
    },
  ];
}

/**
 * O que um cliente a mais custou em memória: a diferença entre os picos com mais e com menos
 * clientes, dividida por quantos são. Prefere o eco, em que todos ficam conectados.
 */
function custo(modelo: string, resumos: ResumoDaCarga[]): string {
  const doModelo = (nome: string) =>
    resumos.filter(
      ({ servidor, caso }) =>
        servidor === nome && (caso.familia === "saudacao" || caso.tamanho_bytes === 64),
    );
  const eco = doModelo(nomeNa("eco", modelo));
  const casos = (eco.length > 1 ? eco : doModelo(modelo)).toSorted(
    (a, b) => a.caso.clientes - b.caso.clientes,
  );
  const [menos, mais] = [casos[0], casos.at(-1)];
  if (!menos?.pico_bytes || !mais?.pico_bytes || menos === mais) return "";
  const clientes = mais.caso.clientes - menos.caso.clientes;
  const bytes = Math.max(0, (mais.pico_bytes - menos.pico_bytes) / clientes);
  return `; aqui, cada cliente a mais custou ${tamanho(bytes)} de memória`;
}
