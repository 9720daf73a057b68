/** Os servidores em execução durante um experimento. */
import { ErroDeUso } from "../comando/erros.ts";
import type { Rodada } from "../espera/tipos.ts";
import { quantos } from "../relatorio/formato.ts";
import type { ServidorPedido } from "./pedidos.ts";
import type { Endereco } from "./portas.ts";
import { ServidorEmTeste } from "./servidor_em_teste.ts";

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
      await ligado.esperarFim(200);
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
