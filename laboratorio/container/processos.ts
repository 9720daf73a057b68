/**
 * A gestão de processos do roteiro: o mesmo servidor visto de fora e de dentro do container.
 * De fora é um processo como os outros; de dentro, é o processo 1 de um sistema quase vazio.
 */
import type { Motor } from "./motor.ts";
import type { Processo } from "./tipos.ts";
import { verProcesso, type Vista } from "./ver_processo.ts";

/** Um processo desta máquina, visto daqui. */
export function verNativo(pid: number): Processo {
  return processo("nativo", pid, verProcesso(pid));
}

/**
 * O servidor do container, visto desta máquina. Onde o motor roda em uma máquina virtual
 * (Windows, macOS), não há o que ver daqui.
 */
export async function verDeFora(motor: Motor, container: string): Promise<Processo> {
  const pid = Number(await motor.inspecionar(container, "{{.State.Pid}}"));
  const vista = verProcesso(pid);
  // O número pode ser o de outro sistema: só vale se, lá dentro, ele é o processo 1
  const eEle = vista?.pidMaisInterno === 1;
  return processo("container, de fora", eEle ? pid : null, eEle ? vista : null);
}

/** O servidor do container, visto por um programa que se executa dentro dele. */
export async function verDeDentro(motor: Motor, container: string): Promise<Processo> {
  const programa = "/tmp/ver_processo.ts";
  await motor.copiar(`${import.meta.dir}/ver_processo.ts`, container, programa);
  const { codigo, saida } = await motor.executarDentro(container, [
    "bun",
    "run",
    programa,
    "1",
  ]);
  const vista: Vista | null = codigo === 0 ? JSON.parse(saida) : null;
  if (vista) vista.processosVisiveis -= 1; // o próprio programa, que só está ali para olhar
  return processo("container, de dentro", 1, vista);
}

function processo(visto: string, pid: number | null, vista: Vista | null): Processo {
  return {
    visto,
    pid,
    usuario: vista?.usuario ?? null,
    threads: vista?.threads ?? null,
    memoria_bytes: vista?.memoria_bytes ?? null,
    processosVisiveis: vista?.processosVisiveis ?? null,
  };
}
