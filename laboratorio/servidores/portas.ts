/** As portas desta máquina: achar uma livre e saber se há alguém atendendo em uma. */
import { ate } from "./servidor_em_teste.ts";

/** Quanto a sonda espera que o servidor encerre a conexão antes dela, em ms. */
const DESPEDIDA_MS = 30;

/** Uma porta TCP que estava livre agora há pouco, escolhida pelo sistema. */
export function portaLivre(): number {
  const sonda = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = sonda;
  sonda.stop(true);
  return port;
}

/** Se há alguém aceitando conexões em `host:porta`. */
export async function aceitaConexao(porta: number, host = "127.0.0.1"): Promise<boolean> {
  const sonda = await baterNaPorta(porta, { host });
  await sonda?.despedida;
  return sonda !== null;
}

/**
 * Conecta e se despede, depois de dar ao servidor um instante para encerrar primeiro. Com
 * `soltarAPorta`, a despedida é um reset: o sistema não guarda a porta, e até um servidor sem
 * SO_REUSEADDR, como o do roteiro, recomeça nela.
 */
export async function baterNaPorta(
  porta: number,
  { host = "127.0.0.1", soltarAPorta = true } = {},
): Promise<{ despedida: Promise<void> } | null> {
  const { promise: fim, resolve: encerrada } = Promise.withResolvers<void>();
  try {
    const conexao = await Bun.connect({
      hostname: host,
      port: porta,
      allowHalfOpen: true,
      socket: {
        data() {},
        end: (sonda) => void (soltarAPorta ? sonda.terminate() : sonda.end()),
        close: () => encerrada(),
      },
    });
    return { despedida: ate(fim, DESPEDIDA_MS).then(() => void conexao.end()) };
  } catch {
    return null;
  }
}

/** Uma conexão que demora tanto, em ms, precisou de um segundo pedido (SYN) do sistema. */
export const CONEXAO_LENTA_MS = 900;

/** Onde o servidor atende. */
export interface Endereco {
  host: string;
  porta: number;
}
