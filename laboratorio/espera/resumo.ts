/** O que dizem as rodadas que se repetem, resumidas e comparadas com a lei. */
import {
  atipicos,
  intervaloDaMediana,
  mediana,
  quantil,
} from "../relatorio/estatistica.ts";
import type { Modelo } from "../servidores/pedidos.ts";
import { CONEXAO_LENTA_MS } from "../servidores/portas.ts";
import { cabeOAtendimento, perto, prever } from "./lei.ts";
import type { Atendimento, Dados, Resumo, Rodada } from "./tipos.ts";

/**
 * Um resumo para cada tempo de atendimento, número de clientes e servidor, nesta ordem. A
 * rodada de aquecimento não entra, nem o grupo em que nenhum cliente foi atendido.
 *
 * @param semente a dos intervalos de confiança.
 */
export function resumirEspera(dados: Dados, semente: number): Resumo[] {
  const grupos = [...agrupar(dados.rodadas).values()];
  const numeros = grupos.map(([rodada]) => rodada?.clientes);
  const nomes = dados.servidores.map(({ nome }) => nome);
  const resumos = dados.servidores
    .flatMap(({ nome, modelo }) =>
      grupos
        .filter(([rodada]) => rodada?.servidor === nome)
        .flatMap((grupo) => resumirGrupo(grupo, modelo, semente)),
    )
    .sort(
      (a, b) =>
        (a.atraso_ms ?? Infinity) - (b.atraso_ms ?? Infinity) ||
        numeros.indexOf(a.clientes) - numeros.indexOf(b.clientes) ||
        nomes.indexOf(a.servidor) - nomes.indexOf(b.servidor),
    );
  return porTempo(resumos).flatMap(({ numeros }) =>
    numeros.flatMap((numero) => comAceleracao(numero.resumos)),
  );
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
function agrupar(rodadas: Rodada[]): Map<string, Rodada[]> {
  return Map.groupBy(
    rodadas.filter(({ rodada }) => rodada > 0),
    chave,
  );
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
      confere: previsao_ms === null ? null : perto(makespan_ms, previsao_ms),
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

/** De um grupo, a rodada de makespan mediano: a que o representa na linha do tempo. */
export function rodadaTipica(rodadas: Rodada[], grupo: Grupo): Rodada | undefined {
  const emOrdem = rodadas
    .filter((rodada) => rodada.rodada > 0 && chave(rodada) === chave(grupo))
    .sort((a, b) => (a.makespan_ms ?? Infinity) - (b.makespan_ms ?? Infinity));
  return emOrdem[Math.floor((emOrdem.length - 1) / 2)];
}

/** Se a conexão demorou tanto que o sistema precisou pedi-la outra vez. */
export function conexaoLenta({ conectado_ms }: Atendimento): boolean {
  return conectado_ms !== null && conectado_ms >= CONEXAO_LENTA_MS;
}
