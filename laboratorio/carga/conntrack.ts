/**
 * Onde há firewall ou containers, o Linux acompanha cada conexão em uma tabela de tamanho
 * fixo (nf_conntrack), e uma conexão encerrada ainda fica dois minutos nela. Com a tabela
 * cheia, conexões novas se perdem, as nossas e as de todos os programas da máquina, e a
 * medida seria a da tabela. Por isso se espera que haja lugar antes de medir conexões.
 */
import { readFileSync } from "node:fs";

/** Mais conexões do que se consegue abrir em um milissegundo. */
const CONEXOES_POR_MS = 80;
/** Quanto esperar por lugar, em ms: mais do que uma conexão encerrada fica na tabela. */
const PRAZO_MS = 150_000;

/** Espera haver lugar para uma medição de `duracao_ms`; onde não há a tabela, não espera. */
export async function esperarLugar(
  duracao_ms: number,
  interrupcao: AbortSignal,
): Promise<void> {
  const lugares = duracao_ms * CONEXOES_POR_MS;
  const limite = performance.now() + PRAZO_MS;
  while (!haLugar(lugares, ler("count"), ler("max")) && performance.now() < limite) {
    interrupcao.throwIfAborted();
    await Bun.sleep(500);
  }
}

/** Se há tantos lugares ou, em uma tabela pequena, se metade dela está livre. */
export function haLugar(
  lugares: number,
  ocupados: number | null,
  total: number | null,
): boolean {
  if (ocupados === null || total === null) return true;
  return total - ocupados >= Math.min(lugares, total / 2);
}

function ler(nome: "count" | "max"): number | null {
  try {
    return Number(readFileSync(`/proc/sys/net/netfilter/nf_conntrack_${nome}`, "utf8"));
  } catch {
    return null; // o sistema não tem a tabela
  }
}
