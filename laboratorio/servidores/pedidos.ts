/** Os servidores que um experimento mede: os nossos, os do usuário e os que já rodam. */
import { lookup } from "node:dns/promises";
import { join } from "node:path";
import { sugerir } from "../comando/opcoes.ts";
import { ErroDeUso } from "../comando/erros.ts";
import { aceitaConexao, type Endereco } from "./portas.ts";

/** Um servidor a medir, como foi pedido na linha de comando. */
export interface ServidorPedido extends ServidorMedido {
  /** Como iniciá-lo; null se ele já roda, em `alvo`. */
  partes: string[] | null;
  /** A porta fixa do programa, se ele tem uma. */
  porta?: number;
  pasta?: string;
  alvo?: Endereco;
}

/** Servidores deste projeto, pelo nome curto. */
type Nossos = Record<string, [arquivo: string, modelo: Modelo]>;

/** Os que saúdam quem se conecta. */
export const DE_SAUDACAO: Nossos = {
  sequencial: ["servidor_sequencial.ts", "sequencial"],
  thread: ["servidor_thread.ts", "concorrente"],
  eventos: ["laboratorio/servidor_eventos.ts", "concorrente"],
  posix: ["laboratorio/servidor_posix.ts", "concorrente"],
};

/** Os que saúdam e o de eco. */
export const TODOS: Nossos = {
  ...DE_SAUDACAO,
  final: ["servidor_final.ts", "concorrente"],
};

/** A pasta do projeto, em que os nossos servidores são executados. */
export const PROJETO = join(import.meta.dir, "..", "..");

/**
 * Os servidores pedidos com `--servidor` e `--alvo`; se nenhum, `padrao`.
 *
 * @param nossos os que se podem pedir pelo nome curto.
 * @throws {ErroDeUso} um nome desconhecido ou repetido, um comando ou um endereço que não se
 * entende.
 */
export function lerServidores(
  escritos: string[],
  alvos: string[] = [],
  nossos = DE_SAUDACAO,
  padrao = ["sequencial", "thread"],
): ServidorPedido[] {
  const ler = (escrito: string) => lerServidor(escrito, nossos);
  const pedidos = [...escritos.map(ler), ...alvos.map(lerAlvo)];
  const servidores = pedidos.length > 0 ? pedidos : padrao.map(ler);
  exigirNomesDiferentes(servidores);
  return servidores;
}

/** @throws {ErroDeUso} dois servidores têm o mesmo nome. */
export function exigirNomesDiferentes(servidores: { nome: string }[]): void {
  const nomes = servidores.map(({ nome }) => nome);
  const repetido = nomes.find((nome, i) => nomes.indexOf(nome) !== i);
  if (repetido !== undefined)
    throw new ErroDeUso(`há dois servidores chamados "${repetido}"; dê outro nome a um`);
}

/** `sequencial`, `nome=comando` ou `nome=comando@porta`. */
function lerServidor(escrito: string, nossos: Nossos): ServidorPedido {
  const nosso = Object.hasOwn(nossos, escrito) ? nossos[escrito] : undefined;
  if (nosso) {
    const [arquivo, modelo] = nosso;
    const comando = `bun run ${arquivo}`;
    const partes = [process.execPath, "run", arquivo];
    return { nome: escrito, comando, modelo, partes, pasta: PROJETO };
  }
  const [, nome, comando, porta] = /^([^=]+)=(.*?)(?:@(\d+))?$/s.exec(escrito) ?? [];
  if (!nome?.trim() || comando === undefined) {
    const nomes = Object.keys(nossos);
    throw new ErroDeUso(
      `não conheço o servidor "${escrito}"${sugerir(escrito, nomes)}; use ${nomes.join(", ")} ou nome=comando`,
    );
  }
  return {
    nome: nome.trim(),
    comando: escrito.slice(nome.length + 1),
    modelo: "desconhecido",
    partes: dividirComando(comando),
    porta: porta === undefined ? undefined : lerPorta(porta, escrito),
  };
}

/** `host:porta` ou `[IPv6]:porta`. */
function lerAlvo(escrito: string): ServidorPedido {
  const [, ipv6, host, porta] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(escrito) ?? [];
  const endereco = ipv6 ?? host;
  if (endereco === undefined || porta === undefined) {
    throw new ErroDeUso(
      `--alvo precisa de um endereço e uma porta, como 192.168.0.10:8000, e não de "${escrito}"`,
    );
  }
  return {
    nome: escrito,
    comando: escrito,
    modelo: "desconhecido",
    partes: null,
    alvo: { host: endereco, porta: lerPorta(porta, escrito) },
  };
}

function lerPorta(texto: string, escrito: string): number {
  const porta = Number(texto);
  if (porta >= 1 && porta <= 65535) return porta;
  throw new ErroDeUso(`em "${escrito}", a porta deve ser um número de 1 a 65535`);
}

/**
 * Divide um comando em programa e argumentos, como faz o terminal: os espaços separam, e as
 * aspas, simples ou duplas, mantêm juntos. A barra invertida não tem nada de especial, por
 * causa dos caminhos do Windows.
 *
 * @throws {ErroDeUso} o comando está vazio ou tem aspas sem par.
 * @example
 * ```ts
 * dividirComando(`python3 "meu servidor.py" {porta}`);
 * // ["python3", "meu servidor.py", "{porta}"]
 * ```
 */
export function dividirComando(comando: string): string[] {
  const partes: string[] = comando.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+|["']/g) ?? [];
  if (partes.length === 0) throw new ErroDeUso("falta o comando do servidor");
  if (partes.includes('"') || partes.includes("'")) {
    throw new ErroDeUso(`o comando ${comando} tem aspas sem par`);
  }
  return partes.map((parte) =>
    parte.replace(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ""),
  );
}

/** Como o servidor trata os clientes: é o que a lei precisa saber para prever a espera. */
export type Modelo = "sequencial" | "concorrente" | "desconhecido";

export interface ServidorMedido {
  nome: string;
  /** O comando, como o usuário o digitaria; ou o endereço de um servidor que já rodava. */
  comando: string;
  modelo: Modelo;
}

/**
 * O endereço IP em que `host` atende na porta: o nome é resolvido uma vez só, antes de medir.
 *
 * @throws {ErroDeUso} o nome não existe, ou ninguém aceita conexões ali.
 */
export async function localizar({ host, porta }: Endereco): Promise<Endereco> {
  const enderecos = await lookup(host, { all: true }).catch(() => {
    throw new ErroDeUso(`o endereço ${host} não existe; confira o nome depois de --alvo`);
  });
  for (const { address } of enderecos) {
    if (await aceitaConexao(porta, address)) return { host: address, porta };
  }
  throw new ErroDeUso(
    `nenhum servidor em ${host}:${porta}; inicie o servidor ou confira o endereço`,
  );
}
