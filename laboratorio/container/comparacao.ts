/**
 * A comparação entre os lugares em que o mesmo servidor pode ser executado. Em tudo, a ordem
 * dos lugares muda a cada rodada, para que o que muda na máquina com o tempo não pese sempre
 * sobre o mesmo.
 */
import { Gerador } from "../carga/controle.ts";
import { sondar } from "../carga/sonda.ts";
import { ErroDeUso } from "../comando/erros.ts";
import { type Passo, planejarRodadas } from "../espera/plano.ts";
import { medirRodadas, ninguemAtendido } from "../espera/rodadas.ts";
import type { Rodada } from "../espera/tipos.ts";
import type { ServidorNoAr } from "./lugares.ts";
import type { Ciclo, Vazao } from "./tipos.ts";

/** Um lugar em que o servidor pode ser iniciado. */
export interface Lugar {
  nome: string;
  iniciar(atraso_ms: number): Promise<ServidorNoAr>;
}

/** O servidor, no ar em um lugar, com um tempo de atendimento. */
export interface NoAr {
  lugar: string;
  atraso_ms: number;
  servidor: ServidorNoAr;
}

/** Quantos clientes se revezam sem descanso na medida de conexões por segundo. */
export const CLIENTES_DA_VAZAO = 10;

/** Inicia e encerra o servidor em cada lugar, `ciclos` vezes. */
export async function* medirCiclos(
  lugares: Lugar[],
  ciclos: number,
): AsyncGenerator<Ciclo> {
  for (let rodada = 1; rodada <= ciclos; rodada++) {
    for (const { nome, iniciar } of revezar(lugares, rodada)) {
      const servidor = await iniciar(0);
      const parada_ms = await servidor.encerrar();
      yield { servidor: nome, rodada, partida_ms: servidor.partida_ms, parada_ms };
    }
  }
}

/**
 * Inicia o servidor em cada lugar, com cada tempo de atendimento; ficam no ar até a pilha
 * ser desfeita.
 */
export async function iniciarTodos(
  lugares: Lugar[],
  atrasos_ms: number[],
  pilha: AsyncDisposableStack,
): Promise<NoAr[]> {
  const noAr: NoAr[] = [];
  for (const atraso_ms of atrasos_ms) {
    for (const { nome, iniciar } of lugares) {
      const servidor = await iniciar(atraso_ms);
      // Se o motor já não responde ou foi interrompido, é ele que remove o container
      pilha.defer(async () => void (await servidor.encerrar().catch(() => {})));
      noAr.push({ lugar: nome, atraso_ms, servidor });
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
  noAr: NoAr[],
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
    const este = noAr.find((um) => um.lugar === servidor && um.atraso_ms === atraso_ms);
    if (!este) throw new Error(`${servidor} não foi iniciado`);
    return { endereco: este.servidor.endereco, novo: frios.delete(este) };
  };
  for await (const rodada of medirRodadas(plano, ligar, interrupcao)) {
    yield rodada;
    const queixa = ninguemAtendido(rodada);
    if (queixa !== null) throw new ErroDeUso(`o servidor ${rodada.servidor} ${queixa}`);
  }
}

/** As conexões por segundo de cada servidor, medidas por um processo à parte. */
export async function* medirVazoes(
  noAr: NoAr[],
  rodadas: number,
  duracao_ms: number,
  interrupcao: AbortSignal,
): AsyncGenerator<Vazao> {
  await using gerador = new Gerador();
  for (let rodada = 1; rodada <= rodadas; rodada++) {
    for (const { lugar, servidor } of revezar(noAr, rodada)) {
      const { porta } = servidor.endereco;
      const { saudacao } = await sondar(porta, "saudacao").catch((erro: unknown) => {
        if (!(erro instanceof ErroDeUso)) throw erro;
        throw new ErroDeUso(`o servidor do ${lugar} parou de responder: ${erro.message}`);
      });
      const medicao = await gerador.medir(
        {
          porta,
          familia: "saudacao",
          clientes: CLIENTES_DA_VAZAO,
          tamanhos_bytes: [],
          mensagensPorConexao: null,
          pausa_ms: 0,
          comFalhas: false,
          saudacao: saudacao.toString("base64"),
          aquecimento_ms: duracao_ms / 4,
          medicao_ms: duracao_ms,
          prazo_ms: 5_000,
        },
        interrupcao,
      );
      yield {
        servidor: lugar,
        rodada,
        conexoesPorSegundo: (1000 * medicao.respostas) / medicao.duracao_ms,
        erros: medicao.erros,
      };
    }
  }
}

/** Os itens na ordem da rodada: a cada uma, começa-se pelo seguinte. */
function revezar<T>(itens: T[], rodada: number): T[] {
  const primeiro = (rodada - 1) % Math.max(1, itens.length);
  return [...itens.slice(primeiro), ...itens.slice(0, primeiro)];
}
