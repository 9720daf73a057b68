/** Uma medição do plano: o pedido ao gerador e, enquanto ele trabalha, os recursos do servidor. */
import type { Elenco } from "../servidores/elenco.ts";
import { esperarLugar } from "./conntrack.ts";
import type { Gerador } from "./controle.ts";
import { combinar, recursosDoGrupo } from "./recursos.ts";
import type { Passo } from "./rodadas.ts";
import type { Amostra, Recursos } from "./tipos.ts";

/** De quanto em quanto tempo se olham os recursos do servidor, em ms. */
const OLHADA_MS = 100;

/** Quanto dura cada medição. */
export interface Duracao {
  aquecimento_ms: number;
  medicao_ms: number;
}

/**
 * Faz uma medição: a velocidade, as latências e os erros que o gerador viu, e os recursos que
 * o servidor ocupou enquanto isso.
 *
 * @throws {ErroDeUso} o servidor não abriu a porta, ou terminou durante a medição.
 * @throws a razão da interrupção.
 */
export async function medirPasso(
  { servidor: { pedido, descoberta }, caso, rodada }: Passo,
  duracao: Duracao,
  elenco: Elenco,
  gerador: Gerador,
  interrupcao: AbortSignal,
): Promise<Amostra> {
  if (caso.familia === "saudacao")
    await esperarLugar(duracao.aquecimento_ms + duracao.medicao_ms, interrupcao);
  return elenco.usar(pedido, async ({ porta, pid }, partida_ms) => {
    const medindo = gerador.medir({
      ...descoberta,
      ...duracao,
      porta,
      clientes: caso.clientes,
      tamanhos_bytes: [caso.tamanho_bytes],
    });
    const olhadas = await olharAte(medindo, pid, duracao.aquecimento_ms);
    return {
      ...caso,
      servidor: pedido.nome,
      rodada,
      partida_ms,
      medicao: await medindo,
      recursos: combinar(olhadas, Math.max),
      cpuDoServidor: fracaoDeNucleo(olhadas),
    };
  });
}

type Olhada = Recursos & { instante_ms: number };

/** Os recursos de um servidor, do fim do aquecimento ao fim da medição. */
async function olharAte(
  medindo: Promise<unknown>,
  pid: number,
  aquecimento_ms: number,
): Promise<Olhada[]> {
  const olhadas: Olhada[] = [];
  const olhar = () => {
    const recursos = recursosDoGrupo(pid);
    if (recursos) olhadas.push({ ...recursos, instante_ms: performance.now() });
  };
  let relogio: Timer | undefined;
  const inicio = setTimeout(() => {
    olhar();
    relogio = setInterval(olhar, OLHADA_MS);
  }, aquecimento_ms);
  await medindo.finally(() => {
    clearTimeout(inicio);
    clearInterval(relogio);
  });
  return olhadas;
}

/** A fração de um núcleo que o servidor ocupou; null se não houve duas olhadas. */
function fracaoDeNucleo(olhadas: Olhada[]): number | null {
  const [primeira] = olhadas;
  const ultima = olhadas.at(-1);
  if (!primeira || !ultima || primeira === ultima) return null;
  return (ultima.cpu_ms - primeira.cpu_ms) / (ultima.instante_ms - primeira.instante_ms);
}
