/** O palco das checagens de um servidor: o programa conferido e os clientes de teste. */
import { ErroDeUso } from "../comando/erros.ts";
import { cumprida } from "../servidores/aguardar.ts";
import { CONEXAO_LENTA_MS } from "../servidores/portas.ts";
import { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import { AtrasoPython, PORTA_DE_VOLTA, semOAtraso } from "./atraso_python.ts";
import { ClienteDeTeste } from "./cliente_de_teste.ts";
import { esperarPortaLiberada, portaReservada } from "./espera_da_porta.ts";
import { type Cena, type Estado, Falha } from "./tipos.ts";

export interface OpcoesDaCena {
  /** Programa e argumentos; `{porta}` é trocado pela porta. */
  comando: string[];
  /** Porta fixa do programa; sem ela, cada início usa uma porta livre. */
  porta?: number;
  /** Para avisos como "aguardando a porta", que não fazem parte do resultado. */
  avisar?: (aviso: string) => void;
}

/** Um início diferente do comum. */
export interface Inicio {
  /** Variáveis de ambiente a mais. */
  ambiente?: Record<string, string>;
  /** Outro jeito de executar o mesmo programa. */
  comando?: string[];
}

/** O tempo de atendimento pedido ao programa quando é preciso um, em ms. */
export const ATENDIMENTO_MS = 300;

/** Quanto esperar pela resposta antes de ver se o sistema descartou o cliente, em ms. */
const PACIENCIA_MS = 1_000;

/** A conversa de um cliente bem-comportado, já conectado; lança `Falha` se não der certo. */
export type Conversa = (cliente: ClienteDeTeste, prazo_ms: number) => Promise<void>;

export class CenaServidor implements Cena, AsyncDisposable {
  #servidor?: ServidorEmTeste;
  /** De quem são as últimas linhas de uma falha. */
  #emFoco?: ServidorEmTeste;
  #linhasDoInicio: string[] = [];
  /** Se a fila de conexões do programa já encheu, e o sistema fez um cliente esperar. */
  filaEncheu = false;
  /** Quanto dura um atendimento, em ms, se o programa tem um que se note. */
  atendimento_ms = 0;
  #avisou = false;
  readonly #extras: ServidorEmTeste[] = [];
  #clientes: ClienteDeTeste[] = [];
  /** Os que continuam de uma checagem para outra. */
  #demorados: ClienteDeTeste[] = [];
  readonly #atraso = new AtrasoPython();

  constructor(
    readonly opcoes: OpcoesDaCena,
    readonly secao: string,
    /** O que um cliente bem-comportado faz com este servidor. */
    readonly conversar: Conversa,
    /** Quanto esperar que ele encerre uma conexão sem que o cliente diga nada, em ms. */
    readonly despedida_ms = 0,
  ) {}

  /** A porta do servidor em uso. */
  get porta(): number {
    return this.servidor.porta;
  }

  get servidor(): ServidorEmTeste {
    if (!this.#servidor) throw new Error("o servidor não foi iniciado");
    return this.#servidor;
  }

  async antes(): Promise<void> {
    if (!this.#servidor?.vivo) await this.reiniciar();
    this.#emFoco = this.#servidor;
  }

  async depois(estado: Estado): Promise<void> {
    this.pedirAtraso(0);
    this.#servidor?.observar();
    for (const cliente of this.#clientes) cliente.fechar();
    this.#clientes = [];
    for (const extra of this.#extras.splice(0)) await extra.encerrar("SIGKILL");
    if (estado !== "falhou" || !this.#servidor) return;
    // Uma porta fixa pode demorar a ser liberada: fica o servidor que ainda atende
    if (this.opcoes.porta !== undefined && (await this.#atende())) return;
    await this.parar();
  }

  /** As linhas que acompanham uma falha passam a ser as deste programa. */
  mostrarLinhasDe(linhas: string[]): void {
    this.#emFoco = undefined;
    this.#linhasDoInicio = linhas;
  }

  /** Um cliente conectado, que a cena fecha no fim da checagem; ou só com o servidor. */
  async conectar(porta = this.porta, { ateOFim = false } = {}): Promise<ClienteDeTeste> {
    const cliente = await ClienteDeTeste.conectar(porta);
    (ateOFim ? this.#demorados : this.#clientes).push(cliente);
    return cliente;
  }

  /**
   * Um pedido completo: conecta, conversa, com `prazo_ms` (ms) para a resposta, e sai. Se o
   * sistema descartou o cliente antes de o programa saber dele, o pedido é refeito.
   *
   * @returns quanto o cliente esperou, em ms, desde que teve a conexão.
   * @throws {Falha} o cliente não foi atendido.
   */
  async pedir(
    porta: number,
    prazo_ms: number,
    { primeira_ms = PACIENCIA_MS } = {},
  ): Promise<number> {
    // A paciência dobra a cada vez, como a do sistema, até ser o prazo inteiro
    let paciencia_ms = primeira_ms;
    for (;;) {
      const cliente = await ClienteDeTeste.conectar(porta);
      const inicio = performance.now();
      if (cliente.demora_ms >= CONEXAO_LENTA_MS) this.#avisarDaFila();
      const conversa = this.conversar(cliente, prazo_ms);
      conversa.catch(() => {}); // a de um cliente descartado não interessa
      try {
        let basta = false;
        do {
          basta = paciencia_ms >= prazo_ms || (await cumprida(conversa, paciencia_ms));
          paciencia_ms *= 2;
        } while (!basta && !cliente.descartado);
        if (basta) {
          await conversa;
          return performance.now() - inicio;
        }
        this.#avisarDaFila();
      } finally {
        cliente.fechar();
      }
    }
  }

  /** Troca o servidor por um recém-iniciado; espera a porta fixa, se for preciso. */
  async reiniciar(inicio: Inicio = {}): Promise<void> {
    await this.parar();
    const ambiente = { ...PORTA_DE_VOLTA, ...inicio.ambiente };
    this.#servidor = await this.#iniciar(this.opcoes.porta, { ...inicio, ambiente });
  }

  /** Inicia outra cópia do programa, como ele é; na porta dada, ou em uma livre. */
  async iniciarOutro(porta?: number, inicio: Inicio = {}): Promise<ServidorEmTeste> {
    const outro = await this.#executar(porta, inicio);
    this.#extras.push(outro);
    return outro;
  }

  /** Encerra à força o servidor em uso e tudo o que ele iniciou. */
  async parar(): Promise<void> {
    for (const cliente of this.#demorados.splice(0)) cliente.fechar();
    await this.#servidor?.encerrar("SIGKILL");
    this.#servidor = undefined;
  }

  /** Quanto demora cada envio, em ms, nos programas em Python; 0 é sem atraso. */
  pedirAtraso(atraso_ms: number): void {
    this.#atraso.pedir(atraso_ms);
  }

  /** O ambiente com que todo programa é iniciado. */
  get ambiente(): Record<string, string> {
    return this.#atraso.ambiente;
  }

  ultimasLinhas(): string[] {
    return semOAtraso(this.#emFoco?.ultimasLinhas() ?? this.#linhasDoInicio);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.depois("passou");
    await this.parar();
  }

  /** Por que demora; dito uma vez só. */
  #avisarDaFila(): void {
    if (!this.#avisou)
      this.opcoes.avisar?.(
        "A fila de conexões do programa encheu, e o sistema fez clientes esperarem e tentarem " +
          "de novo: é por isso que demora. Um número maior no listen evita.",
      );
    this.#avisou = this.filaEncheu = true;
  }

  async #atende(): Promise<boolean> {
    if (!this.servidor.vivo) return false;
    return await this.pedir(this.porta, 2_000).then(
      () => true,
      () => false,
    );
  }

  async #iniciar(porta: number | undefined, inicio: Inicio): Promise<ServidorEmTeste> {
    try {
      return await this.#executar(porta, inicio);
    } catch (erro) {
      if (porta === undefined || !portaReservada(porta)) throw erro;
      this.opcoes.avisar?.(
        `A porta ${porta} ainda está reservada à execução anterior; aguardando até 60 s…`,
      );
      await esperarPortaLiberada(porta);
      return await this.#executar(porta, inicio);
    }
  }

  async #executar(porta: number | undefined, inicio: Inicio): Promise<ServidorEmTeste> {
    this.#emFoco = undefined;
    this.#linhasDoInicio = [];
    try {
      this.#emFoco = await ServidorEmTeste.iniciar({
        nome: "conferido",
        comando: inicio.comando ?? this.opcoes.comando,
        porta,
        despedida_ms: this.despedida_ms,
        ambiente: { ...this.ambiente, ...inicio.ambiente },
      });
      return this.#emFoco;
    } catch (erro) {
      if (!(erro instanceof ErroDeUso)) throw erro;
      const [motivo = "", ...linhas] = erro.message.split("\n");
      this.#linhasDoInicio = linhas.map((linha) => linha.replace(/^\s*\| ?/, ""));
      throw new Falha(
        "o programa abre a porta e aceita conexões",
        motivo.replace(/; as últimas linhas dele:$/, ""),
        "o servidor deve usar a porta da variável PORT; se a porta é fixa, informe --porta",
      );
    }
  }
}
