/** O lado de cá do gerador: inicia o processo, faz pedidos a ele e o encerra. */
import { ErroDeUso } from "../comando/erros.ts";
import { type Medicao, type Pedido, SEM_DESCRITORES } from "./tipos.ts";

const FALTAM_DESCRITORES =
  "o gerador de carga chegou ao limite de arquivos e conexões que o sistema deixa um programa " +
  "abrir (não é culpa do servidor); aumente o limite, como em ulimit -n 4096, ou peça menos " +
  "clientes com --clientes";

export class Gerador implements AsyncDisposable {
  #resposta: PromiseWithResolvers<Medicao> | undefined;
  readonly #processo: Bun.Subprocess<"ignore", "inherit", "inherit">;

  constructor() {
    this.#processo = Bun.spawn([process.execPath, `${import.meta.dir}/gerador.ts`], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (resposta: Medicao | typeof SEM_DESCRITORES) =>
        resposta === SEM_DESCRITORES
          ? this.#resposta?.reject(new ErroDeUso(FALTAM_DESCRITORES))
          : this.#resposta?.resolve(resposta),
      onExit: () => this.#resposta?.reject(new Error("o gerador de carga parou")),
    });
  }

  /**
   * Mede uma carga; uma de cada vez.
   *
   * @param interrupcao interrompe a espera, com o motivo dado por quem interrompeu.
   * @throws {ErroDeUso} o gerador não pode abrir tantas conexões nesta máquina.
   * @throws se o gerador parou antes de responder.
   */
  async medir(pedido: Pedido, interrupcao: AbortSignal): Promise<Medicao> {
    const resposta = Promise.withResolvers<Medicao>();
    const desistir = () => resposta.reject(interrupcao.reason);
    this.#resposta = resposta;
    interrupcao.addEventListener("abort", desistir);
    if (interrupcao.aborted) desistir();
    else this.#processo.send(pedido);
    try {
      return await resposta.promise;
    } finally {
      interrupcao.removeEventListener("abort", desistir);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#processo.kill("SIGKILL");
    await this.#processo.exited;
  }
}
