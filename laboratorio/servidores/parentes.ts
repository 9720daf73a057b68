/**
 * Quem um programa iniciou, por mais que se afaste dele: os filhos, os filhos dos filhos e
 * também quem mudou de grupo e de sessão (setsid) ou perdeu o ambiente que herdou. O Linux
 * conta tudo isso em /proc; em outros sistemas resta o grupo de processos.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { conexoesTcp, ESCUTANDO } from "./tabela_tcp.ts";

/** Onde cada programa iniciado pelo laboratório leva a sua marca, que os filhos herdam. */
export const VARIAVEL_DA_MARCA = "LABORATORIO_MARCA";

/** Um processo, como ele aparece em /proc/PID/stat. */
interface Ficha {
  pid: number;
  pai: number;
  grupo: number;
  sessao: number;
  /** Quando começou, em tiques desde que a máquina ligou: com o pid, identifica o processo. */
  inicio: number;
}

/** Os parentes de um programa, a partir do processo que o laboratório iniciou. */
export class Parentes {
  readonly #inicio: number;
  /** Quem já foi visto na família (pid → início): continua nela mesmo se ficar órfão. */
  readonly #vistos = new Map<number, number>();
  /** Por onde o programa escreve: quem escreve pelo mesmo lugar é da família. */
  readonly #saidas: Set<string>;

  constructor(
    readonly pid: number,
    readonly marca: string,
    /** A porta que o programa deve abrir. */
    readonly porta?: number,
  ) {
    this.#inicio = fichaDe(pid)?.inicio ?? Infinity;
    this.#saidas = new Set(
      [1, 2]
        .map((descritor) => ler(() => readlinkSync(`/proc/${pid}/fd/${descritor}`)) ?? "")
        .filter((destino) => /^(pipe|socket):|^\/dev\/pts\//.test(destino)),
    );
    if (this.#inicio < Infinity) this.#vistos.set(pid, this.#inicio);
  }

  /**
   * Anota os descendentes de agora. Custa pouco, e é o que deixa reconhecer mais tarde um
   * órfão: quando o pai termina, o parentesco some de /proc.
   */
  observar(): void {
    const fila = [...this.#vistos.keys()];
    for (let pid = fila.pop(); pid !== undefined; pid = fila.pop()) {
      for (const filho of filhosDe(pid)) {
        const inicio = this.#vistos.has(filho) ? undefined : fichaDe(filho)?.inicio;
        if (inicio === undefined) continue;
        this.#vistos.set(filho, inicio);
        fila.push(filho);
      }
    }
  }

  /** Os que estão em execução agora, com o próprio programa; nenhum onde não há /proc. */
  vivos(): number[] {
    if (this.#inicio === Infinity) return [];
    const desdeEntao = fichas().filter(({ inicio }) => inicio >= this.#inicio);
    const daFamilia = new Set(
      desdeEntao
        .filter((ficha) => this.#vistos.get(ficha.pid) === ficha.inicio)
        .map(({ pid }) => pid),
    );
    const portas = this.porta === undefined ? [] : socketsDaPorta(this.porta);
    const parece = ({ pid, grupo, sessao }: Ficha) =>
      grupo === this.pid || sessao === this.pid || this.#temSinal(pid, portas);
    for (const ficha of desdeEntao) if (parece(ficha)) daFamilia.add(ficha.pid);

    for (let antes = -1; antes !== daFamilia.size;) {
      antes = daFamilia.size;
      for (const { pid, pai } of desdeEntao) if (daFamilia.has(pai)) daFamilia.add(pid);
    }
    for (const { pid, inicio } of desdeEntao)
      if (daFamilia.has(pid)) this.#vistos.set(pid, inicio);
    return [...daFamilia];
  }

  /** Herdou a marca, escreve por onde o programa escreve, ou atende na porta dele. */
  #temSinal(pid: number, portas: string[]): boolean {
    const ambiente = ler(() => readFileSync(`/proc/${pid}/environ`, "latin1")) ?? "";
    if (ambiente.includes(`${VARIAVEL_DA_MARCA}=${this.marca}\0`)) return true;
    if (ambiente.includes(`${VARIAVEL_DA_MARCA}=`)) return false; // é de outro programa
    const descritores = ler(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
    return descritores.some((descritor) => {
      const destino = ler(() => readlinkSync(`/proc/${pid}/fd/${descritor}`)) ?? "";
      const escreve = descritor === "1" || descritor === "2";
      return (escreve && this.#saidas.has(destino)) || portas.includes(destino);
    });
  }
}

/** Todos os processos que se veem daqui e ainda não terminaram. */
function fichas(): Ficha[] {
  return (ler(() => readdirSync("/proc")) ?? [])
    .filter((nome) => /^\d+$/.test(nome))
    .flatMap((pid) => fichaDe(Number(pid)) ?? []);
}

function fichaDe(pid: number): Ficha | undefined {
  const texto = ler(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  // O nome do programa, entre parênteses, pode ter espaços: os campos contam-se depois dele
  const campos = texto?.replace(/^.*\) /s, "").split(" ");
  if (!campos || campos[0] === "Z" || campos[0] === "X") return undefined;
  const [pai, grupo, sessao] = campos.slice(1, 4).map(Number);
  const inicio = Number(campos[19]);
  return { pid, pai: pai ?? 0, grupo: grupo ?? 0, sessao: sessao ?? 0, inicio };
}

/** Os filhos diretos, criados por qualquer thread do processo. */
function filhosDe(pid: number): number[] {
  const threads = ler(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  return threads.flatMap((thread) => {
    const arquivo = `/proc/${pid}/task/${thread}/children`;
    const filhos = ler(() => readFileSync(arquivo, "latin1")) ?? "";
    return filhos.split(" ").filter(Boolean).map(Number);
  });
}

/** Os sockets que esperam conexões na porta, como aparecem em /proc/PID/fd. */
function socketsDaPorta(porta: number): string[] {
  return conexoesTcp()
    .filter(({ local, estado }) => local === porta && estado === ESCUTANDO)
    .map(({ socket }) => socket);
}

/** O que a leitura der; undefined se o processo acabou de terminar ou é de outro usuário. */
function ler<T>(leitura: () => T): T | undefined {
  try {
    return leitura();
  } catch {
    return undefined;
  }
}
