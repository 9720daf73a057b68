/**
 * A comparação entre os lugares em que o mesmo servidor pode ser executado, que em tudo se
 * revezam a cada rodada.
 */
import { Gerador } from "../carga/controle.ts";
import { sondar } from "../carga/sonda.ts";
import { ErroDeUso } from "../comando/erros.ts";
import { type Passo, planejarRodadas, revezar } from "../espera/plano.ts";
import { medirRodadas, ninguemAtendido } from "../espera/rodadas.ts";
import type { Rodada } from "../espera/tipos.ts";
import type { ServidorNoAr } from "./lugares.ts";
import type { Ciclo, Vazao } from "./tipos.ts";

/** Inicia o servidor em um lugar, com um tempo de atendimento. */
export type Iniciar = (atraso_ms: number) => Promise<ServidorNoAr>;

/** Quantos clientes se revezam sem descanso na medida de conexões por segundo. */
export const CLIENTES_DA_VAZAO = 10;

/** Inicia e encerra o servidor em cada lugar, `ciclos` vezes. */
export async function* medirCiclos(
  lugares: Iniciar[],
  ciclos: number,
): AsyncGenerator<Ciclo> {
  for (let rodada = 1; rodada <= ciclos; rodada++) {
    for (const iniciar of revezar(lugares, rodada)) {
      const { lugar, partida_ms, encerrar } = await iniciar(0);
      const parada_ms = await encerrar();
      yield { servidor: lugar, rodada, partida_ms, parada_ms };
    }
  }
}

/**
 * Inicia o servidor em cada lugar, com cada tempo de atendimento; ficam no ar até a pilha
 * ser desfeita.
 */
export async function iniciarTodos(
  lugares: Iniciar[],
  atrasos_ms: number[],
  pilha: AsyncDisposableStack,
): Promise<ServidorNoAr[]> {
  const noAr: ServidorNoAr[] = [];
  for (const atraso_ms of atrasos_ms) {
    for (const iniciar of lugares) {
      const servidor = await iniciar(atraso_ms);
      // Se o motor já não responde ou foi interrompido, é ele que remove o container
      pilha.defer(async () => void (await servidor.encerrar().catch(() => {})));
      noAr.push(servidor);
    }
  }
  return noAr;
}

/**
 * As mesmas rodadas do Experimento 1, com os mesmos clientes em cada lugar.
 *
 * @throws {ErroDeUso} um servidor não atendeu ninguém em uma rodada.
 */
export async function* compararRodadas(
  noAr: ServidorNoAr[],
  clientes: number[],
  rodadas: number,
  interrupcao: AbortSignal,
): AsyncGenerator<Rodada> {
  const porLugar = Map.groupBy(noAr, ({ lugar }) => lugar);
  const plano = planejarRodadas(
    [...porLugar].map(([nome, seus]) => ({
      nome,
      atrasos_ms: seus.map(({ atraso_ms }) => atraso_ms),
    })),
    clientes,
    rodadas,
  );
  const frios = new Set(noAr);
  const ligar = async ({ servidor, atraso_ms }: Passo) => {
    const este = porLugar.get(servidor)?.find((um) => um.atraso_ms === atraso_ms);
    if (!este) throw new Error(`${servidor} não foi iniciado`);
    return { endereco: este.endereco, novo: frios.delete(este) };
  };
  for await (const rodada of medirRodadas(plano, ligar, interrupcao)) {
    yield rodada;
    const queixa = ninguemAtendido(rodada);
    if (queixa !== null) throw new ErroDeUso(`o servidor ${rodada.servidor} ${queixa}`);
  }
}

/** As conexões por segundo de cada servidor, medidas por um processo à parte. */
export async function* medirVazoes(
  noAr: ServidorNoAr[],
  rodadas: number,
  duracao_ms: number,
  interrupcao: AbortSignal,
): AsyncGenerator<Vazao> {
  await using gerador = new Gerador(interrupcao);
  for (let rodada = 1; rodada <= rodadas; rodada++) {
    for (const { lugar, endereco } of revezar(noAr, rodada)) {
      const { porta } = endereco;
      const descoberta = await sondar(porta, "saudacao").catch((erro: unknown) => {
        if (!(erro instanceof ErroDeUso)) throw erro;
        throw new ErroDeUso(`o servidor do ${lugar} parou de responder: ${erro.message}`);
      });
      const {
        respostas,
        duracao_ms: medida_ms,
        erros,
      } = await gerador.medir({
        ...descoberta,
        porta,
        clientes: CLIENTES_DA_VAZAO,
        aquecimento_ms: duracao_ms / 4,
        medicao_ms: duracao_ms,
      });
      const conexoesPorSegundo = (1000 * respostas) / medida_ms;
      yield { servidor: lugar, rodada, conexoesPorSegundo, erros };
    }
  }
}
