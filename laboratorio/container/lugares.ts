/**
 * O mesmo servidor em dois lugares: nesta máquina e em um container. Para quem mede, os dois
 * são só um endereço que responde e um jeito de encerrar.
 */
import { ErroDeUso } from "../comando/erros.ts";
import { medirRodada } from "../espera/medicao.ts";
import { type Endereco, portaLivre } from "../servidores/portas.ts";
import { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import type { Motor } from "./motor.ts";
import { verDeDentro, verDeFora, verNativo } from "./processos.ts";
import type { Processo } from "./tipos.ts";

/** A porta em que os servidores de saudação atendem dentro do container. */
export const PORTA_DO_CONTAINER = 8000;

/** Quanto esperar pela primeira resposta, em ms. */
const PRAZO_MS = 20_000;

/** Um servidor que já respondeu. */
export interface ServidorNoAr {
  lugar: string;
  atraso_ms: number;
  endereco: Endereco;
  /** Do comando de iniciar até a primeira resposta inteira, em ms. */
  partida_ms: number;
  /** Encerra como faz o usuário e devolve quanto demorou, em ms. */
  encerrar(): Promise<number>;
  /** O servidor como processo, visto de cada lado de que dá para vê-lo. */
  verProcessos(): Promise<Processo[]>;
}

export interface ServidorEmContainer extends ServidorNoAr {
  container: string;
}

/**
 * Inicia um servidor nesta máquina e espera a primeira resposta inteira.
 *
 * @param atraso_ms o tempo de atendimento.
 * @throws {ErroDeUso} ele não iniciou, ou não respondeu a tempo.
 */
export async function iniciarNativo(
  script: string,
  pasta: string,
  atraso_ms: number,
  interrupcao: AbortSignal,
): Promise<ServidorNoAr> {
  const inicio = performance.now();
  const servidor = await ServidorEmTeste.iniciar({
    nome: "nativo",
    comando: [process.execPath, "run", script],
    pasta,
    ambiente: { ATRASO_MS: `${atraso_ms}` },
    interrupcao,
  });
  const encerrar = async () => {
    const pedido = performance.now();
    const fim = servidor.fim.then(() => performance.now() - pedido);
    await servidor.encerrar();
    return fim;
  };
  const { host, porta, pid } = servidor;
  try {
    await esperarResposta({ host, porta }, atraso_ms, interrupcao);
  } catch (erro) {
    await encerrar();
    throw erro instanceof ErroDeUso ? servidor.erro(erro.message) : erro;
  }
  return {
    lugar: "nativo",
    atraso_ms,
    endereco: { host, porta },
    partida_ms: performance.now() - inicio,
    encerrar,
    verProcessos: async () => [verNativo(pid)],
  };
}

/**
 * Inicia o servidor de uma imagem em um container, com a porta publicada em 127.0.0.1, e
 * espera a primeira resposta inteira. Se algo der errado, quem remove o container é o motor.
 *
 * @param atraso_ms o tempo de atendimento.
 * @throws {ErroDeUso} o container não iniciou, ou o servidor não respondeu a tempo.
 */
export async function iniciarEmContainer(
  motor: Motor,
  imagem: string,
  atraso_ms: number,
  interrupcao: AbortSignal,
): Promise<ServidorEmContainer> {
  const endereco = { host: "127.0.0.1", porta: portaLivre() };
  const inicio = performance.now();
  const container = await motor.iniciar({
    imagem,
    publicar: { dentro: PORTA_DO_CONTAINER, fora: endereco.porta },
    ambiente: { ATRASO_MS: `${atraso_ms}` },
  });
  try {
    await esperarResposta(endereco, atraso_ms, interrupcao);
  } catch (erro) {
    if (!(erro instanceof ErroDeUso)) throw erro;
    const linhas = (await motor.registros(container)).trim().split("\n").slice(-5);
    throw new ErroDeUso(
      `o servidor do container ${erro.message}; as últimas linhas dele:\n  | ${linhas.join("\n  | ")}`,
    );
  }
  return {
    lugar: "container",
    atraso_ms,
    endereco,
    container,
    partida_ms: performance.now() - inicio,
    async encerrar() {
      const parada_ms = await motor.parar(container);
      await motor.remover(container);
      return parada_ms;
    },
    verProcessos: async () => [
      await verDeFora(motor, container),
      await verDeDentro(motor, container),
    ],
  };
}

/**
 * Espera uma resposta inteira. Não basta a porta aceitar a conexão: a porta publicada de um
 * container aceita antes de o servidor, lá dentro, estar pronto.
 *
 * @throws {ErroDeUso} a resposta não veio a tempo; a mensagem diz o que aconteceu no lugar.
 */
async function esperarResposta(
  endereco: Endereco,
  atraso_ms: number,
  interrupcao: AbortSignal,
): Promise<void> {
  const limite = performance.now() + PRAZO_MS;
  const passo = { servidor: "", atraso_ms, clientes: 1, rodada: 0 };
  for (;;) {
    const { atendimentos } = await medirRodada(endereco, passo, interrupcao);
    const motivo = atendimentos[0]?.erro;
    if (motivo === null) return;
    if (performance.now() > limite)
      throw new ErroDeUso(`não respondeu em ${PRAZO_MS / 1000} s (${motivo})`);
    await Bun.sleep(2);
  }
}
