/**
 * Onde há firewall ou containers, o Linux acompanha cada conexão em uma tabela de tamanho
 * fixo (nf_conntrack), e uma conexão encerrada ainda fica dois minutos nela. Com a tabela
 * cheia, conexões novas se perdem, as nossas e as de todos os programas da máquina, e a
 * medida seria a da tabela. Por isso se espera que haja lugar antes de medir conexões.
 */
import { readFileSync } from "node:fs";

/** Mais conexões do que uma medição consegue abrir. */
const LUGARES = 60_000;
/** Quanto esperar por lugar, em ms: mais do que uma conexão encerrada fica na tabela. */
const PRAZO_MS = 150_000;

/** Espera haver lugar para uma medição; onde não há a tabela, não espera nada. */
export async function esperarLugar(interrupcao: AbortSignal): Promise<void> {
  const limite = performance.now() + PRAZO_MS;
  while (!haLugar(ler("count"), ler("max")) && performance.now() < limite) {
    interrupcao.throwIfAborted();
    await Bun.sleep(500);
  }
}

/** Se cabe mais uma medição, e metade da tabela quando ela é pequena. */
export function haLugar(ocupados: number | null, total: number | null): boolean {
  if (ocupados === null || total === null) return true;
  return total - ocupados >= Math.min(LUGARES, total / 2);
}

function ler(nome: "count" | "max"): number | null {
  try {
    return Number(readFileSync(`/proc/sys/net/netfilter/nf_conntrack_${nome}`, "utf8"));
  } catch {
    return null; // o sistema não tem a tabela
  }
}
