/**
 * O que o Linux diz de um processo a quem está no mesmo sistema que ele.
 *
 * Depende só do que é do próprio Bun, porque também é copiado para dentro do container e
 * executado lá: `bun run ver_processo.ts 1`.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Um processo, como ele aparece no /proc de quem olha. */
export interface Vista {
  usuario: number;
  threads: number;
  memoria_bytes: number;
  /** Quantos processos quem olha enxerga ao todo. */
  processosVisiveis: number;
  /** O número do processo no sistema mais interno em que ele está: 1 no servidor do container. */
  pidMaisInterno: number;
}

/** O processo `pid`; null se ele não existe ou se o sistema não é um Linux. */
export function verProcesso(pid: number): Vista | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return null;
  }
  const campo = (padrao: RegExp) => Number(padrao.exec(status)?.[1]);
  return {
    usuario: campo(/^Uid:\s+(\d+)/m),
    threads: campo(/^Threads:\s+(\d+)/m),
    memoria_bytes: campo(/^VmRSS:\s+(\d+)/m) * 1024,
    processosVisiveis: readdirSync("/proc").filter((nome) => /^\d+$/.test(nome)).length,
    pidMaisInterno: campo(/^NSpid:.*?(\d+)$/m),
  };
}

if (import.meta.main) console.log(JSON.stringify(verProcesso(Number(process.argv[2]))));
