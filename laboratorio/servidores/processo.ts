/**
 * Um programa em execução, em qualquer linguagem: o que ele escreve e quando, o que se digita
 * nele, esperar que algo aconteça e, no fim, encerrá-lo com tudo o que ele iniciou. Todo
 * programa que o laboratório mede ou confere passa por aqui.
 */
import { ErroDeUso } from "../comando/erros.ts";
import { cumprida, Espera } from "./aguardar.ts";
import { Parentes, VARIAVEL_DA_MARCA } from "./parentes.ts";

/** Quanto da saída fica guardado, em caracteres: um programa pode escrever sem parar. */
const SAIDA_GUARDADA = 1_000_000;
/** Quantas linhas ficam guardadas. */
const LINHAS_GUARDADAS = 1_000;

/** Os que ainda não foram encerrados: se o laboratório parar de repente, param junto. */
const emExecucao = new Set<Processo>();
process.on("exit", () => Processo.encerrarTodos());

export interface OpcoesDoProcesso {
  /** Programa e argumentos; `{porta}` é trocado pela porta. */
  comando: string[];
  /** Vai em PORT e em `{porta}`. */
  porta?: number;
  /** Variáveis de ambiente, que valem sobre as de quem executa o laboratório. */
  ambiente?: Record<string, string>;
  /** Pasta em que o comando é executado. */
  pasta?: string;
  /**
   * De onde ele lê: de lugar nenhum, do que se escrever (`pipe`) ou de um pseudoterminal, que
   * recebe também o que ele escreve.
   */
  entrada?: "nenhuma" | "pipe" | "terminal";
  /**
   * Descarta a saída padrão: ler tudo o que um servidor escreve tomaria dele até metade da
   * velocidade. A saída de erros fica, para se saber por que ele parou.
   */
  semSaida?: boolean;
  /** Chamada a cada linha completa que o programa escreve, na hora em que ela chega. */
  aoEscrever?: (linha: string) => void;
}

export class Processo implements AsyncDisposable {
  /** Tudo o que foi escrito, na saída e na saída de erros. */
  saida = "";
  /** Cada linha completa, com o instante em que chegou (ms, no relógio monotônico). */
  readonly linhas: { texto: string; chegada_ms: number }[] = [];
  readonly inicio_ms = performance.now();
  readonly #processo: Bun.Subprocess;
  readonly #parentes: Parentes;
  readonly #leituras: Promise<void>[] = [];
  readonly #leitores: { cancel(): Promise<void> }[] = [];
  readonly #espera = new Espera();
  readonly #aoEscrever: (linha: string) => void;

  /** @throws {ErroDeUso} o programa não existe ou não pode ser executado. */
  constructor(opcoes: OpcoesDoProcesso) {
    const { porta = "", pasta, entrada = "nenhuma", aoEscrever = () => {} } = opcoes;
    this.#aoEscrever = aoEscrever;
    const comando = opcoes.comando.map((parte) =>
      parte.replaceAll("{porta}", `${porta}`),
    );
    const marca = `${process.pid}-${crypto.randomUUID()}`;
    const terminal = entrada === "terminal";
    const comum = {
      cwd: pasta,
      env: {
        ...process.env,
        HOST: "127.0.0.1",
        PORT: `${porta}`,
        // Em um terminal, o Python já escreve linha a linha
        PYTHONUNBUFFERED: terminal ? "" : "1",
        ...(terminal ? { TERM: "xterm" } : {}),
        ...opcoes.ambiente,
        [VARIAVEL_DA_MARCA]: marca,
      },
      detached: process.platform !== "win32",
    };
    try {
      this.#processo = terminal
        ? Bun.spawn(comando, { ...comum, terminal: this.#terminal() })
        : Bun.spawn(comando, {
            ...comum,
            stdin: entrada === "pipe" ? "pipe" : "ignore",
            stdout: opcoes.semSaida ? "ignore" : "pipe",
            stderr: "pipe",
          });
    } catch {
      throw new ErroDeUso(
        `não foi possível executar "${comando.join(" ")}"; confira o nome do programa`,
      );
    }
    const { pid, stdout, stderr, exited } = this.#processo;
    for (const saida of [stdout, stderr])
      if (saida instanceof ReadableStream) this.#leituras.push(this.#ler(saida));
    this.#parentes = new Parentes(pid, marca, opcoes.porta);
    emExecucao.add(this);
    void exited.then(() => this.#espera.avisar());
  }

  /** Encerra à força, sem esperar por nada, todos os que o laboratório iniciou. */
  static encerrarTodos(): void {
    for (const processo of emExecucao) processo.#matar();
  }

  get pid(): number {
    return this.#processo.pid;
  }

  get vivo(): boolean {
    return this.#processo.exitCode === null && this.#processo.signalCode === null;
  }

  /** O código de saída; null se ainda roda ou se foi um sinal que o encerrou. */
  get codigo(): number | null {
    return this.#processo.signalCode === null ? this.#processo.exitCode : null;
  }

  /** O sinal que o encerrou; null se ainda roda ou se terminou por si. */
  get sinal(): string | null {
    const { signalCode } = this.#processo;
    return signalCode === null ? null : `${signalCode}`;
  }

  /** Cumpre-se quando o programa termina. */
  get fim(): Promise<unknown> {
    return this.#processo.exited;
  }

  /** Digita um texto, com o Enter no fim quando for o caso. */
  escrever(texto: string): void {
    const { terminal } = this.#processo;
    if (terminal && this.vivo) terminal.write(texto);
    this.#naEntrada(async (entrada) => {
      await entrada.write(texto);
      await entrada.flush();
    });
  }

  /** O fim da entrada: Ctrl+D no terminal, o pipe fechado fora dele. */
  fecharEntrada(): void {
    this.#processo.terminal?.write("\x04");
    this.#naEntrada(async (entrada) => await entrada.end());
  }

  /** Quem terminou, mesmo há um instante, já não lê: o erro (EPIPE) não é de ninguém. */
  #naEntrada(fazer: (entrada: Bun.FileSink) => Promise<unknown>): void {
    const { stdin } = this.#processo;
    if (typeof stdin === "object") void fazer(stdin).catch(() => {});
  }

  /** Anota quem ele iniciou até agora, para reconhecer depois quem ficar órfão. */
  observar(): void {
    this.#parentes.observar();
  }

  /** Espera a saída satisfazer `condicao`; diz se isso aconteceu em `prazo_ms` (ms). */
  async esperar(
    condicao: (saida: string) => boolean,
    prazo_ms: number,
  ): Promise<boolean> {
    await this.#espera.ate(() => condicao(this.saida) || !this.vivo, prazo_ms);
    this.observar();
    if (!this.vivo) await this.#lerOResto();
    return condicao(this.saida);
  }

  /** Espera o programa terminar; diz se isso aconteceu em `prazo_ms` (ms). */
  async esperarFim(prazo_ms: number): Promise<boolean> {
    this.observar();
    const terminou = await this.#espera.ate(() => !this.vivo, prazo_ms);
    if (terminou) await this.#lerOResto();
    return terminou;
  }

  /**
   * Pede ao programa que termine e, se ele não obedecer em `prazo_ms`, encerra-o à força; de
   * um jeito ou de outro, nada do que ele iniciou fica para trás.
   *
   * @returns o código de saída, ou null se foi um sinal que o encerrou.
   */
  async encerrar(
    sinal: NodeJS.Signals = "SIGKILL",
    prazo_ms = 1_000,
  ): Promise<number | null> {
    this.observar();
    if (this.vivo && sinal !== "SIGKILL") {
      sinalizar(this.pid, sinal);
      await cumprida(this.fim, prazo_ms);
    }
    sinalizar(this.pid, "SIGKILL");
    await this.fim; // quem ainda está morrendo não é procurado várias vezes
    this.#matar();
    emExecucao.delete(this);
    await this.#lerOResto();
    // Quem ainda segurar a saída não segura o laboratório
    for (const leitor of this.#leitores) await leitor.cancel();
    this.#processo.terminal?.close();
    return this.codigo;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.encerrar();
  }

  /** As últimas linhas que o programa escreveu, sem as vazias. */
  ultimasLinhas(quantas = 50): string[] {
    const linhas = this.saida.slice(-20_000).split(/\r?\n/);
    return linhas.filter((linha) => linha.trim() !== "").slice(-quantas);
  }

  /**
   * O grupo inteiro e quem saiu dele, até não se ver ninguém duas vezes seguidas: um deles pode
   * iniciar outro, e quem está trocando de programa (exec) some por um instante.
   */
  #matar(): void {
    sinalizar(this.pid, "SIGKILL");
    for (let volta = 0, ninguem = 0; volta < 20 && ninguem < 2; volta++) {
      const vivos = this.#parentes.vivos();
      ninguem = vivos.length === 0 ? ninguem + 1 : 0;
      for (const pid of vivos) matarUm(pid);
      if (this.#parentes.sabe)
        Bun.sleepSync(2); // até o sistema recolher quem terminou
      else return;
    }
  }

  /** Um filho pode segurar a saída aberta: espera pouco por ela. */
  async #lerOResto(): Promise<void> {
    const { terminal } = this.#processo;
    await cumprida(terminal ? Bun.sleep(50) : Promise.all(this.#leituras), 300);
  }

  async #ler(saida: ReadableStream<Uint8Array>): Promise<void> {
    const guardar = this.#guardador();
    const leitor = saida.getReader();
    this.#leitores.push(leitor);
    for (;;) {
      const { value: pedaco, done } = await leitor.read();
      if (done) return guardar();
      guardar(pedaco);
    }
  }

  #terminal(): Bun.TerminalOptions {
    const guardar = this.#guardador();
    return {
      cols: 200,
      rows: 50,
      data: (_, dados) => guardar(dados),
      exit: () => guardar(),
    };
  }

  /** Cada saída tem o seu, que junta o que veio pela metade; sem pedaço, ela acabou. */
  #guardador(): (pedaco?: Uint8Array) => void {
    const utf8 = new TextDecoder();
    let resto = "";
    return (pedaco) => {
      const texto = utf8.decode(pedaco, { stream: pedaco !== undefined });
      this.saida += texto;
      if (this.saida.length > 2 * SAIDA_GUARDADA)
        this.saida = this.saida.slice(-SAIDA_GUARDADA);
      // Só o que chegou é percorrido: uma linha que não acaba não fica cada vez mais cara
      const [primeira = "", ...linhas] = texto.split(/\r?\n/);
      resto += primeira;
      if (resto.length > 2 * SAIDA_GUARDADA) resto = resto.slice(-SAIDA_GUARDADA);
      const seguinte = linhas.pop();
      if (seguinte !== undefined) {
        linhas.unshift(resto.replace(/\r$/, ""));
        resto = seguinte;
      }
      if (pedaco === undefined && resto !== "") linhas.push(resto);
      const chegada_ms = performance.now();
      this.linhas.push(...linhas.map((linha) => ({ texto: linha, chegada_ms })));
      if (this.linhas.length > 2 * LINHAS_GUARDADAS)
        this.linhas.splice(0, this.linhas.length - LINHAS_GUARDADAS);
      for (const linha of linhas) this.#aoEscrever(linha);
      this.#espera.avisar();
    };
  }
}

/** Envia um sinal ao grupo de processos que começa em `pid`; sem grupo, não faz nada. */
export function sinalizar(pid: number, sinal: NodeJS.Signals): void {
  if (process.platform === "win32")
    Bun.spawnSync(["taskkill", "/T", "/F", "/PID", `${pid}`]);
  else matarUm(-pid, sinal);
}

function matarUm(pid: number, sinal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, sinal);
  } catch {
    // já terminou
  }
}

/** Se esta máquina tem pseudoterminais. */
export function haPseudoTerminal(): boolean {
  try {
    new Bun.Terminal({ cols: 80, rows: 24 }).close();
    return true;
  } catch {
    return false;
  }
}
