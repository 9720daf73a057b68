/**
 * Ao vivo: um servidor com o relé na frente. Quem se conecta ao relé aparece na página; o
 * servidor, e o tempo de atendimento dele, mudam sem que ninguém perca o endereço.
 */
import { linhaDePrograma } from "../relatorio/marcacao.ts";
import type { Endereco } from "../servidores/portas.ts";
import { cumprida } from "../servidores/aguardar.ts";
import { ErroDeUso } from "../comando/erros.ts";
import { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import type { ServidorPedido } from "../servidores/pedidos.ts";
import { Citacoes, portasCitadas } from "./citacoes.ts";
import type { Evento, EventoDeConexao, Situacao } from "./eventos.ts";
import { type Destino, Rele } from "./rele.ts";

/** Quanto do começo de uma linha do servidor se lê, em caracteres. */
const COMECO_DA_LINHA = 1_200;

/** Quantas linhas que citam alguém se guardam enquanto um servidor inicia. */
const CITACOES_NO_INICIO = 50;

export interface OpcoesDoAoVivo {
  /** O endereço e a porta do relé. */
  host: string;
  porta: number;
  contar: (evento: Evento) => void;
  /** Ao ser acionada, um servidor que está iniciando desiste. */
  interrupcao: AbortSignal;
  /** O que o relé soma a uma ida e volta, em ms. */
  custo_ms: number;
}

export class AoVivo implements AsyncDisposable {
  /** Null se a porta não pôde ser aberta: o evento `relé` diz por quê. */
  readonly rele: Rele | null;
  readonly problema: string | null;
  readonly #opcoes: OpcoesDoAoVivo;
  readonly #citacoes: Citacoes;
  readonly #portas = new Map<number, number>();
  #servidor: ServidorEmTeste | null = null;
  #atraso_ms = 0;
  #troca: Promise<void> = Promise.resolve();
  #pedidas = 0;
  #recusadas = 0;

  constructor(opcoes: OpcoesDoAoVivo) {
    this.#opcoes = opcoes;
    this.#citacoes = new Citacoes((conexao) =>
      opcoes.contar({
        tipo: "em atendimento",
        em_ms: performance.now(),
        corredor: null,
        conexao,
      }),
    );
    let problema: string | null = null;
    let rele: Rele | null = null;
    try {
      const { host, porta } = opcoes;
      rele = new Rele({ host, porta, observar: (evento) => this.#observar(evento) });
    } catch (erro) {
      if (!(erro instanceof ErroDeUso)) throw erro;
      problema = erro.message;
    }
    this.rele = rele;
    this.problema = problema;
    opcoes.contar({
      tipo: "relé",
      em_ms: performance.now(),
      porta: rele?.porta ?? opcoes.porta,
      problema,
      custo_ms: opcoes.custo_ms,
    });
  }

  /**
   * Põe um servidor atrás do relé, no lugar do que estava: as conexões em andamento são
   * encerradas antes. De várias trocas pedidas juntas, só a última é feita. Um servidor que
   * não começa é um evento, e não um erro.
   *
   * @param atraso_ms T, em ms; um servidor que já rodava não o recebe.
   */
  trocar(pedido: ServidorPedido, atraso_ms: number): Promise<void> {
    const vez = ++this.#pedidas;
    this.#troca = this.#troca.then(async () => {
      if (vez === this.#pedidas) await this.#trocar(pedido, atraso_ms);
    });
    return this.#troca;
  }

  /** Tira o servidor do ar, se é dele essa porta: uma corrida precisa dela. */
  liberar(porta: number): Promise<void> {
    this.#troca = this.#troca.then(async () => {
      const servidor = this.#servidor;
      if (servidor?.porta !== porta) return;
      await this.#parar("ele foi para a corrida", null);
      this.#opcoes.contar({
        tipo: "servidor",
        em_ms: performance.now(),
        nome: servidor.nome,
        atraso_ms: this.#atraso_ms,
        situacao: "parado",
        problema: `o servidor "${servidor.nome}" foi para a corrida, porque usa sempre a porta ${porta}`,
      });
    });
    return this.#troca;
  }

  /** Conta os bytes de cada conexão e as recusas, se mudaram. */
  contarTrafego(): void {
    if (!this.rele) return;
    const em_ms = performance.now();
    for (const bytes of this.rele.trafego())
      this.#opcoes.contar({ tipo: "bytes", em_ms, ...bytes });
    const quantas = this.rele.recusadas - this.#recusadas;
    this.#recusadas += quantas;
    if (quantas > 0) this.#opcoes.contar({ tipo: "recusou", em_ms, quantas });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rele?.[Symbol.dispose]();
    await this.#troca;
    await this.#servidor?.encerrar();
  }

  async #trocar(pedido: ServidorPedido, atraso_ms: number): Promise<void> {
    const dizer = (situacao: Situacao, problema?: string) =>
      this.#opcoes.contar({
        tipo: "servidor",
        em_ms: performance.now(),
        nome: pedido.nome,
        atraso_ms,
        situacao,
        ...(problema !== undefined && { problema }),
      });
    const { interrupcao } = this.#opcoes;
    await this.#parar("o servidor mudou", "em breve");
    if (interrupcao.aborted) return;
    this.#atraso_ms = atraso_ms;
    dizer("iniciando");
    if (pedido.alvo) {
      this.rele?.apontar(pedido.alvo);
      return dizer("no ar");
    }
    // Enquanto ele inicia, as linhas que citam alguém são as das sondas, ou a da porta dele
    let pronto = false;
    const citacoes: string[] = [];
    const ler = (linha: string) => {
      if (pronto || portasCitadas(linha.slice(0, COMECO_DA_LINHA)).length === 0)
        this.#ler(linha);
      else if (citacoes.length < CITACOES_NO_INICIO) citacoes.push(linha);
    };
    try {
      const servidor = await ServidorEmTeste.iniciar({
        nome: pedido.nome,
        comando: pedido.partes ?? [],
        porta: pedido.porta,
        pasta: pedido.pasta,
        ambiente: { ATRASO_MS: `${atraso_ms}` },
        interrupcao,
        aoEscrever: ler,
      });
      await assentar(servidor, 1_000 + 3 * atraso_ms);
      pronto = true;
      const suas = (linha: string) =>
        portasCitadas(linha).every((porta) => porta === servidor.porta);
      for (const linha of citacoes.filter(suas)) this.#ler(linha);
      this.#servidor = servidor;
      this.rele?.apontar(servidor);
      dizer("no ar");
      void servidor.fim.then(() => this.#cair(servidor, dizer));
    } catch (erro) {
      if (interrupcao.aborted) return;
      this.rele?.apontar(null);
      dizer("caiu", erro instanceof Error ? erro.message : String(erro));
    }
  }

  /** Encerra quem está conectado, e depois o servidor. */
  async #parar(motivo: string, destino: Destino): Promise<void> {
    const servidor = this.#servidor;
    this.#servidor = null;
    this.rele?.encerrarTodas(`encerrada pelo painel: ${motivo}`);
    this.rele?.apontar(destino);
    await servidor?.encerrar();
  }

  /** O servidor terminou sozinho, ou alguém o encerrou por fora. */
  async #cair(
    servidor: ServidorEmTeste,
    dizer: (situacao: Situacao, problema?: string) => void,
  ): Promise<void> {
    if (this.#servidor !== servidor) return; // foi o painel que o encerrou
    this.#servidor = null;
    this.rele?.apontar(null);
    await servidor.encerrar();
    this.rele?.encerrarTodas("o servidor parou", "falhou");
    dizer("caiu", servidor.erro("parou").message);
  }

  /** Uma linha do servidor. */
  #ler(linha: string): void {
    const comeco = linha.slice(0, COMECO_DA_LINHA);
    this.#citacoes.ler(comeco);
    const texto = linhaDePrograma(comeco);
    this.#opcoes.contar({ tipo: "linha", em_ms: performance.now(), texto });
  }

  #observar(evento: EventoDeConexao): void {
    const { tipo, conexao, porta } = evento;
    this.#opcoes.contar(evento);
    if (tipo === "esperando" && porta !== undefined) {
      this.#portas.set(conexao, porta);
      this.#citacoes.abrir(porta, conexao);
    }
    if (tipo !== "encerrou" && tipo !== "falhou") return;
    this.#citacoes.fechar(this.#portas.get(conexao) ?? 0);
    this.#portas.delete(conexao);
  }
}

/**
 * Espera o servidor acabar de atender a sonda que descobriu a porta aberta: quem chegar
 * primeiro não pega fila. Conecta, não envia nada e espera o fim, no máximo por `prazo_ms`.
 */
async function assentar({ host, porta }: Endereco, prazo_ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sonda = await Bun.connect({
    hostname: host,
    port: porta,
    allowHalfOpen: true,
    socket: {
      open: (conexao) => void conexao.shutdown(),
      data() {},
      close: () => resolve(),
    },
  }).catch(() => null);
  if (sonda) await cumprida(promise, prazo_ms);
  sonda?.terminate();
}
