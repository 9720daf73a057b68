/**
 * Quem um programa iniciou, por mais que se afaste dele: os filhos, os filhos dos filhos e
 * também quem mudou de grupo e de sessão (setsid) ou perdeu o ambiente que herdou. O Linux
 * conta tudo isso em /proc; em outros sistemas resta o grupo de processos.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { type Ficha, fichaDe, fichas, ler, listar } from "./proc.ts";
import { socketsQueEscutam } from "./tabela_tcp.ts";

/** Onde cada programa iniciado pelo laboratório leva a sua marca, que os filhos herdam. */
export const VARIAVEL_DA_MARCA = "LABORATORIO_MARCA";

/** Quem leva a marca de outro laboratório (pid → início): não é preciso olhar de novo. */
const deOutros = new Map<number, number>();

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
    this.#inicio = fichaDe(pid, true)?.inicio ?? Infinity; // pode já ter terminado
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

  /** Se dá para saber: só onde há /proc. */
  get sabe(): boolean {
    return this.#inicio < Infinity;
  }

  /** Os que estão em execução agora, com o próprio programa; nenhum onde não há /proc. */
  vivos(): number[] {
    if (!this.sabe) return [];
    const desdeEntao = fichas().filter(({ inicio }) => inicio >= this.#inicio);
    const daFamilia = new Set(
      desdeEntao
        .filter((ficha) => this.#vistos.get(ficha.pid) === ficha.inicio)
        .map(({ pid }) => pid),
    );
    const portas = this.porta === undefined ? [] : socketsQueEscutam(this.porta);
    const parece = (ficha: Ficha) =>
      ficha.grupo === this.pid ||
      ficha.sessao === this.pid ||
      this.#temSinal(ficha, portas);
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
  #temSinal({ pid, inicio }: Ficha, portas: string[]): boolean {
    if (deOutros.get(pid) === inicio) return false;
    const ambiente = ler(() => readFileSync(`/proc/${pid}/environ`, "latin1")) ?? "";
    if (ambiente.includes(`${VARIAVEL_DA_MARCA}=${this.marca}\0`)) return true;
    if (ambiente.includes(`${VARIAVEL_DA_MARCA}=`)) {
      if (!ambiente.includes(`${VARIAVEL_DA_MARCA}=${process.pid}-`))
        deOutros.set(pid, inicio);
      return false; // é de outro programa
    }
    return listar(`/proc/${pid}/fd`).some((descritor) => {
      const destino = ler(() => readlinkSync(`/proc/${pid}/fd/${descritor}`)) ?? "";
      const escreve = descritor === "1" || descritor === "2";
      return (escreve && this.#saidas.has(destino)) || portas.includes(destino);
    });
  }
}

/** Os filhos diretos, criados por qualquer thread do processo. */
function filhosDe(pid: number): number[] {
  return listar(`/proc/${pid}/task`).flatMap((thread) => {
    const arquivo = `/proc/${pid}/task/${thread}/children`;
    const filhos = ler(() => readFileSync(arquivo, "latin1")) ?? "";
    return filhos.split(" ").filter(Boolean).map(Number);
  });
}
