/** Os processos desta máquina, como o Linux os mostra em /proc; em outro sistema, nenhum. */
import { readdirSync, readFileSync } from "node:fs";

/** Um processo, como ele aparece em /proc/PID/stat. */
export interface Ficha {
  pid: number;
  pai: number;
  grupo: number;
  sessao: number;
  /** Tempo de processador usado até agora, em ms. */
  cpu_ms: number;
  /** Quando começou, em tiques desde que a máquina ligou: com o pid, identifica o processo. */
  inicio: number;
}

/** Um tique do relógio de /proc, em ms: 100 por segundo em todo Linux para PC. */
const TIQUE_MS = 10;

/** Todos os processos que se veem daqui; os `zumbis` terminaram, e ninguém os recolheu. */
export function fichas(zumbis = false): Ficha[] {
  return listar("/proc")
    .filter((nome) => /^\d+$/.test(nome))
    .flatMap((pid) => fichaDe(Number(pid), zumbis) ?? []);
}

/**
 * O processo `pid`; undefined se ele terminou.
 *
 * @param zumbi se vale também o que terminou e ninguém recolheu ainda.
 */
export function fichaDe(pid: number, zumbi = false): Ficha | undefined {
  const texto = ler(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  // O nome do programa, entre parênteses, pode ter espaços: os campos contam-se depois dele
  const [estado = "X", ...campos] = texto?.replace(/^.*\) /s, "").split(" ") ?? [];
  if (estado === "X" || (estado === "Z" && !zumbi)) return undefined;
  const campo = (posicao: number) => Number(campos[posicao]);
  return {
    pid,
    pai: campo(0),
    grupo: campo(1),
    sessao: campo(2),
    cpu_ms: (campo(10) + campo(11)) * TIQUE_MS,
    inicio: campo(18),
  };
}

/** O que há na pasta; nada se o processo terminou ou é de outro usuário. */
export function listar(pasta: string): string[] {
  return ler(() => readdirSync(pasta)) ?? [];
}

/** O que a leitura der; undefined se o processo terminou ou é de outro usuário. */
export function ler<T>(leitura: () => T): T | undefined {
  try {
    return leitura();
  } catch {
    return undefined;
  }
}
