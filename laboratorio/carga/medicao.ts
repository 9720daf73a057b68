/** Mede um servidor em um caso: o pedido ao gerador e, enquanto ele trabalha, os recursos. */
import type { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import type { Gerador } from "./controle.ts";
import { recursosDoGrupo } from "./recursos.ts";
import type { Descoberta } from "./sonda.ts";
import type { Amostra, Caso, Pedido, Recursos } from "./tipos.ts";

/** De quanto em quanto tempo se olham os recursos do servidor, em ms. */
const OLHADA_MS = 100;
/** Quanto um cliente espera por uma resposta antes de dá-la por perdida, em ms. */
export const PRAZO_MS = 5_000;

/** Quanto dura cada medição. */
export interface Duracao {
  aquecimento_ms: number;
  medicao_ms: number;
}

/**
 * Uma amostra: a velocidade, as latências e os erros que o gerador viu, e os recursos que
 * o servidor ocupou enquanto isso.
 */
export async function medirAmostra(
  gerador: Gerador,
  servidor: ServidorEmTeste,
  { saudacao }: Descoberta,
  caso: Caso,
  duracao: Duracao,
  interrupcao: AbortSignal,
): Promise<Omit<Amostra, "servidor" | "rodada" | "partida_ms">> {
  const pedido: Pedido = {
    ...duracao,
    porta: servidor.porta,
    familia: caso.familia,
    clientes: caso.clientes,
    tamanhos_bytes: [caso.tamanho_bytes],
    mensagensPorConexao: null,
    pausa_ms: 0,
    comFalhas: false,
    saudacao: saudacao.toString("base64"),
    prazo_ms: PRAZO_MS,
  };
  const olhadas: { instante_ms: number; recursos: Recursos }[] = [];
  const olhar = () => {
    const recursos = recursosDoGrupo(servidor.pid);
    if (recursos) olhadas.push({ instante_ms: performance.now(), recursos });
  };

  // Olha do fim do aquecimento ao fim da medição
  let relogio: Timer | undefined;
  const inicio = setTimeout(() => {
    olhar();
    relogio = setInterval(olhar, OLHADA_MS);
  }, duracao.aquecimento_ms);
  const medicao = await gerador.medir(pedido, interrupcao).finally(() => {
    clearTimeout(inicio);
    clearInterval(relogio);
  });

  const primeira = olhadas[0];
  const ultima = olhadas.at(-1);
  if (!primeira || !ultima)
    return { ...caso, medicao, recursos: null, cpuDoServidor: null };
  const passado_ms = ultima.instante_ms - primeira.instante_ms;
  return {
    ...caso,
    medicao,
    recursos: maximos(olhadas.map(({ recursos }) => recursos)),
    cpuDoServidor:
      passado_ms > 0
        ? (ultima.recursos.cpu_ms - primeira.recursos.cpu_ms) / passado_ms
        : null,
  };
}

/** O maior valor de cada recurso. */
export function maximos(recursos: Recursos[]): Recursos | null {
  const maior = (campo: keyof Recursos) => Math.max(...recursos.map((um) => um[campo]));
  if (recursos.length === 0) return null;
  return {
    memoria_bytes: maior("memoria_bytes"),
    pico_bytes: maior("pico_bytes"),
    threads: maior("threads"),
    descritores: maior("descritores"),
    cpu_ms: maior("cpu_ms"),
  };
}
