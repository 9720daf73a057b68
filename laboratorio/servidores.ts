/** Os servidores que um experimento mede: os nossos, os do usuário e os que já rodam. */
import { join } from "node:path";
import { type Argumentos, dividirComando, sugerir } from "./argumentos.ts";
import { quantos } from "./formato.ts";
import type { Endereco } from "./medicao.ts";
import { ate, ErroDeUso, ServidorEmTeste } from "./servidor_em_teste.ts";
import type { Modelo, Rodada, ServidorMedido } from "./tipos.ts";

/** Um servidor a medir, como foi pedido na linha de comando. */
export interface ServidorPedido extends ServidorMedido {
  /** Como iniciá-lo; null se ele já roda, em `alvo`. */
  partes: string[] | null;
  /** A porta fixa do programa, se ele tem uma. */
  porta?: number;
  pasta?: string;
  alvo?: Endereco;
}

/** Os servidores deste projeto, pelo nome curto. */
const NOSSOS: Record<string, [arquivo: string, modelo: Modelo]> = {
  sequencial: ["servidor_sequencial.ts", "sequencial"],
  thread: ["servidor_thread.ts", "concorrente"],
  eventos: ["laboratorio/servidor_eventos.ts", "concorrente"],
};

/** A pasta do projeto, em que os nossos servidores são executados. */
export const PROJETO = join(import.meta.dir, "..");

/** Os servidores deste projeto que saúdam quem se conecta. */
export function servidoresConhecidos(): ServidorPedido[] {
  return Object.keys(NOSSOS).map(lerServidor);
}

/**
 * Os servidores pedidos com `--servidor` e `--alvo`; se nenhum, o sequencial e o de threads.
 *
 * @param outros servidores que este comando também conhece pelo nome.
 * @throws {ErroDeUso} um nome desconhecido ou repetido, um comando ou um endereço que não se
 * entende.
 */
export function lerServidores(
  argumentos: Argumentos,
  outros: ServidorPedido[] = [],
): ServidorPedido[] {
  const escritos = argumentos.textos("servidor");
  const alvos = argumentos.textos("alvo").map(lerAlvo);
  const pedidos = escritos
    .map((escrito) => outros.find(({ nome }) => nome === escrito) ?? lerServidor(escrito))
    .concat(alvos);
  const servidores =
    pedidos.length > 0
      ? pedidos
      : ["sequencial", "thread"].map((nome) => lerServidor(nome));
  const nomes = servidores.map(({ nome }) => nome);
  const repetido = nomes.find((nome, i) => nomes.indexOf(nome) !== i);
  if (repetido !== undefined) {
    throw new ErroDeUso(`há dois servidores chamados "${repetido}"; dê outro nome a um`);
  }
  return servidores;
}

/** `sequencial`, `nome=comando` ou `nome=comando@porta`. */
function lerServidor(escrito: string): ServidorPedido {
  const nosso = Object.hasOwn(NOSSOS, escrito) ? NOSSOS[escrito] : undefined;
  if (nosso) {
    const [arquivo, modelo] = nosso;
    const comando = `bun run ${arquivo}`;
    const partes = [process.execPath, "run", arquivo];
    return { nome: escrito, comando, modelo, partes, pasta: PROJETO };
  }
  const [, nome, comando, porta] = /^([^=]+)=(.*?)(?:@(\d+))?$/s.exec(escrito) ?? [];
  if (!nome?.trim() || comando === undefined) {
    const nomes = Object.keys(NOSSOS);
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

/** Os servidores em execução durante um experimento; ao sair do bloco, todos param. */
export class Servidores implements AsyncDisposable {
  readonly #ligados = new Map<string, ServidorEmTeste>();
  readonly #alvos = new Set<string>();
  readonly #interrupcao: AbortSignal;

  constructor(interrupcao: AbortSignal) {
    this.#interrupcao = interrupcao;
  }

  /**
   * O endereço de um servidor com um tempo de atendimento, iniciado se ainda não estava.
   * Quem está usando a mesma porta fixa é parado antes.
   *
   * @param atraso_ms vai em ATRASO_MS, em ms.
   * @returns o endereço, e se o servidor acaba de ser iniciado: precisa aquecer.
   * @throws {ErroDeUso} o servidor não pôde ser iniciado ou alcançado.
   */
  async ligar(
    pedido: ServidorPedido,
    atraso_ms: number | null,
  ): Promise<{ endereco: Endereco; novo: boolean }> {
    const chave = `${pedido.nome}\n${atraso_ms}`;
    if (pedido.partes === null) {
      const endereco = pedido.alvo ?? { host: "127.0.0.1", porta: 0 };
      const novo = !this.#alvos.has(chave);
      this.#alvos.add(chave);
      return { endereco, novo };
    }
    const ligado = this.#ligados.get(chave);
    if (ligado) return { endereco: ligado, novo: false };

    for (const [outro, servidor] of this.#ligados) {
      if (servidor.porta !== pedido.porta) continue;
      this.#ligados.delete(outro);
      await servidor.encerrar();
    }
    const servidor = await ServidorEmTeste.iniciar({
      nome: pedido.nome,
      comando: pedido.partes,
      porta: pedido.porta,
      pasta: pedido.pasta,
      ambiente: { HOST: "127.0.0.1", ATRASO_MS: `${atraso_ms ?? 0}` },
      interrupcao: this.#interrupcao,
    });
    this.#ligados.set(chave, servidor);
    return { endereco: servidor, novo: true };
  }

  /**
   * Confere se, depois da rodada, o servidor ainda está de pé.
   *
   * @throws {ErroDeUso} ele parou, ou não atendeu ninguém.
   */
  async conferir({ servidor, atraso_ms, clientes, atendimentos }: Rodada): Promise<void> {
    if (atendimentos.every(({ erro }) => erro === null)) return;
    const ligado = this.#ligados.get(`${servidor}\n${atraso_ms}`);
    if (ligado) {
      await ate(ligado.processo.exited, 200);
      if (!ligado.vivo) {
        await ligado.encerrar();
        throw ligado.erro(
          `parou no meio de uma rodada com ${quantos(clientes, "cliente")}`,
        );
      }
    }
    if (atendimentos.some(({ erro }) => erro === null)) return;
    const motivo = `não atendeu ninguém em uma rodada com ${quantos(clientes, "cliente")}: ${atendimentos[0]?.erro}`;
    throw ligado?.erro(motivo) ?? new ErroDeUso(`o servidor "${servidor}" ${motivo}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ligados = [...this.#ligados.values()];
    this.#ligados.clear();
    await Promise.all(ligados.map((servidor) => servidor.encerrar()));
  }
}
