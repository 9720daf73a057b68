/** As conexões TCP desta máquina, como o sistema as vê em /proc. */
import { readFileSync } from "node:fs";

export interface ConexaoTcp {
  /** As portas dos dois lados. */
  local: number;
  remota: number;
  estado: string;
  /** O número do socket, como ele aparece em /proc/PID/fd. */
  socket: string;
}

/** Os estados que interessam, com os números que o sistema lhes dá. */
export const ABERTA = "01";
export const SYN_RECEBIDO = "03";
export const TIME_WAIT = "06";
export const ESCUTANDO = "0A";

/** Por quanto tempo a tabela lida serve, em ms: com milhares de conexões, ela é demorada. */
const VALIDADE_MS = 100;
let lida: { em_ms: number; conexoes: ConexaoTcp[] } | undefined;

/** Todas as conexões, de IPv4 e de IPv6; nenhuma onde não há /proc. */
export function conexoesTcp(): ConexaoTcp[] {
  if (!lida || performance.now() - lida.em_ms > VALIDADE_MS) {
    const conexoes = lerConexoes();
    lida = { em_ms: performance.now(), conexoes };
  }
  return lida.conexoes;
}

function lerConexoes(): ConexaoTcp[] {
  const porta = (endereco: string) => parseInt(endereco.slice(-4), 16);
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((tabela) => {
    try {
      const [, ...linhas] = readFileSync(tabela, "utf-8").trim().split("\n");
      return linhas.map((linha) => {
        const campos = linha.trim().split(/\s+/);
        const [, local = "", remota = "", estado = ""] = campos;
        const socket = `socket:[${campos[9]}]`;
        return { local: porta(local), remota: porta(remota), estado, socket };
      });
    } catch {
      return [];
    }
  });
}

/**
 * Se o sistema descartou uma conexão que o cliente tem por aberta: do lado do servidor ela
 * não existe, ou ainda não foi aceita. É o que acontece quando muitos chegam a uma fila de
 * conexões cheia (listen pequeno). Onde não há /proc, não se sabe: false.
 */
export function conexaoDescartada(porta: number, portaDoCliente: number): boolean {
  const todas = conexoesTcp();
  const doCliente = todas.some(
    ({ local, remota, estado }) =>
      local === portaDoCliente && remota === porta && estado === ABERTA,
  );
  const doServidor = todas.some(
    ({ local, remota, estado }) =>
      local === porta && remota === portaDoCliente && estado !== SYN_RECEBIDO,
  );
  return doCliente && !doServidor;
}
