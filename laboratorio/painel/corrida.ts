/**
 * A corrida: os mesmos clientes do Experimento 1, partindo a um só sinal contra cada
 * servidor, lado a lado, e cada acontecimento contado na hora.
 */
import { type Acontecimento, medirRodada } from "../espera/medicao.ts";
import type { Passo } from "../espera/plano.ts";
import { prever } from "../espera/lei.ts";
import { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import type { ServidorPedido } from "../servidores/pedidos.ts";
import type { Rodada } from "../espera/tipos.ts";
import { Citacoes } from "./citacoes.ts";
import type { Chegada, Corredor, Evento, Pedido } from "./eventos.ts";
import { dizerOQueSeViu } from "./frases.ts";

/** Um servidor pronto para correr. */
interface Pronto {
  servidor: ServidorEmTeste;
  atraso_ms: number;
  /** Quantos clientes ao mesmo tempo ele já atendeu: um servidor frio perderia a corrida. */
  aquecido: number;
  /** Quem lê o que ele escreve nesta corrida. */
  aoEscrever: (linha: string) => void;
}

/** O que uma corrida que valeu deixa: uma rodada por servidor, na ordem das pistas. */
export interface Resultado {
  corrida: number;
  /** Data e hora, ISO 8601. */
  data: string;
  corredores: Corredor[];
  rodadas: Rodada[];
}

/** Onde se corre: mantém os servidores no ar de uma corrida para a outra. */
export class Autodromo implements AsyncDisposable {
  readonly #prontos = new Map<string, Pronto>();

  /**
   * @param contar recebe cada evento da corrida, na ordem em que acontece.
   */
  constructor(readonly contar: (evento: Evento) => void) {}

  /**
   * Uma corrida inteira, dos servidores em ordem ao último cliente.
   *
   * @param pedidos os servidores, na ordem das pistas.
   * @param interrupcao ao ser acionada, a corrida para e não vale.
   * @returns null se a corrida não valeu; o motivo está no evento `terminou`.
   */
  async correr(
    corrida: number,
    pedidos: ServidorPedido[],
    { clientes, atraso_ms, previsoes }: Pedido,
    interrupcao: AbortSignal,
  ): Promise<Resultado | null> {
    const data = new Date().toISOString();
    const corredores = pedidos.map(({ nome, modelo }) => ({
      servidor: nome,
      modelo,
      turma_ms: previsoes[nome] ?? null,
      lei_ms: prever(modelo, clientes, atraso_ms),
    }));
    this.#contar({ tipo: "preparou", corrida, data, clientes, atraso_ms, corredores });
    try {
      const rodadas = await this.#medirTodos(
        pedidos,
        clientes,
        atraso_ms,
        interrupcao,
      ).finally(() => this.#devolverPortas(pedidos));
      const frase = dizerOQueSeViu(clientes, atraso_ms, rodadas.map(resumirChegada));
      this.#contar({ tipo: "terminou", valeu: true, frase });
      return { corrida, data, corredores, rodadas };
    } catch (erro) {
      const frase = interrupcao.aborted
        ? "A corrida foi interrompida."
        : erro instanceof Error
          ? erro.message
          : String(erro);
      this.#contar({ tipo: "terminou", valeu: false, frase });
      return null;
    }
  }

  /** Dos servidores em ordem à largada, e dela ao último cliente. */
  async #medirTodos(
    pedidos: ServidorPedido[],
    clientes: number,
    atraso_ms: number,
    interrupcao: AbortSignal,
  ): Promise<Rodada[]> {
    const prontos = await this.#preparar(pedidos, clientes, atraso_ms, interrupcao);
    const largada_ms = performance.now();
    this.contar({ tipo: "largou", em_ms: largada_ms });
    const rodadas = await Promise.all(
      prontos.map((pronto) =>
        this.#medir(
          pronto,
          { servidor: pronto.servidor.nome, clientes, atraso_ms, rodada: 1 },
          largada_ms,
          interrupcao,
        ),
      ),
    );
    await this.#conferir(prontos, rodadas);
    return rodadas;
  }

  /** Quem usa sempre a mesma porta a devolve: ela pode fazer falta ao vivo. */
  async #devolverPortas(pedidos: ServidorPedido[]): Promise<void> {
    for (const { nome, porta } of pedidos) if (porta) await this.#parar(nome);
  }

  /** Para os servidores. */
  async [Symbol.asyncDispose](): Promise<void> {
    const prontos = [...this.#prontos.values()];
    this.#prontos.clear();
    await Promise.all(prontos.map(({ servidor }) => servidor.encerrar()));
  }

  /** Inicia o que falta, com o T pedido, e aquece todos. */
  async #preparar(
    pedidos: ServidorPedido[],
    clientes: number,
    atraso_ms: number,
    interrupcao: AbortSignal,
  ): Promise<Pronto[]> {
    for (const [nome, { servidor, atraso_ms: antes }] of this.#prontos)
      if (antes !== atraso_ms || !servidor.vivo) await this.#parar(nome);
    const resultados = await Promise.allSettled(
      pedidos.map(async (pedido) => {
        const pronto =
          this.#prontos.get(pedido.nome) ??
          (await this.#iniciar(pedido, atraso_ms, interrupcao));
        await aquecer(pronto, pedido, clientes, interrupcao);
        return pronto;
      }),
    );
    return resultados.map((resultado) => {
      if (resultado.status === "rejected") throw resultado.reason;
      return resultado.value;
    });
  }

  async #parar(nome: string): Promise<void> {
    const pronto = this.#prontos.get(nome);
    this.#prontos.delete(nome);
    await pronto?.servidor.encerrar();
  }

  async #iniciar(
    pedido: ServidorPedido,
    atraso_ms: number,
    interrupcao: AbortSignal,
  ): Promise<Pronto> {
    const pronto: Omit<Pronto, "servidor"> = {
      atraso_ms,
      aquecido: 0,
      aoEscrever: () => {},
    };
    const servidor = await ServidorEmTeste.iniciar({
      nome: pedido.nome,
      comando: pedido.partes ?? [],
      porta: pedido.porta,
      pasta: pedido.pasta,
      ambiente: { ATRASO_MS: `${atraso_ms}` },
      interrupcao,
      aoEscrever: (linha) => pronto.aoEscrever(linha),
    });
    const novo = Object.assign(pronto, { servidor });
    this.#prontos.set(pedido.nome, novo);
    return novo;
  }

  /**
   * Os clientes contra um servidor, do sinal ao último byte. Os de uma pista partem depois
   * que os da anterior já chamaram connect, uns décimos de ms: cada pista conta o tempo do
   * seu próprio sinal, e é como se todas partissem em `largada_ms`.
   */
  async #medir(
    pronto: Pronto,
    passo: Passo,
    largada_ms: number,
    interrupcao: AbortSignal,
  ): Promise<Rodada> {
    const corredor = passo.servidor;
    const sinal_ms = performance.now();
    const citacoes = new Citacoes((conexao) => {
      const em_ms = largada_ms + performance.now() - sinal_ms;
      this.contar({ tipo: "em atendimento", em_ms, corredor, conexao });
    });
    const observar = ({
      tipo,
      cliente,
      em_ms: desdeOSinal,
      porta,
      erro,
    }: Acontecimento) => {
      const conexao = cliente + 1;
      const em_ms = largada_ms + desdeOSinal;
      const motivo = erro === null ? {} : { motivo: erro };
      this.contar({ tipo, em_ms, corredor, conexao, ...motivo });
      if (tipo !== "conectou" || porta === null) return;
      this.contar({ tipo: "esperando", em_ms, corredor, conexao, porta });
      citacoes.abrir(porta, conexao);
    };
    pronto.aoEscrever = (linha) => citacoes.ler(linha);
    try {
      const rodada = await medirRodada(pronto.servidor, passo, interrupcao, observar);
      this.#contar({ tipo: "chegou", chegada: resumirChegada(rodada) });
      return rodada;
    } finally {
      pronto.aoEscrever = () => {};
    }
  }

  /** @throws {ErroDeUso} um servidor parou no meio da corrida. */
  async #conferir(prontos: Pronto[], rodadas: Rodada[]): Promise<void> {
    for (const [i, { servidor }] of prontos.entries()) {
      if (rodadas[i]?.atendimentos.every(({ erro }) => erro === null)) continue;
      if (!(await servidor.esperarFim(200))) continue;
      await this.#parar(servidor.nome);
      throw servidor.erro("parou no meio da corrida");
    }
  }

  #contar(evento: SemInstante<Evento>): void {
    this.contar({ ...evento, em_ms: performance.now() });
  }
}

/** Um evento a que falta o instante: é o de agora. */
type SemInstante<E> = E extends unknown ? Omit<E, "em_ms"> : never;

/** A espera do último cliente, e quantos ficaram sem resposta. */
function resumirChegada({ servidor, atendimentos }: Rodada): Chegada {
  const esperas = atendimentos.flatMap(({ erro, primeiroByte_ms }) =>
    erro === null && primeiroByte_ms !== null ? [primeiroByte_ms] : [],
  );
  return {
    servidor,
    medido_ms: esperas.length > 0 ? Math.max(...esperas) : null,
    falhas: atendimentos.length - esperas.length,
  };
}

/**
 * Uma rodada que não conta: as threads já estão criadas na largada. Onde os clientes fazem
 * fila, ou podem fazer, um basta, para não esperar N·T antes de começar.
 */
async function aquecer(
  pronto: Pronto,
  { modelo, nome }: ServidorPedido,
  clientes: number,
  interrupcao: AbortSignal,
): Promise<void> {
  const { atraso_ms } = pronto;
  const quantos = modelo === "concorrente" || atraso_ms === 0 ? clientes : 1;
  if (pronto.aquecido >= quantos) return;
  const passo = { servidor: nome, clientes: quantos, atraso_ms, rodada: 0 };
  await medirRodada(pronto.servidor, passo, interrupcao);
  pronto.aquecido = quantos;
}
