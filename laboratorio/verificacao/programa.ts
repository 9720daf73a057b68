/**
 * Um programa que conversa pelo terminal: o que ele escreve, quando, e o que se digita.
 * Roda em um grupo de processos só dele, com pipes ou com um pseudoterminal.
 */
import { sinalizar } from "../servidores/processo.ts";
import { Espera, cumprida } from "../servidores/aguardar.ts";
import { ambienteMarcado } from "./faxina.ts";

/** Quanto da saída fica guardado, em caracteres: um programa pode escrever sem parar. */
const SAIDA_GUARDADA = 1_000_000;

/** Os grupos em execução: se o verificador parar de repente, eles param junto. */
const emExecucao = new Set<number>();
process.on("exit", () => emExecucao.forEach((pid) => sinalizar(pid, "SIGKILL")));

export interface OpcoesDoPrograma {
  /** Programa e argumentos; `{porta}` é trocado pela porta. */
  comando: string[];
  /** Vai em PORT e em `{porta}`. */
  porta?: number;
  /** Com um terminal de verdade; sem, a entrada e as saídas são pipes. */
  terminal?: boolean;
}

export class Programa {
  /** Tudo o que foi escrito, na saída e na saída de erros. */
  saida = "";
  /** Cada linha completa, com o instante em que chegou (ms, no relógio monotônico). */
  readonly linhas: { texto: string; chegada_ms: number }[] = [];
  #processo: Bun.Subprocess;
  #leituras: Promise<void>[] = [];
  readonly #espera = new Espera();

  constructor({ comando, porta, terminal = false }: OpcoesDoPrograma) {
    const partes = comando.map((parte) => parte.replaceAll("{porta}", `${porta ?? ""}`));
    const env = {
      ...process.env,
      ...ambienteMarcado,
      HOST: "127.0.0.1",
      PORT: `${porta ?? ""}`,
      PYTHONUTF8: "1",
    };
    const detached = process.platform !== "win32";
    if (terminal) {
      const ler = this.#leitor();
      const fechou = Promise.withResolvers<void>();
      this.#leituras = [fechou.promise];
      this.#processo = Bun.spawn(partes, {
        env: { ...env, TERM: "xterm", PYTHONUNBUFFERED: "" },
        detached,
        terminal: {
          cols: 200,
          rows: 50,
          data: (_, dados) => ler(dados),
          exit: () => fechou.resolve(),
        },
      });
    } else {
      const processo = Bun.spawn(partes, {
        env: { ...env, PYTHONUNBUFFERED: "1" },
        detached,
        stdin: "pipe",
        stdout: "pipe",
        stderr: "pipe",
      });
      this.#leituras = [this.#ler(processo.stdout), this.#ler(processo.stderr)];
      this.#processo = processo;
    }
    emExecucao.add(this.#processo.pid);
    void this.#processo.exited.then(() => this.#espera.avisar());
  }

  get pid(): number {
    return this.#processo.pid;
  }

  get terminou(): boolean {
    return this.#processo.exitCode !== null || this.#processo.signalCode !== null;
  }

  /** O código de saída; null se ainda roda ou se foi um sinal que o encerrou. */
  get codigo(): number | null {
    return this.#processo.signalCode === null ? this.#processo.exitCode : null;
  }

  /** Digita um texto, com o Enter no fim quando for o caso. */
  escrever(texto: string): void {
    const { stdin, terminal } = this.#processo;
    if (this.terminou) return;
    if (terminal) terminal.write(texto);
    else if (typeof stdin === "object") {
      // Quem acabou de terminar já não lê
      void Promise.resolve(stdin?.write(texto)).catch(() => {});
      void Promise.resolve(stdin?.flush()).catch(() => {});
    }
  }

  /** O fim da entrada: Ctrl+D no terminal, o pipe fechado fora dele. */
  fecharEntrada(): void {
    const { stdin, terminal } = this.#processo;
    if (terminal) terminal.write("\x04");
    else if (typeof stdin === "object") void stdin?.end();
  }

  /** Espera a saída satisfazer `condicao`; diz se isso aconteceu em `prazo_ms` (ms). */
  async esperar(
    condicao: (saida: string) => boolean,
    prazo_ms: number,
  ): Promise<boolean> {
    const acabou = () => condicao(this.saida) || this.terminou;
    await this.#espera.ate(acabou, prazo_ms);
    if (this.terminou) await this.#lerOResto();
    return condicao(this.saida);
  }

  /** Espera o programa terminar; diz se isso aconteceu em `prazo_ms` (ms). */
  async esperarFim(prazo_ms: number): Promise<boolean> {
    const terminou = await this.#espera.ate(() => this.terminou, prazo_ms);
    if (terminou) await this.#lerOResto();
    return terminou;
  }

  /** Encerra à força o programa e os filhos. */
  async encerrar(): Promise<void> {
    sinalizar(this.#processo.pid, "SIGKILL");
    await this.#processo.exited;
    emExecucao.delete(this.#processo.pid);
    await this.#lerOResto();
    this.#processo.terminal?.close();
  }

  /** As últimas linhas que o programa escreveu. */
  ultimasLinhas(): string[] {
    return this.saida
      .slice(-20_000)
      .split(/\r?\n/)
      .filter((linha) => linha.trim() !== "");
  }

  /** Um filho pode segurar a saída aberta: espera pouco por ela. */
  async #lerOResto(): Promise<void> {
    const tudoLido = this.#processo.terminal
      ? Bun.sleep(50)
      : Promise.all(this.#leituras);
    await cumprida(tudoLido, 300);
  }

  async #ler(saida: ReadableStream<Uint8Array>): Promise<void> {
    const ler = this.#leitor();
    for await (const pedaco of saida) ler(pedaco);
  }

  /** Cada saída tem o seu leitor, que guarda a letra e a linha que vieram pela metade. */
  #leitor(): (pedaco: Uint8Array) => void {
    const utf8 = new TextDecoder();
    let resto = "";
    return (pedaco) => {
      const texto = utf8.decode(pedaco, { stream: true });
      this.saida += texto;
      if (this.saida.length > 2 * SAIDA_GUARDADA) {
        this.saida = this.saida.slice(-SAIDA_GUARDADA);
      }
      const linhas = (resto + texto).split(/\r?\n/);
      resto = (linhas.pop() ?? "").slice(-SAIDA_GUARDADA);
      const chegada_ms = performance.now();
      this.linhas.push(...linhas.map((linha) => ({ texto: linha, chegada_ms })));
      if (this.linhas.length > 2_000) this.linhas.splice(0, this.linhas.length - 1_000);
      this.#espera.avisar();
    };
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
