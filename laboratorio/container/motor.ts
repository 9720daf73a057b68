/**
 * Um motor de containers (Docker ou Podman), pela linha de comando dele.
 *
 * Anota o nome de tudo o que cria e, no fim, com erro ou sem, remove tudo: nem um
 * container, nem uma rede, nem uma imagem fica para trás.
 */
import { ErroDeUso } from "../comando/erros.ts";
import { cumprida } from "../servidores/aguardar.ts";
import { sinalizar } from "../servidores/processo.ts";

/** Os motores conhecidos, na ordem em que são procurados. */
export const MOTORES = ["docker", "podman"] as const;
export type NomeDoMotor = (typeof MOTORES)[number];

/** Quanto esperar por um comando do motor, em ms. */
const PRAZO_MS = 120_000;
/** Construir pode ter de baixar a imagem base, em uma rede lenta. */
const PRAZO_DA_CONSTRUCAO_MS = 900_000;
/** Para dizer que está no ar, ou para remover o que criou, o motor não precisa de tanto. */
const PRAZO_CURTO_MS = 15_000;
/** Quanto esperar pelos comandos em curso, em ms, antes de desistir deles. */
const ESPERA_MS = 10_000;
/** De um motor que já deixou de responder não se espera tanto. */
const PRAZO_TRAVADO_MS = 5_000;
/** Quanto um comando de que se desistiu tem para terminar por si, em ms. */
const DESPEDIDA_MS = 1_000;

const COMO_TER_UM = `Para ter um motor de containers:
  Debian e Ubuntu: sudo apt install docker.io
                   sudo usermod -aG docker $USER   (e entre de novo na sua sessão)
              ou:  sudo apt install podman
  Fedora:          sudo dnf install podman
  Windows e macOS: instale o Docker Desktop ou o Podman Desktop e deixe-o aberto`;

/** O que um comando do motor respondeu. */
export interface Resposta {
  codigo: number;
  saida: string;
  erros: string;
}

interface OpcoesDoContainer {
  imagem: string;
  /** A porta do servidor dentro do container e a de 127.0.0.1 em que ela é publicada. */
  publicar?: { dentro: number; fora: number };
  /** Rede em que o container responde pelo próprio nome. */
  rede?: string;
  /** Variáveis de ambiente, como ATRASO_MS. */
  ambiente?: Record<string, string>;
}

/** O que se cria em um motor, e com que comando se remove. */
const REMOVER = {
  container: ["rm", "--force"],
  rede: ["network", "rm"],
  imagem: ["rmi", "--force"],
};
type Criado = { tipo: keyof typeof REMOVER; nome: string };

export class Motor implements AsyncDisposable {
  readonly #criados: Criado[] = [];
  readonly #emCurso = new Set<Promise<Resposta>>();
  readonly #desistencia = new AbortController();
  #fechado = false;
  // Se o programa terminar de repente, o que ele criou sai junto
  readonly #aoSair = () => void this.#removerCriados(PRAZO_TRAVADO_MS);

  private constructor(
    readonly nome: NomeDoMotor,
    readonly versao: string,
    private readonly interrupcao?: AbortSignal,
  ) {
    process.on("exit", this.#aoSair);
  }

  /**
   * Encontra um motor que responda: o escolhido ou, sem escolha, o primeiro de `MOTORES`.
   *
   * @param interrupcao ao ser acionada, o comando em curso deixa de ser esperado.
   * @throws {ErroDeUso} nenhum responde; a mensagem diz por quê e como ter um.
   */
  static async encontrar(
    escolhido?: NomeDoMotor,
    interrupcao?: AbortSignal,
  ): Promise<Motor> {
    const motivos: string[] = [];
    for (const nome of MOTORES.filter((nome) => nome === (escolhido ?? nome))) {
      if (Bun.which(nome) === null) {
        motivos.push(`  ${nome}: não está instalado`);
        continue;
      }
      // A versão de quem executa os containers: se ela vem, ele responde
      const pergunta =
        nome === "docker"
          ? ["version", "--format", "{{.Server.Version}}"]
          : ["info", "--format", "{{.Version.Version}}"];
      const { codigo, saida, erros } = await executarAte(
        [nome, ...pergunta],
        PRAZO_CURTO_MS,
        interrupcao,
      );
      interrupcao?.throwIfAborted();
      if (codigo === 0 && saida.trim() !== "")
        return new Motor(nome, saida.trim(), interrupcao);
      motivos.push(`  ${nome}: instalado, mas não responde (${ultimaLinha(erros)})`);
    }
    throw new ErroDeUso(
      `nenhum motor de containers responde.\n${motivos.join("\n")}\n${COMO_TER_UM}`,
    );
  }

  /**
   * Executa um comando do motor e devolve o que ele respondeu, qualquer que seja o código.
   *
   * @throws a razão da interrupção.
   */
  async tentar(argumentos: string[], prazo_ms = PRAZO_MS): Promise<Resposta> {
    this.interrupcao?.throwIfAborted();
    if (this.#fechado) throw new Error(`o ${this.nome} já não está em uso`);
    const comando = [this.nome, ...argumentos];
    const resposta = executarAte(comando, prazo_ms, this.#desistencia.signal);
    this.#emCurso.add(resposta);
    resposta.finally(() => this.#emCurso.delete(resposta));
    return ouInterromper(resposta, this.interrupcao);
  }

  /**
   * Executa um comando do motor que tem de dar certo e devolve a saída dele.
   *
   * @throws {ErroDeUso} o comando falhou; a mensagem traz as últimas linhas do motor.
   */
  async exigir(argumentos: string[], prazo_ms = PRAZO_MS): Promise<string> {
    const { codigo, saida, erros } = await this.tentar(argumentos, prazo_ms);
    if (codigo === 0) return saida.trim();
    const linhas = (erros.trim() || saida.trim()).split("\n").slice(-5);
    throw new ErroDeUso(
      `"${this.nome} ${argumentos[0]}" falhou; as últimas linhas dele:` +
        linhas.map((linha) => `\n  | ${linha}`).join(""),
    );
  }

  /**
   * Constrói a imagem do Dockerfile de uma pasta, sem reaproveitar etapas já construídas.
   *
   * @param servidor o script que vai na imagem; sem ele, o padrão do Dockerfile.
   * @returns o nome da imagem, que é removida no fim.
   * @throws {ErroDeUso} a construção falhou.
   */
  async construir(pasta: string, servidor?: string): Promise<string> {
    const imagem = this.#anotar("imagem", "servidor-tcp");
    const escolha = servidor === undefined ? [] : ["--build-arg", `SERVIDOR=${servidor}`];
    await this.exigir(
      ["build", "--no-cache", "--force-rm", ...escolha, "-t", imagem, pasta],
      PRAZO_DA_CONSTRUCAO_MS,
    );
    return imagem;
  }

  /** Cria uma rede em que os containers se chamam pelo nome, e devolve o nome dela. */
  async criarRede(): Promise<string> {
    const rede = this.#anotar("rede", "rede-tcp");
    await this.exigir(["network", "create", rede]);
    return rede;
  }

  /**
   * Inicia um container e devolve o nome dele. Não espera o servidor ficar pronto.
   *
   * @throws {ErroDeUso} o container não iniciou.
   */
  async iniciar(opcoes: OpcoesDoContainer): Promise<string> {
    const { imagem, publicar, rede, ambiente = {} } = opcoes;
    const nome = this.#anotar("container", "servidor-tcp");
    await this.exigir([
      ...["run", "--detach", "--name", nome],
      ...(publicar ? ["--publish", `127.0.0.1:${publicar.fora}:${publicar.dentro}`] : []),
      ...(rede === undefined ? [] : ["--network", rede]),
      ...variaveis(ambiente),
      imagem,
    ]);
    return nome;
  }

  /** Executa um programa dentro de um container que já roda. */
  async executarDentro(
    container: string,
    comando: string[],
    ambiente: Record<string, string> = {},
  ): Promise<Resposta> {
    return this.tentar(["exec", ...variaveis(ambiente), container, ...comando]);
  }

  /** Copia um arquivo para dentro de um container. */
  async copiar(arquivo: string, container: string, destino: string): Promise<void> {
    await this.exigir(["cp", arquivo, `${container}:${destino}`]);
  }

  /** Um campo de `inspect`, como "{{.State.Pid}}". */
  async inspecionar(nome: string, campo: string): Promise<string> {
    return this.exigir(["inspect", "--format", campo, nome]);
  }

  /** Tudo o que o processo principal do container escreveu. */
  async registros(container: string): Promise<string> {
    const { saida, erros } = await this.tentar(["logs", container]);
    return saida + erros;
  }

  /** Para um container como faz o usuário (`stop`) e devolve quanto demorou, em ms. */
  async parar(container: string): Promise<number> {
    const inicio = performance.now();
    await this.exigir(["stop", container]);
    return performance.now() - inicio;
  }

  /** Remove um container, esteja ele parado ou não. */
  async remover(container: string): Promise<void> {
    await this.exigir([...REMOVER.container, container]);
    const posicao = this.#criados.findIndex(({ nome }) => nome === container);
    if (posicao >= 0) this.#criados.splice(posicao, 1);
  }

  /**
   * Remove tudo o que foi criado, do último ao primeiro, e recusa novos comandos. Antes,
   * espera um pouco pelos que estão em curso e desiste dos que não terminam: o que um deles
   * criasse depois ficaria para trás.
   *
   * @returns os nomes do que não pôde ser removido; vazio quando está tudo limpo.
   */
  async removerTudo(): Promise<string[]> {
    this.#fechado = true;
    const relogio = setTimeout(() => this.#desistencia.abort(), ESPERA_MS);
    await Promise.all(this.#emCurso);
    clearTimeout(relogio);
    const travado = this.#desistencia.signal.aborted;
    const sobras = this.#removerCriados(travado ? PRAZO_TRAVADO_MS : PRAZO_CURTO_MS);
    process.off("exit", this.#aoSair);
    return sobras;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sobras = await this.removerTudo();
    if (sobras.length > 0)
      console.error(`Não foi possível remover do ${this.nome}: ${sobras.join(", ")}`);
  }

  /** Anota antes de criar: se a criação for interrompida no meio, o nome já está na lista. */
  #anotar(tipo: Criado["tipo"], prefixo: string): string {
    const nome = `${prefixo}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
    this.#criados.push({ tipo, nome });
    return nome;
  }

  /**
   * Sem `await`, para servir também a um programa que já está saindo. O primeiro pedido que
   * passa do prazo é o último: um motor que não responde a um não responderá aos outros.
   */
  #removerCriados(prazo_ms: number): string[] {
    let travado = false;
    return this.#criados.splice(0).reduceRight<string[]>((sobras, { tipo, nome }) => {
      if (travado) return [...sobras, nome];
      const pedido = Bun.spawnSync([this.nome, ...REMOVER[tipo], nome], {
        stdin: "ignore",
        timeout: prazo_ms,
        detached: process.platform !== "win32", // o Ctrl+C do terminal não o corta ao meio
      });
      travado = pedido.exitedDueToTimeout === true;
      if (travado) sinalizar(pedido.pid, "SIGKILL"); // e o que ele tenha iniciado
      // O que nem chegou a ser criado não é sobra
      const naoExiste = /no such|not found|unknown/i.test(pedido.stderr.toString());
      return pedido.exitCode === 0 || naoExiste ? sobras : [...sobras, nome];
    }, []);
  }
}

/** O que um comando disse por último, para caber em uma frase. */
export function ultimaLinha(texto: string): string {
  return texto.trim().split("\n").at(-1) || "não disse por quê";
}

function variaveis(ambiente: Record<string, string>): string[] {
  return Object.entries(ambiente).flatMap(([nome, valor]) => [
    "--env",
    `${nome}=${valor}`,
  ]);
}

/** Os comandos em curso: se o programa terminar de repente, eles terminam junto. */
const emCurso = new Set<number>();
process.on("exit", () => emCurso.forEach((pid) => sinalizar(pid, "SIGKILL")));

/**
 * Executa um comando até o fim, até o prazo ou até a desistência. O motor pode ser um script
 * em volta de outro programa: quem termina é o grupo de processos inteiro. Quem ele deixa de
 * propósito fora do grupo, como o Podman faz com os containers, continua.
 */
export async function executarAte(
  comando: string[],
  prazo_ms: number,
  desistencia?: AbortSignal,
  ambiente: Record<string, string> = {},
): Promise<Resposta> {
  const processo = Bun.spawn(comando, {
    env: { ...process.env, ...ambiente },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // Em um grupo só dele: o Ctrl+C do terminal não o corta ao meio
    detached: process.platform !== "win32",
  });
  const { pid, exited, stdout, stderr } = processo;
  emCurso.add(pid);
  const resposta = Promise.all([exited, stdout.text(), stderr.text()]).then(
    ([codigo, saida, erros]) => ({ codigo, saida, erros }),
  );
  const motivo = await cumprida(ouInterromper(resposta, desistencia), prazo_ms).then(
    (aTempo) => (aTempo ? null : `não terminou em ${prazo_ms / 1000} s`),
    () => "interrompido antes de terminar",
  );
  if (motivo !== null)
    for (const sinal of ["SIGTERM", "SIGKILL"] as const) {
      sinalizar(pid, sinal);
      await cumprida(resposta, DESPEDIDA_MS);
    }
  emCurso.delete(pid);
  if (motivo === null) return resposta;
  // Alguém que tenha saído do grupo ainda segura a saída: não se espera por ele
  const escrito = (await cumprida(resposta, 0)) ? (await resposta).erros : "";
  return { codigo: 1, saida: "", erros: `${escrito}\n${motivo}` };
}

/** Espera a promessa ou a interrupção, o que vier primeiro. */
async function ouInterromper<T>(promessa: Promise<T>, sinal?: AbortSignal): Promise<T> {
  if (!sinal) return promessa;
  const interrompida = Promise.withResolvers<never>();
  const interromper = () => interrompida.reject(sinal.reason);
  sinal.addEventListener("abort", interromper);
  if (sinal.aborted) interromper();
  try {
    return await Promise.race([promessa, interrompida.promise]);
  } finally {
    sinal.removeEventListener("abort", interromper);
  }
}
