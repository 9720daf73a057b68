/** A máquina em que se mede, para quem ler os números depois. */
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** O ambiente desta máquina, agora. */
export function descreverAmbiente() {
  return {
    cpu: cpus()[0]?.model.trim() || "processador não identificado",
    nucleos: availableParallelism(),
    sistema: `${type()} ${release()} (${process.arch})`,
    memoria_bytes: totalmem(),
    bun: Bun.version,
    /** Data e hora da medição, ISO 8601. */
    data: new Date().toISOString(),
  };
}

export type Ambiente = ReturnType<typeof descreverAmbiente>;
