/**
 * Um servidor em teste: um comando que abre uma porta, em qualquer linguagem.
 *
 * Inicia o comando em um grupo de processos só dele, espera a porta aceitar conexões e,
 * no fim, encerra o grupo inteiro. Tudo o que o laboratório mede ou confere passa por aqui.
 */

/** Um problema que o usuário resolve: a mensagem, em português, diz como. */
export class ErroDeUso extends Error {}

export interface OpcoesDoServidor {
  /** Como o servidor aparece nas tabelas e nos erros. */
  nome: string;
  /** Programa e argumentos; `{porta}` é trocado pela porta. */
  comando: string[];
  /** Porta fixa do programa; sem ela, uma porta livre vai em PORT e em `{porta}`. */
  porta?: number;
  /** Variáveis de ambiente a mais, que valem sobre as de `AMBIENTE`. */
  ambiente?: Record<string, string>;
  /** Pasta em que o comando é executado. */
  pasta?: string;
  /** Quanto esperar pela primeira conexão, em ms (10 000 se não for dado). */
  prazo_ms?: number;
  /** Ao ser acionada, o início é desfeito. */
  interrupcao?: AbortSignal;
  /** Chamada a cada linha que o programa escreve, na saída ou na saída de erros. */
  aoEscrever?: (linha: string) => void;
}

/** Quantas linhas da saída do servidor ficam guardadas para as mensagens de erro. */
const LINHAS_GUARDADAS = 200;

/** Quanto de uma linha se guarda, em caracteres: uma que não acaba é cortada aqui. */
const LINHA_MAXIMA = 64 * 1024;

/** Quanto a sonda espera que o servidor encerre a conexão antes dela, em ms. */
const DESPEDIDA_MS = 30;

/** Os grupos de processos em execução: se o laboratório parar de repente, eles param junto. */
const emExecucao = new Set<number>();
process.on("exit", () => emExecucao.forEach((pid) => sinalizar(pid, "SIGKILL")));

export class ServidorEmTeste implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly #linhas: string[] = [];
  readonly #leitores: { cancel(): Promise<void> }[] = [];
  readonly #leituras: Promise<void>[];
  readonly #vigias = new Set<() => void>();

  private constructor(
    readonly nome: string,
    readonly porta: number,
    readonly processo: Bun.Subprocess<"ignore", "pipe", "pipe">,
    /** Tempo da partida até a primeira conexão aceita, em ms. */
    public partida_ms: number,
    private readonly aoEscrever: (linha: string) => void = () => {},
  ) {
    this.#leituras = [this.#ler(processo.stdout), this.#ler(processo.stderr)];
    emExecucao.add(processo.pid);
  }

  /**
   * Inicia o comando e espera a porta aceitar uma conexão.
   *
   * @throws {ErroDeUso} o comando não existe, terminou antes de abrir a porta, a porta já
   * tinha dono ou o prazo acabou; a mensagem traz as últimas linhas do programa.
   * @throws a razão da interrupção.
   * @example
   * ```ts
   * await using servidor = await ServidorEmTeste.iniciar({
   *   nome: "sequencial",
   *   comando: ["bun", "run", "servidor_sequencial.ts"],
   * });
   * console.log(servidor.porta);
   * ```
   */
  static async iniciar(opcoes: OpcoesDoServidor): Promise<ServidorEmTeste> {
    const { nome, prazo_ms = 10_000, interrupcao } = opcoes;
    const porta = opcoes.porta ?? portaLivre();
    if (await aceitaConexao(porta)) {
      throw new ErroDeUso(
        `a porta ${porta} já está em uso; feche o programa que a ocupa ou escolha outra porta`,
      );
    }
    const comando = opcoes.comando.map((parte) =>
      parte.replaceAll("{porta}", `${porta}`),
    );
    const inicio = performance.now();
    const servidor = new ServidorEmTeste(
      nome,
      porta,
      executar(comando, porta, opcoes),
      0,
      opcoes.aoEscrever,
    );
    const { processo } = servidor;

    while (performance.now() - inicio < prazo_ms) {
      if (processo.exitCode !== null || processo.signalCode !== null) {
        await servidor.encerrar();
        throw servidor.erro(`terminou antes de abrir a porta ${porta}`);
      }
      const sonda = await sondar(porta, { soltarAPorta: opcoes.porta !== undefined });
      if (sonda) {
        servidor.partida_ms = performance.now() - inicio;
        await sonda.despedida;
        return servidor;
      }
      if (interrupcao?.aborted) break;
      await Bun.sleep(2);
    }
    await servidor.encerrar();
    interrupcao?.throwIfAborted();
    const semEscolha = comando.join() === opcoes.comando.join() && !opcoes.porta;
    throw servidor.erro(
      `não abriu a porta ${porta} em ${(prazo_ms / 1000).toLocaleString("pt-BR")} s` +
        (semEscolha ? " (se o programa usa sempre a mesma porta, diga qual)" : ""),
    );
  }

  get pid(): number {
    return this.processo.pid;
  }

  get vivo(): boolean {
    return this.processo.exitCode === null && this.processo.signalCode === null;
  }

  /** As últimas linhas que o programa escreveu, na saída ou na saída de erros. */
  ultimasLinhas(quantas = 5): string[] {
    return this.#linhas.slice(-quantas);
  }

  /**
   * Espera uma linha da saída que satisfaça `condicao`, mesmo que já tenha passado.
   *
   * @throws {ErroDeUso} a linha não veio em `prazo_ms`.
   */
  async esperarLinha(
    condicao: (linha: string) => boolean,
    prazo_ms = 5_000,
  ): Promise<string> {
    const limite = performance.now() + prazo_ms;
    for (;;) {
      const linha = this.#linhas.find(condicao);
      if (linha !== undefined) return linha;
      const resta = limite - performance.now();
      if (resta <= 0) throw this.erro("não escreveu a linha esperada");
      await new Promise<void>((acordar) => {
        const relogio = setTimeout(acordar, resta);
        this.#vigias.add(() => (clearTimeout(relogio), acordar()));
      });
      this.#vigias.clear();
    }
  }

  /**
   * Pede ao servidor que termine (SIGTERM) e, se ele não obedecer em `prazo_ms`, encerra à
   * força o grupo inteiro: nem ele nem um filho seu fica para trás.
   *
   * @returns o código de saída, ou null se foi encerrado à força.
   */
  async encerrar(
    sinal: NodeJS.Signals = "SIGTERM",
    prazo_ms = 1_000,
  ): Promise<number | null> {
    if (this.vivo) sinalizar(this.pid, sinal);
    await ate(this.processo.exited, prazo_ms);
    sinalizar(this.pid, "SIGKILL");
    await this.processo.exited;
    emExecucao.delete(this.pid);
    await ate(Promise.all(this.#leituras), 200);
    // Um filho que mudou de grupo ainda segura a saída: não se espera por ele
    for (const leitor of this.#leitores) await leitor.cancel();
    return this.processo.signalCode === null ? this.processo.exitCode : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.encerrar();
  }

  /** Um erro deste servidor, com as últimas linhas que ele escreveu. */
  erro(motivo: string): ErroDeUso {
    const linhas = this.ultimasLinhas().map((linha) => `\n  | ${linha}`);
    const fim = linhas.length > 0 ? `; as últimas linhas dele:${linhas.join("")}` : "";
    return new ErroDeUso(`o servidor "${this.nome}" ${motivo}${fim}`);
  }

  async #ler(saida: ReadableStream<Uint8Array>): Promise<void> {
    const utf8 = new TextDecoder();
    let resto = "";
    const leitor = saida.getReader();
    this.#leitores.push(leitor);
    for (;;) {
      const { value: pedaco, done } = await leitor.read();
      if (done) break;
      const linhas = (resto + utf8.decode(pedaco, { stream: true })).split(/\r?\n/);
      resto = linhas.pop() ?? "";
      if (resto.length > LINHA_MAXIMA) linhas.push(resto.slice(0, LINHA_MAXIMA));
      if (resto.length > LINHA_MAXIMA) resto = "";
      this.#linhas.push(...linhas);
      linhas.forEach(this.aoEscrever);
      if (this.#linhas.length > LINHAS_GUARDADAS) {
        this.#linhas.splice(0, this.#linhas.length - LINHAS_GUARDADAS);
      }
      for (const acordar of this.#vigias) acordar();
    }
    if (resto === "") return;
    this.#linhas.push(resto);
    this.aoEscrever(resto);
  }
}

/**
 * O que se pede a todo servidor: uma variável esquecida no terminal ou no .env de quem mede
 * não muda a medida.
 */
const AMBIENTE = { HOST: "127.0.0.1", ATRASO_MS: "0", MAX_THREADS: "100" };

/** Executa o comando em um grupo de processos próprio, com PORT no ambiente. */
function executar(comando: string[], porta: number, opcoes: OpcoesDoServidor) {
  try {
    return Bun.spawn(comando, {
      cwd: opcoes.pasta,
      env: {
        ...process.env,
        ...AMBIENTE,
        PYTHONUNBUFFERED: "1",
        PORT: `${porta}`,
        ...opcoes.ambiente,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: process.platform !== "win32",
    });
  } catch {
    throw new ErroDeUso(
      `não foi possível executar "${comando.join(" ")}"; confira o nome do programa`,
    );
  }
}

/** Espera por algo, mas só até o prazo, em ms. */
export async function ate(algo: Promise<unknown>, prazo_ms: number): Promise<void> {
  const { promise: prazo, resolve } = Promise.withResolvers<void>();
  const relogio = setTimeout(resolve, prazo_ms);
  await Promise.race([algo, prazo]);
  clearTimeout(relogio);
}

/** Envia um sinal ao grupo de processos que começa em `pid`; sem grupo, não faz nada. */
export function sinalizar(pid: number, sinal: NodeJS.Signals): void {
  try {
    if (process.platform === "win32")
      Bun.spawnSync(["taskkill", "/T", "/F", "/PID", `${pid}`]);
    else process.kill(-pid, sinal);
  } catch {
    // o grupo já terminou
  }
}

/** Uma porta TCP que estava livre agora há pouco, escolhida pelo sistema. */
export function portaLivre(): number {
  const sonda = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = sonda;
  sonda.stop(true);
  return port;
}

/** Se há alguém aceitando conexões em `host:porta`. */
export async function aceitaConexao(porta: number, host = "127.0.0.1"): Promise<boolean> {
  const sonda = await sondar(porta, { host });
  await sonda?.despedida;
  return sonda !== null;
}

/**
 * Conecta e se despede, depois de dar ao servidor um instante para encerrar primeiro. Com
 * `soltarAPorta`, a despedida é um reset: o sistema não guarda a porta, e até um servidor sem
 * SO_REUSEADDR, como o do roteiro, recomeça nela.
 */
async function sondar(
  porta: number,
  { host = "127.0.0.1", soltarAPorta = true } = {},
): Promise<{ despedida: Promise<void> } | null> {
  const { promise: fim, resolve: encerrada } = Promise.withResolvers<void>();
  try {
    const conexao = await Bun.connect({
      hostname: host,
      port: porta,
      allowHalfOpen: true,
      socket: {
        data() {},
        end: (sonda) => void (soltarAPorta ? sonda.terminate() : sonda.end()),
        close: () => encerrada(),
      },
    });
    return { despedida: ate(fim, DESPEDIDA_MS).then(() => void conexao.end()) };
  } catch {
    return null;
  }
}
