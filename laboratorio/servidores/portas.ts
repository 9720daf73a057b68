/** As portas desta máquina: achar uma livre e saber se há alguém atendendo em uma. */
import { closeSync, openSync } from "node:fs";
import { ErroDeUso } from "../comando/erros.ts";
import { cumprida } from "./aguardar.ts";

/** Onde um servidor atende. */
export interface Endereco {
  host: string;
  porta: number;
}

/** Uma conexão que demora tanto, em ms, precisou de um segundo pedido (SYN) do sistema. */
export const CONEXAO_LENTA_MS = 900;

/** Quanto a sonda espera que o servidor encerre a conexão antes dela, em ms. */
const DESPEDIDA_MS = 30;

/**
 * As portas que se dão a um servidor: abaixo das que os sistemas tiram para quem escuta na
 * porta 0 e para quem se conecta (de 32768 em diante), que mudam de dono a todo momento.
 */
const PRIMEIRA = 10_000;
const QUANTAS = 22_000;
/** Cada processo começa em um ponto da faixa e segue em frente: nenhuma porta se repete. */
let proxima = (process.pid * 7_919) % QUANTAS;

/**
 * Uma porta TCP em que ninguém atende e que ninguém recebeu antes neste processo.
 *
 * @throws {ErroDeUso} nenhuma está livre.
 */
export function portaLivre(): number {
  for (let tentativas = 0; tentativas < QUANTAS; tentativas++) {
    const porta = PRIMEIRA + proxima;
    proxima = (proxima + 1) % QUANTAS;
    try {
      const port = porta;
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return porta;
    } catch {
      // já tem dono
    }
  }
  throw new ErroDeUso("não há nenhuma porta livre nesta máquina");
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
  { host = "127.0.0.1", soltarAPorta = true, despedida_ms = DESPEDIDA_MS } = {},
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
    return { despedida: cumprida(fim, despedida_ms).then(() => void conexao.end()) };
  } catch {
    return null;
  }
}

/**
 * Se este processo chegou ao limite de descritores. O Bun diz "conexão recusada" também quando
 * é ele quem não consegue abrir o socket; tentar abrir um arquivo tira a dúvida.
 */
export function faltamDescritores(): boolean {
  try {
    closeSync(openSync(import.meta.path, "r"));
    return false;
  } catch {
    return true;
  }
}
