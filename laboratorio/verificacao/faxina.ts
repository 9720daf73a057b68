/**
 * Nada do que o verificador iniciou fica para trás. Cada programa recebe uma marca no
 * ambiente, que os filhos dele herdam; no fim, quem ainda tem a marca é encerrado, mesmo
 * que tenha saído do grupo de processos. Onde não há /proc, resta o grupo.
 */
import { readdirSync, readFileSync } from "node:fs";

const VARIAVEL = "VERIFICACAO";
const marca = `${process.pid}-${crypto.randomUUID()}`;

/** O que vai no ambiente de todo programa conferido. */
export const ambienteMarcado: Record<string, string> = { [VARIAVEL]: marca };

/** Encerra à força todo processo que herdou a marca. */
export function encerrarMarcados(): void {
  if (process.platform !== "linux") return;
  // Um processo pode criar outro enquanto a lista é lida: repete até não achar ninguém
  for (let volta = 0; volta < 20; volta++) {
    const marcados = readdirSync("/proc").filter(temMarca);
    if (marcados.length === 0) return;
    for (const pid of marcados) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // terminou antes
      }
    }
    Bun.sleepSync(2); // até o sistema recolher quem foi encerrado
  }
}

function temMarca(pid: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(
      `${VARIAVEL}=${marca}`,
    );
  } catch {
    return false; // terminou, ou é de outro usuário
  }
}
