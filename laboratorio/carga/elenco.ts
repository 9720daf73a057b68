/** Os servidores em teste: quem é iniciado a cada medição, e quem fica no ar até o fim. */
import { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import type { ServidorPedido } from "./opcoes.ts";

/**
 * Um processo novo a cada medição dá medições independentes. Já o programa de porta fixa
 * fica no ar até o fim: o do roteiro, em Python, não reabre a mesma porta antes de um minuto.
 */
export class Elenco implements AsyncDisposable {
  readonly #fixos = new Map<string, ServidorEmTeste>();

  constructor(private readonly interrupcao: AbortSignal) {}

  /**
   * Executa `acao` com o servidor no ar.
   *
   * @param acao recebe o tempo de partida, em ms, ou null se o servidor já estava no ar.
   * @throws {ErroDeUso} o servidor não abriu a porta, ou terminou durante a ação.
   */
  async usar<T>(
    pedido: ServidorPedido,
    acao: (servidor: ServidorEmTeste, partida_ms: number | null) => Promise<T>,
  ): Promise<T> {
    const fixo = this.#fixos.get(pedido.nome);
    if (fixo) return vigiar(fixo, acao(fixo, null));
    const servidor = await ServidorEmTeste.iniciar({
      ...pedido,
      comando: semSaida(pedido.partes),
      interrupcao: this.interrupcao,
    });
    try {
      return await vigiar(servidor, acao(servidor, servidor.partida_ms));
    } finally {
      if (pedido.porta === undefined) await servidor.encerrar();
      else this.#fixos.set(pedido.nome, servidor);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#fixos.values()].map((servidor) => servidor.encerrar()));
  }
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

/**
 * O comando com a saída padrão descartada: ler tudo o que um servidor escreve tomaria dele
 * até metade da velocidade. A saída de erros fica, para se saber por que ele parou.
 */
function semSaida(partes: string[]): string[] {
  const [programa = ""] = partes;
  if (process.platform === "win32" || !Bun.which(programa)) return partes;
  return ["sh", "-c", 'exec "$@" >/dev/null', "sh", ...partes];
}
