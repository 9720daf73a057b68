/**
 * Apoio dos testes: executar uma listagem como um processo de verdade, conversar com ela
 * por TCP e observá-la de fora. Nada aqui sabe o que uma listagem deve fazer.
 */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Pasta das listagens em teste. A variável LISTAGENS troca as do projeto por outras: com
 * cópias que têm um defeito posto de propósito, vê-se que os testes o acusam.
 */
export const LISTAGENS = resolve(process.env.LISTAGENS || join(import.meta.dir, ".."));

/** Os três servidores, e os dois que saúdam o cliente com o que dizem. */
export const SERVIDORES = [
  "servidor_sequencial.ts",
  "servidor_thread.ts",
  "servidor_final.ts",
] as const;
export const SAUDACOES = {
  "servidor_sequencial.ts": "Olá, cliente! Você está conectado ao servidor TCP.",
  "servidor_thread.ts": "Olá, cliente! Você está conectado ao servidor TCP multithread.",
} as const;

/** Se o sistema mostra memória e threads de um processo em /proc. */
export const TEM_PROC = existsSync("/proc/self/status");

/** Se um programa pode ouvir um sinal e se despedir: no Windows, ele só o encerra. */
export const HA_SINAIS = process.platform !== "win32";

/** Quanto se espera, no máximo, pelo que já deveria ter acontecido (ms). */
const PRAZO_MS = 30_000;

/** Quanto da saída de um programa fica guardado (caracteres): o final. */
const SAIDA_GUARDADA = 4 << 20;

export interface OpcoesDoPrograma {
  /** Variáveis de ambiente; as que as listagens leem só existem se estiverem aqui. */
  ambiente?: Record<string, string>;
  /** O que o programa lê da entrada padrão; sem isso, ela já chega ao fim. */
  entrada?: string;
  /** Pasta em que o comando é executado. */
  pasta?: string;
  /** Executa em um pseudoterminal, em que se digita com `digitar()`. */
  terminal?: boolean;
}

/** Como um programa terminou. */
export interface Fim {
  /** Código de saída; null se um sinal o encerrou. */
  codigo: number | null;
  sinal: NodeJS.Signals | number | null;
  saida: string;
  erros: string;
}

/** Um programa em execução; ao sair do escopo (`await using`), é encerrado à força. */
export class Programa implements AsyncDisposable {
  /** O que o programa escreveu até agora na saída e na saída de erros. */
  saida = "";
  erros = "";
  readonly #processo: Bun.Subprocess;
  readonly #leituras: Promise<void>[] = [];
  readonly #mudou = new Sinal();
  #limpezas: (() => void)[] = [];

  constructor(
    readonly comando: string[],
    { ambiente, entrada, pasta = LISTAGENS, terminal = false }: OpcoesDoPrograma = {},
  ) {
    const comum = { cwd: pasta, env: { ...AMBIENTE_LIMPO, ...ambiente } };
    if (terminal) {
      const utf8 = new TextDecoder();
      const { promise, resolve: acabou } = Promise.withResolvers<void>();
      this.#leituras.push(promise);
      this.#processo = Bun.spawn(comando, {
        ...comum,
        terminal: {
          data: (_terminal, dados) => {
            this.saida += utf8.decode(dados, { stream: true });
            this.#mudou.avisar();
          },
          exit: () => acabou(),
        },
      });
    } else {
      const processo = Bun.spawn(comando, {
        ...comum,
        stdin: entrada === undefined ? "ignore" : new Blob([entrada]),
        stdout: "pipe",
        stderr: "pipe",
      });
      this.#processo = processo;
      this.#leituras.push(
        this.#ler(processo.stdout, (texto) => {
          this.saida += texto;
          if (this.saida.length > 2 * SAIDA_GUARDADA)
            this.saida = this.saida.slice(-SAIDA_GUARDADA);
        }),
        this.#ler(processo.stderr, (texto) => (this.erros += texto)),
      );
    }
    this.#processo.exited.then(() => this.#mudou.avisar());
  }

  get pid(): number {
    return this.#processo.pid;
  }

  get vivo(): boolean {
    return this.#processo.exitCode === null && this.#processo.signalCode === null;
  }

  /**
   * Espera a saída conter `padrao`.
   *
   * @throws {Error} o programa terminou sem isso, ou o prazo (ms) acabou.
   */
  async esperar(padrao: string | RegExp, prazo = PRAZO_MS): Promise<void> {
    const procurado = typeof padrao === "string" ? JSON.stringify(padrao) : padrao;
    await ate(
      () => {
        const achou =
          typeof padrao === "string"
            ? this.saida.includes(padrao)
            : padrao.test(this.saida);
        if (!achou && !this.vivo) throw this.#erro(`terminou sem escrever ${procurado}`);
        return achou || null;
      },
      this.#mudou,
      () => this.#erro(`não escreveu ${procurado} em ${prazo} ms`),
      prazo,
    );
  }

  /**
   * Espera a saída ou a saída de erros conter `padrao`.
   *
   * @throws {Error} o prazo (ms) acabou.
   */
  async esperarErro(padrao: RegExp, prazo = PRAZO_MS): Promise<void> {
    await ate(
      () => padrao.test(this.saida + this.erros) || null,
      this.#mudou,
      () => this.#erro(`não escreveu ${padrao} em ${prazo} ms`),
      prazo,
    );
  }

  /**
   * Espera o programa terminar por conta própria.
   *
   * @throws {Error} ele não terminou no prazo (ms).
   */
  async fim(prazo = PRAZO_MS): Promise<Fim> {
    await ate(
      () => !this.vivo || null,
      this.#mudou,
      () => this.#erro(`não terminou em ${prazo} ms`),
      prazo,
    );
    this.#processo.terminal?.close();
    await Promise.all(this.#leituras);
    const { exitCode: codigo, signalCode: sinal } = this.#processo;
    return { codigo, sinal, saida: this.saida, erros: this.erros };
  }

  /** O pico de memória até agora, em KiB (Linux). */
  picoDeMemoria(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf-8");
    return Number(status.match(/^VmHWM:\s+(\d+)/m)?.[1]);
  }

  /**
   * Quantos Workers existem: cada um é uma thread do sistema com esse nome (Linux). As que o
   * próprio Bun cria ganham outro nome logo depois de nascer.
   */
  workers(): number {
    const pasta = `/proc/${this.pid}/task`;
    const nome = (thread: string) =>
      tentar(() => readFileSync(join(pasta, thread, "comm"), "utf-8"));
    return readdirSync(pasta).filter((thread) => nome(thread) === "Worker\n").length;
  }

  /**
   * Espera existirem exatamente `quantos` Workers.
   *
   * @throws {Error} o prazo (ms) acabou.
   */
  async esperarWorkers(quantos: number, prazo = PRAZO_MS): Promise<void> {
    await consultarAte(() => this.workers(), quantos, prazo, "Workers");
  }

  /** Tempo de processador usado até agora, em ms (Linux). */
  processador(): number {
    const campos = readFileSync(`/proc/${this.pid}/stat`, "utf-8").split(") ")[1];
    const [usuario, sistema] = campos?.split(" ").slice(11, 13).map(Number) ?? [];
    return ((usuario ?? NaN) + (sistema ?? NaN)) * 10; // o Linux conta de 10 em 10 ms
  }

  sinalizar(sinal: NodeJS.Signals): void {
    this.#processo.kill(sinal);
  }

  /** Digita no terminal do programa: `\r` é a tecla Enter, `\x03` o Ctrl+C. */
  digitar(teclas: string): void {
    this.#processo.terminal?.write(teclas);
  }

  /** Algo a fazer depois que o programa for encerrado, como apagar a pasta dele. */
  aoFim(limpar: () => void): void {
    this.#limpezas.push(limpar);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#processo.kill("SIGKILL");
    await this.#processo.exited;
    this.#processo.terminal?.close();
    for (const limpar of this.#limpezas.splice(0)) limpar();
  }

  async #ler(
    fonte: ReadableStream<Uint8Array>,
    guardar: (texto: string) => void,
  ): Promise<void> {
    const utf8 = new TextDecoder();
    for await (const pedaco of fonte) {
      guardar(utf8.decode(pedaco, { stream: true }));
      this.#mudou.avisar();
    }
  }

  #erro(motivo: string): Error {
    const final = (this.saida + this.erros).slice(-1000);
    return new Error(`${this.comando.join(" ")}: ${motivo}; escreveu:\n${final}`);
  }
}

/** O ambiente dos testes, sem as variáveis que mudam uma listagem. */
const AMBIENTE_LIMPO: Record<string, string | undefined> = {
  ...process.env,
  HOST: undefined,
  PORT: undefined,
  ATRASO_MS: undefined,
  MAX_THREADS: undefined,
};

/** O comando que executa uma listagem com este mesmo Bun, como um aluno a executa. */
export function comando(arquivo: string): string[] {
  return [process.execPath, "run", arquivo];
}

/** Um servidor do roteiro em execução, já escutando em uma porta livre desta máquina. */
export class Servidor extends Programa {
  porta = 0;
  #socketsNoInicio = 0;

  /**
   * Inicia a listagem com PORT=0 e lê a porta da linha que ela escreve.
   *
   * @throws {Error} a linha não veio.
   */
  static async iniciar(
    arquivo: string,
    ambiente: Record<string, string> = {},
    pasta = LISTAGENS,
  ): Promise<Servidor> {
    const servidor = new Servidor(comando(arquivo), {
      ambiente: { HOST: "127.0.0.1", PORT: "0", ...ambiente },
      pasta,
    });
    try {
      await servidor.esperar("\n");
      servidor.porta = Number(servidor.saida.match(/(\d+)(\.\.\.)?\n/)?.[1]);
      if (TEM_PROC) servidor.#socketsNoInicio = contarSockets(servidor.pid);
      return servidor;
    } catch (erro) {
      await servidor[Symbol.asyncDispose]();
      throw erro;
    }
  }

  conectar(host?: string): Promise<Conexao> {
    return Conexao.abrir(this.porta, host);
  }

  /**
   * Espera o servidor ter aceitado `quantas` conexões que ainda não encerrou, mesmo que não
   * diga nada sobre elas: são os sockets que ele tem a mais do que ao começar a escutar.
   *
   * @throws {Error} o prazo (ms) acabou.
   */
  async esperarConexoes(quantas: number, prazo = PRAZO_MS): Promise<void> {
    const contar = () => contarSockets(this.pid) - this.#socketsNoInicio;
    await consultarAte(contar, quantas, prazo, "conexões abertas");
  }
}

/** Quantos descritores de um processo são sockets. */
function contarSockets(pid: number): number {
  const pasta = `/proc/${pid}/fd`;
  return readdirSync(pasta).filter((fd) => {
    const destino = tentar(() => readlinkSync(join(pasta, fd)));
    return destino?.startsWith("socket:");
  }).length;
}

/** Um cliente feito à mão: cada gesto do TCP é um método. */
export class Conexao implements Disposable {
  readonly #recebidos: Buffer[] = [];
  readonly #mudou = new Sinal();
  #aLer = 0;
  #acabou = false;
  #erro: Error | undefined;
  #conexao!: Bun.Socket;

  /** Como o servidor chama este cliente: IP:PORTA. */
  endereco = "";

  private constructor() {}

  /**
   * Conecta-se a uma porta desta máquina.
   *
   * @throws {Error} ninguém escuta nessa porta.
   */
  static async abrir(porta: number, host = "127.0.0.1"): Promise<Conexao> {
    const nova = new Conexao();
    nova.#conexao = await Bun.connect({
      hostname: host,
      port: porta,
      allowHalfOpen: true,
      socket: {
        data(_conexao, dados) {
          nova.#recebidos.push(dados);
          nova.#aLer += dados.length;
          nova.#mudou.avisar();
        },
        drain: () => nova.#mudou.avisar(),
        end: () => nova.#encerrar(),
        close: (_conexao, erro) => nova.#encerrar(erro),
      },
    });
    nova.endereco = `127.0.0.1:${nova.#conexao.localPort}`;
    return nova;
  }

  /** Quantos bytes o servidor já enviou e ninguém pediu com `receber()`. */
  get aLer(): number {
    return this.#aLer;
  }

  /**
   * Envia tudo, no ritmo em que o servidor lê.
   *
   * @param progresso chamada com o total de bytes já entregues ao sistema.
   */
  async enviar(
    dados: Uint8Array | string,
    progresso: (bytes: number) => void = () => {},
  ): Promise<void> {
    const bytes = Buffer.from(dados);
    for (let enviados = 0; enviados < bytes.length; progresso(enviados)) {
      const couberam = this.#conexao.write(bytes.subarray(enviados, enviados + 65536));
      if (couberam < 0) throw this.#erro ?? new Error("a conexão já foi encerrada");
      if (couberam > 0) enviados += couberam;
      else await this.#mudou.espera();
    }
  }

  /** Avisa que não vai enviar mais nada, e continua lendo. */
  terminarEnvio(): void {
    this.#conexao.shutdown();
  }

  /** Encerra a conexão como se deve (FIN). */
  fechar(): void {
    this.#conexao.end();
  }

  /** Derruba a conexão (RST), como um programa que quebrou. */
  derrubar(): void {
    this.#conexao.terminate();
  }

  /** Para de ler: os dados ficam no sistema, e o servidor sente. */
  pararDeLer(): void {
    this.#conexao.pause();
  }

  voltarALer(): void {
    this.#conexao.resume();
  }

  /**
   * Recebe exatamente `quantos` bytes.
   *
   * @throws {Error} a conexão acabou antes, ou o prazo (ms) passou.
   */
  async receber(quantos: number, prazo = PRAZO_MS): Promise<Buffer> {
    await ate(
      () => {
        if (this.#aLer >= quantos) return true;
        if (!this.#acabou) return null;
        throw this.#erro ?? new Error(`a conexão acabou com ${this.#aLer} bytes`);
      },
      this.#mudou,
      () => new Error(`chegaram ${this.#aLer} bytes de ${quantos} em ${prazo} ms`),
      prazo,
    );
    return this.#tirar(quantos);
  }

  /**
   * Recebe tudo o que vier até o servidor encerrar a conexão.
   *
   * @throws {Error} a conexão foi derrubada, ou não foi encerrada no prazo (ms).
   */
  async receberTudo(prazo = PRAZO_MS): Promise<Buffer> {
    await ate(
      () => this.#acabou || null,
      this.#mudou,
      () => new Error(`${this.#aLer} bytes e nada de encerrar em ${prazo} ms`),
      prazo,
    );
    if (this.#erro) throw this.#erro;
    return this.#tirar(this.#aLer);
  }

  [Symbol.dispose](): void {
    this.#conexao.terminate();
  }

  #tirar(quantos: number): Buffer {
    const tudo = Buffer.concat(this.#recebidos);
    this.#recebidos.splice(0, Infinity, tudo.subarray(quantos));
    this.#aLer = tudo.length - quantos;
    return tudo.subarray(0, quantos);
  }

  #encerrar(erro?: Error): void {
    this.#acabou = true;
    this.#erro ??= erro;
    this.#mudou.avisar();
  }
}

/** Uma pasta temporária que some ao sair do escopo. */
export function pastaTemporaria(): Disposable & { caminho: string } {
  const caminho = mkdtempSync(join(tmpdir(), "listagem-"));
  return { caminho, [Symbol.dispose]: () => rmSync(caminho, { recursive: true }) };
}

/**
 * Bytes de todos os valores, sempre os mesmos para a mesma semente, sem trecho repetido:
 * um byte perdido, trocado ou fora de lugar aparece.
 */
export function bytesVariados(quantos: number, semente = 1): Buffer {
  const palavras = new Uint32Array(Math.ceil(quantos / 4));
  let x = semente;
  for (let i = 0; i < palavras.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    palavras[i] = x;
  }
  return Buffer.from(palavras.buffer, 0, quantos);
}

/** Texto com letras de um, dois, três e quatro bytes, próprio de cada cliente. */
export function textoDe(cliente: number, linhas = 20): string {
  const linha = (i: number) => `cliente ${cliente}, linha ${i}: ação, €, 🧵`;
  return Array.from({ length: linhas }, (_, i) => linha(i)).join(" | ");
}

/**
 * Tenta até `vezes`, e basta dar certo uma: só para o que mede tempo, que outro programa
 * na mesma máquina pode atrasar.
 */
export async function melhorDe(
  vezes: number,
  tentar: () => Promise<void>,
): Promise<void> {
  for (let vez = 1; ; vez++) {
    try {
      return await tentar();
    } catch (erro) {
      if (vez === vezes) throw erro;
    }
  }
}

/** Um aviso que se repete: quem espera acorda no próximo. */
class Sinal {
  #vigias: (() => void)[] = [];

  avisar(): void {
    for (const acordar of this.#vigias.splice(0)) acordar();
  }

  espera(): Promise<void> {
    return new Promise((acordar) => this.#vigias.push(acordar));
  }
}

/** Espera `condicao` dar um valor que não seja null, conferindo-a a cada aviso. */
async function ate<T>(
  condicao: () => T | null,
  sinal: Sinal,
  atraso: () => Error,
  prazo: number,
): Promise<T> {
  const { promise: alarme, resolve: tocar } = Promise.withResolvers<"alarme">();
  const relogio = setTimeout(tocar, prazo, "alarme" as const);
  try {
    for (;;) {
      const valor = condicao();
      if (valor !== null) return valor;
      if ((await Promise.race([sinal.espera(), alarme])) === "alarme") throw atraso();
    }
  } finally {
    clearTimeout(relogio);
  }
}

/** Confere de 5 em 5 ms até `contar` dar o número esperado: o sistema não avisa. */
export async function consultarAte(
  contar: () => number,
  esperado: number,
  prazo: number,
  oQue: string,
): Promise<void> {
  const limite = performance.now() + prazo;
  for (;;) {
    const agora = contar();
    if (agora === esperado) return;
    if (performance.now() > limite)
      throw new Error(`há ${agora} ${oQue}, e não ${esperado}`);
    await Bun.sleep(5);
  }
}

/** Espera um número parar de mudar, conferindo-o a cada `ms`: quem o faz crescer bloqueou. */
export async function esperarParar(valor: () => number, ms = 300): Promise<void> {
  for (let antes = -1; antes !== valor(); await Bun.sleep(ms)) antes = valor();
}

/** O resultado de ler algo de /proc, ou undefined se deixou de existir no meio do caminho. */
function tentar<T>(ler: () => T): T | undefined {
  try {
    return ler();
  } catch {
    return undefined;
  }
}
