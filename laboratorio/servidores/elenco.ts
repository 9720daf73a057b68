/** Os servidores em teste: quem é iniciado a cada medição, e quem fica no ar até o fim. */
import { ErroDeUso } from "../comando/erros.ts";
import { quantos } from "../relatorio/formato.ts";
import type { ServidorPedido } from "./pedidos.ts";
import type { Endereco } from "./portas.ts";
import { ServidorEmTeste } from "./servidor_em_teste.ts";

/** Como iniciar um servidor; `partes` null é de um que já roda, em `alvo`. */
export type ComoIniciar = Pick<
  ServidorPedido,
  "nome" | "partes" | "porta" | "pasta" | "alvo"
>;

export class Elenco implements AsyncDisposable {
  readonly #noAr = new Map<string, ServidorEmTeste>();
  /** Os que já rodavam e já foram usados uma vez. */
  readonly #alvos = new Set<string>();

  /**
   * @param interrupcao ao ser acionada, quem está sendo iniciado é parado.
   * @param semSaida descarta o que os servidores escrevem na saída padrão.
   */
  constructor(
    private readonly interrupcao: AbortSignal,
    private readonly semSaida = false,
  ) {}

  /**
   * O endereço de um servidor com um tempo de atendimento, iniciado se ainda não estava.
   * Quem está usando a mesma porta fixa é parado antes.
   *
   * @param atraso_ms vai em ATRASO_MS, em ms.
   * @returns o endereço, e se é a primeira vez: precisa aquecer.
   * @throws {ErroDeUso} o servidor não pôde ser iniciado.
   */
  async ligar(
    pedido: ComoIniciar,
    atraso_ms: number | null,
  ): Promise<{ endereco: Endereco; novo: boolean }> {
    if (pedido.alvo) {
      const novo = !this.#alvos.has(pedido.nome);
      this.#alvos.add(pedido.nome);
      return { endereco: pedido.alvo, novo };
    }
    const { servidor, novo } = await this.#iniciar(pedido, atraso_ms);
    return { endereco: servidor, novo };
  }

  /**
   * Executa `acao` com o servidor no ar. Um processo novo a cada medição dá medições
   * independentes; já o programa de porta fixa fica no ar até o fim: o do roteiro, em Python,
   * não reabre a mesma porta antes de um minuto.
   *
   * @param acao recebe o tempo de partida, em ms, ou null se o servidor já estava no ar.
   * @throws {ErroDeUso} o servidor não abriu a porta, ou terminou durante a ação.
   */
  async usar<T>(
    pedido: ComoIniciar,
    acao: (servidor: ServidorEmTeste, partida_ms: number | null) => Promise<T>,
  ): Promise<T> {
    const { servidor, novo } = await this.#iniciar(pedido, null);
    try {
      return await vigiar(servidor, acao(servidor, novo ? servidor.partida_ms : null));
    } finally {
      if (pedido.porta === undefined) await this.#desligar(servidor);
    }
  }

  /**
   * Confere se, depois de uma rodada com falhas, o servidor ainda está de pé.
   *
   * @param queixa o que há de errado se ele está; null, se nada.
   * @throws {ErroDeUso} ele parou, ou há uma queixa; a mensagem traz as últimas linhas dele.
   */
  async conferir(
    rodada: { servidor: string; atraso_ms: number | null; clientes: number },
    queixa: string | null,
  ): Promise<void> {
    const { servidor: nome, atraso_ms, clientes } = rodada;
    const servidor = this.#noAr.get(chave(nome, atraso_ms));
    if (servidor && (await servidor.esperarFim(200))) {
      await servidor.encerrar();
      throw servidor.erro(
        `parou no meio de uma rodada com ${quantos(clientes, "cliente")}`,
      );
    }
    if (queixa === null) return;
    throw servidor?.erro(queixa) ?? new ErroDeUso(`o servidor "${nome}" ${queixa}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#noAr.values()].map((um) => this.#desligar(um)));
  }

  async #iniciar({ nome, partes, porta, pasta }: ComoIniciar, atraso_ms: number | null) {
    const ligado = this.#noAr.get(chave(nome, atraso_ms));
    ligado?.observar();
    if (ligado) return { servidor: ligado, novo: false };

    for (const outro of this.#noAr.values())
      if (outro.porta === porta) await this.#desligar(outro);
    const servidor = await ServidorEmTeste.iniciar({
      nome,
      comando: partes ?? [],
      porta,
      pasta,
      ambiente: { ATRASO_MS: `${atraso_ms ?? 0}` },
      semSaida: this.semSaida,
      interrupcao: this.interrupcao,
    });
    this.#noAr.set(chave(nome, atraso_ms), servidor);
    return { servidor, novo: true };
  }

  async #desligar(servidor: ServidorEmTeste): Promise<void> {
    for (const [chave, outro] of this.#noAr)
      if (outro === servidor) this.#noAr.delete(chave);
    await servidor.encerrar();
  }
}

function chave(nome: string, atraso_ms: number | null): string {
  return `${nome}\n${atraso_ms}`;
}

/** A ação, ou o erro de o servidor ter terminado antes dela. */
async function vigiar<T>(servidor: ServidorEmTeste, acao: Promise<T>): Promise<T> {
  const morte = servidor.fim.then(async () => {
    await Bun.sleep(50); // o tempo de ler as últimas linhas dele
    throw servidor.erro("terminou durante a medição");
  });
  morte.catch(() => {}); // depois da ação, terminar é o esperado
  acao.catch(() => {}); // se o servidor terminou, é esse o erro que interessa
  return await Promise.race([acao, morte]);
}
