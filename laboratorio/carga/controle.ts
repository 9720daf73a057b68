/** O lado de cá do gerador: inicia o processo, faz pedidos a ele e o encerra. */
import type { Medicao, Pedido } from "./tipos.ts";

export class Gerador implements AsyncDisposable {
  #resposta: PromiseWithResolvers<Medicao> | undefined;
  readonly #processo: Bun.Subprocess<"ignore", "inherit", "inherit">;

  constructor() {
    this.#processo = Bun.spawn([process.execPath, `${import.meta.dir}/gerador.ts`], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (medicao: Medicao) => this.#resposta?.resolve(medicao),
      onExit: () => this.#resposta?.reject(new Error("o gerador de carga parou")),
    });
  }

  /**
   * Mede uma carga; uma de cada vez.
   *
   * @param interrupcao interrompe a espera, com o motivo dado por quem interrompeu.
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
