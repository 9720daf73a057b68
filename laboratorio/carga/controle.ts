/** O lado de cá do gerador: inicia o processo, faz pedidos a ele e o encerra. */
import { ErroDeUso } from "../comando/erros.ts";
import { type Medicao, type Pedido, SEM_DESCRITORES } from "./tipos.ts";

/** Quanto um cliente espera por uma resposta antes de dá-la por perdida, em ms. */
const PRAZO_MS = 5_000;

const FALTAM_DESCRITORES =
  "o gerador de carga chegou ao limite de arquivos e conexões que o sistema deixa um programa " +
  "abrir (não é culpa do servidor); aumente o limite, como em ulimit -n 4096, ou peça menos " +
  "clientes com --clientes";

/** O que não se diz em um pedido: todos se comportam bem, sem pausa e sem trocar de conexão. */
const COMUM = {
  tamanhos_bytes: [64],
  mensagensPorConexao: null,
  pausa_ms: 0,
  comFalhas: false,
  aquecimento_ms: 0,
  prazo_ms: PRAZO_MS,
};

/** Um pedido, em que o comum não precisa ser dito. */
export type PedidoCurto = Omit<Pedido, keyof typeof COMUM> & Partial<Pedido>;

export class Gerador implements AsyncDisposable {
  #resposta: PromiseWithResolvers<Medicao> | undefined;
  readonly #processo: Bun.Subprocess<"ignore", "inherit", "inherit">;

  /** @param interrupcao ao ser acionada, deixa-se de esperar pelo que se está medindo. */
  constructor(private readonly interrupcao?: AbortSignal) {
    this.#processo = Bun.spawn([process.execPath, `${import.meta.dir}/gerador.ts`], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (medicao: Medicao) => this.#resposta?.resolve(medicao),
      onExit: () => this.#resposta?.reject(new Error("o gerador de carga parou")),
    });
    interrupcao?.addEventListener("abort", () =>
      this.#resposta?.reject(interrupcao.reason),
    );
  }

  /**
   * Mede uma carga; uma de cada vez.
   *
   * @throws {ErroDeUso} o gerador não pode abrir tantas conexões nesta máquina.
   * @throws a razão da interrupção, ou se o gerador parou antes de responder.
   */
  async medir(pedido: PedidoCurto): Promise<Medicao> {
    this.interrupcao?.throwIfAborted();
    this.#resposta = Promise.withResolvers();
    this.#processo.send({ ...COMUM, ...pedido });
    const medicao = await this.#resposta.promise;
    if (SEM_DESCRITORES in medicao.erros) throw new ErroDeUso(FALTAM_DESCRITORES);
    return medicao;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#processo.kill("SIGKILL");
    await this.#processo.exited;
  }
}
