/** O que as rodadas dizem, e se confere com a lei: sequencial ≈ N·T, threads ≈ T. */
import {
  atipicos,
  intervaloDaMediana,
  mediana,
  quantil,
} from "../relatorio/estatistica.ts";
import type { Modelo } from "../servidores/pedidos.ts";
import { CONEXAO_LENTA_MS } from "../servidores/portas.ts";
import { cabeOAtendimento, prever, TOLERANCIA } from "./lei.ts";
import type { Atendimento, Dados, Resumo, Rodada } from "./tipos.ts";

/**
 * Um resumo para cada tempo de atendimento, número de clientes e servidor, nesta ordem. A
 * rodada de aquecimento não entra, nem o grupo em que nenhum cliente foi atendido.
 *
 * @param semente a dos intervalos de confiança.
 */
export function resumirEspera(dados: Dados, semente: number): Resumo[] {
  const grupos = agrupar(dados.rodadas);
  const passos = [...grupos.values()].flatMap(([rodada]) => rodada ?? []);
  const clientes = [...new Set(passos.map((passo) => passo.clientes))];
  const resumos = dados.servidores.flatMap(({ nome, modelo }) =>
    passos
      .filter(({ servidor }) => servidor === nome)
      .flatMap((passo) => resumirGrupo(grupoDe(passo, grupos), modelo, semente)),
  );
  return porTempo(resumos)
    .sort((a, b) => (a.atraso_ms ?? Infinity) - (b.atraso_ms ?? Infinity))
    .flatMap(({ numeros }) =>
      numeros.sort((a, b) => clientes.indexOf(a.clientes) - clientes.indexOf(b.clientes)),
    )
    .flatMap((numero) => comAceleracao(numero.resumos));
}

/** Quem não faz o atraso pedido não se compara: faria parecer rápido quem só não espera. */
function comAceleracao(resumos: Resumo[]): Resumo[] {
  const comparavel = ({ atraso_ms, mediana_ms, makespan_ms }: Resumo) =>
    !atraso_ms || cabeOAtendimento(mediana_ms, atraso_ms) ? makespan_ms : Number.NaN;
  const primeiro = resumos[0] ? comparavel(resumos[0]) : Number.NaN;
  return resumos.map((resumo) => ({
    ...resumo,
    aceleracao: primeiro / comparavel(resumo),
  }));
}

type Grupo = Pick<Rodada, "servidor" | "atraso_ms" | "clientes">;

function chave({ servidor, atraso_ms, clientes }: Grupo): string {
  return `${servidor}\n${atraso_ms}\n${clientes}`;
}

/** As rodadas que se repetem: as de um servidor, com um tempo de atendimento e N clientes. */
export function agrupar(rodadas: Rodada[]): Map<string, Rodada[]> {
  return Map.groupBy(
    rodadas.filter(({ rodada }) => rodada > 0),
    chave,
  );
}

/** As rodadas de um grupo; vazio se não há nenhuma. */
export function grupoDe(grupo: Grupo, grupos: Map<string, Rodada[]>): Rodada[] {
  return grupos.get(chave(grupo)) ?? [];
}

/** O que foi medido com um tempo de atendimento, por número de clientes. */
export interface Tempo {
  atraso_ms: number | null;
  numeros: { clientes: number; resumos: Resumo[] }[];
}

/** Os resumos por tempo de atendimento e por número de clientes, na ordem em que aparecem. */
export function porTempo(resumos: Resumo[]): Tempo[] {
  const tempos = Map.groupBy(resumos, ({ atraso_ms }) => atraso_ms);
  return [...tempos].map(([atraso_ms, doTempo]) => ({
    atraso_ms,
    numeros: [...Map.groupBy(doTempo, (resumo) => resumo.clientes)].map(
      ([clientes, resumos]) => ({ clientes, resumos }),
    ),
  }));
}

/** Ordena do maior tempo de atendimento para o menor, o desconhecido por último. */
export function doMaiorAoMenor(a: Tempo, b: Tempo): number {
  return (b.atraso_ms ?? -1) - (a.atraso_ms ?? -1);
}

/** O resumo das rodadas de um servidor com N clientes; nenhum, se ninguém foi atendido. */
function resumirGrupo(rodadas: Rodada[], modelo: Modelo, semente: number): Resumo[] {
  const esperas = rodadas.map(({ atendimentos }) =>
    atendimentos.filter(foiAtendido).map(({ primeiroByte_ms }) => primeiroByte_ms),
  );
  const todas = esperas.flat();
  const [primeira] = rodadas;
  if (!primeira || todas.length === 0) return [];

  const { servidor, atraso_ms, clientes } = primeira;
  const pontos_ms = esperas.filter(({ length }) => length > 0).map(mediana);
  const makespan_ms = mediana(rodadas.flatMap((rodada) => rodada.makespan_ms ?? []));
  const previsao_ms = prever(modelo, clientes, atraso_ms);
  return [
    {
      servidor,
      atraso_ms,
      clientes,
      rodadas: rodadas.length,
      mediana_ms: mediana(pontos_ms),
      intervalo: intervaloDaMediana(pontos_ms, semente),
      pontos_ms,
      p95_ms: quantil(todas, 0.95),
      maximo_ms: quantil(todas, 1),
      makespan_ms,
      aceleracao: 1,
      previsao_ms,
      confere:
        previsao_ms === null
          ? null
          : Math.abs(makespan_ms / previsao_ms - 1) <= TOLERANCIA,
      falhas: rodadas.flatMap((rodada) => rodada.atendimentos.filter((a) => a.erro))
        .length,
    },
  ];
}

export function foiAtendido(
  atendimento: Atendimento,
): atendimento is Atendimento & { primeiroByte_ms: number } {
  return atendimento.erro === null && atendimento.primeiroByte_ms !== null;
}

/** De cada grupo, as rodadas cujo makespan foge muito do das outras. */
export function rodadasAtipicas(rodadas: Rodada[]): Rodada[] {
  return [...agrupar(rodadas).values()].flatMap((grupo) => {
    const terminadas = grupo.filter(({ makespan_ms }) => makespan_ms !== null);
    const marcas = atipicos(terminadas.map(({ makespan_ms }) => makespan_ms ?? 0));
    return terminadas.filter((_, i) => marcas[i]);
  });
}

/** A rodada de makespan mediano: a que representa um grupo na linha do tempo. */
export function rodadaTipica(rodadas: Rodada[]): Rodada | undefined {
  const emOrdem = rodadas.toSorted(
    (a, b) => (a.makespan_ms ?? Infinity) - (b.makespan_ms ?? Infinity),
  );
  return emOrdem[Math.floor((emOrdem.length - 1) / 2)];
}

/** Se a conexão demorou tanto que o sistema precisou pedi-la outra vez. */
export function conexaoLenta({ conectado_ms }: Atendimento): boolean {
  return conectado_ms !== null && conectado_ms >= CONEXAO_LENTA_MS;
}
