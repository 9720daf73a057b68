/** Um cliente TCP que faz só o que se manda, para conferir um servidor. */
import { cumprida, Espera } from "../servidores/aguardar.ts";
import { conexaoDescartada } from "../servidores/tabela_tcp.ts";
import { Falha } from "./tipos.ts";

/**
 * Quanto esperar pela conexão, em ms. Em um listen(1) cheio, o sistema tenta de novo depois de
 * 1, 3, 7 e 15 s.
 */
const PRAZO_DA_CONEXAO_MS = 20_000;

export class ClienteDeTeste {
  /** Como está o lado do servidor: "interrompida" é um reset, no meio de tudo. */
  conexao: "aberta" | "encerrada" | "interrompida" = "aberta";
  /** Quantos bytes o sistema já aceitou para enviar. */
  enviados = 0;
  /** Quanto a conexão demorou, em ms. */
  demora_ms = 0;
  #socket?: Bun.Socket;
  /** O que chegou e ainda não foi lido. */
  #pedacos: Buffer[] = [];
  #disponiveis = 0;
  #cabeMais = true;
  readonly #espera = new Espera();

  private constructor(readonly porta: number) {}

  /** Se o sistema descartou a conexão, com a fila do servidor cheia, sem ele saber dela. */
  get descartado(): boolean {
    const { localPort } = this.#socket ?? {};
    return localPort !== undefined && conexaoDescartada(this.porta, localPort);
  }

  /**
   * Conecta a uma porta desta máquina. Uma conexão aceita ainda não é um cliente atendido:
   * o sistema aceita antes do programa.
   *
   * @throws {Falha} a conexão foi recusada ou não se completou em `prazo_ms` (ms).
   */
  static async conectar(
    porta: number,
    prazo_ms = PRAZO_DA_CONEXAO_MS,
  ): Promise<ClienteDeTeste> {
    const cliente = new ClienteDeTeste(porta);
    const inicio = performance.now();
    let desistiu = false;
    let recusada = false;
    const conexao = Bun.connect({
      hostname: "127.0.0.1",
      port: porta,
      allowHalfOpen: true, // quem decide quando fechar é a checagem
      socket: {
        data: (_, pedaco) => cliente.#receber(pedaco),
        end: () => cliente.#terminar("encerrada"),
        close: (_, erro) => cliente.#terminar(erro ? "interrompida" : "encerrada"),
        drain: () => cliente.#drenar(),
        error: () => {}, // o que interessa chega também por `close`
      },
    }).then(
      (socket) => {
        if (desistiu) socket.end();
        cliente.#socket = socket;
        cliente.demora_ms = performance.now() - inicio;
      },
      () => {
        recusada = true;
      },
    );
    const atempo = await cumprida(conexao, prazo_ms);
    if (atempo && !recusada) return cliente;
    desistiu = true;
    const situacao = recusada
      ? "a conexão foi recusada"
      : `a conexão não se completou em ${prazo_ms / 1000} s`;
    throw new Falha(
      `uma conexão à porta ${porta}`,
      situacao,
      "o servidor deve continuar aceitando conexões; veja se ele não terminou",
    );
  }

  /** Entrega os bytes ao sistema, por mais que sejam; para quando a conexão acaba. */
  async enviar(dados: string | Uint8Array, prazo_ms = 20_000): Promise<void> {
    let resto = Buffer.from(dados);
    const limite = performance.now() + prazo_ms;
    while (resto.length > 0 && this.conexao !== "interrompida") {
      this.#cabeMais = false;
      const enviados = this.#socket?.write(resto) ?? -1;
      if (enviados < 0) return;
      this.enviados += enviados;
      resto = resto.subarray(enviados);
      if (resto.length === 0) return;
      const livre = () => this.#cabeMais || this.conexao === "interrompida";
      if (!(await this.#espera.ate(livre, limite - performance.now()))) return;
    }
  }

  /**
   * Envia sem ler nada, até o servidor deixar de receber por `parado_ms` (ms) ou tudo ter ido.
   * O que falta segue quando o cliente voltar a ler.
   */
  async enviarSemLer(dados: Uint8Array, parado_ms: number): Promise<void> {
    this.#socket?.pause();
    void this.enviar(dados, 60_000);
    for (let vistos = -1; vistos < this.enviados && this.conexao === "aberta";) {
      vistos = this.enviados;
      await Bun.sleep(parado_ms);
    }
  }

  /** Volta a ler. */
  retomar(): void {
    this.#socket?.resume();
  }

  /**
   * Os próximos `quantos` bytes; menos, se a conexão acabar ou se nada de novo chegar em
   * `prazo_ms` (ms).
   */
  async ler(quantos: number, prazo_ms: number): Promise<Buffer> {
    let vistos = -1;
    while (this.#disponiveis < quantos && this.conexao === "aberta") {
      if (this.#disponiveis === vistos) break;
      vistos = this.#disponiveis;
      const mudou = () => this.#disponiveis > vistos || this.conexao !== "aberta";
      await this.#espera.ate(mudou, prazo_ms);
    }
    const tudo = Buffer.concat(this.#pedacos);
    const lidos = tudo.subarray(0, Math.min(quantos, tudo.length));
    const resto = tudo.subarray(lidos.length);
    this.#pedacos = [resto];
    this.#disponiveis = resto.length;
    return lidos;
  }

  /** O que falta ler, até o servidor encerrar ou nada de novo chegar em `prazo_ms` (ms). */
  async lerAteFim(prazo_ms: number): Promise<Buffer> {
    return await this.ler(Infinity, prazo_ms);
  }

  /** Diz ao servidor que não envia mais nada, e continua lendo. */
  meioFechar(): void {
    this.#socket?.shutdown();
  }

  /** Fecha em ordem. */
  fechar(): void {
    this.#socket?.end();
  }

  /** Interrompe a conexão no meio (reset), como um cabo arrancado ou um programa morto. */
  interromper(): void {
    this.#socket?.terminate();
  }

  #receber(pedaco: Buffer): void {
    this.#pedacos.push(pedaco);
    this.#disponiveis += pedaco.length;
    this.#espera.avisar();
  }

  #drenar(): void {
    this.#cabeMais = true;
    this.#espera.avisar();
  }

  #terminar(como: "encerrada" | "interrompida"): void {
    if (this.conexao === "aberta" || como === "interrompida") this.conexao = como;
    this.#espera.avisar();
  }
}
