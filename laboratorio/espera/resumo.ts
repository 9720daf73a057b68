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
 * @example
 * ```ts
 * const resumos = resumirEspera(dados, 1);
 * console.log(resumos.find((resumo) => resumo.clientes === 10)?.makespan_ms);
 * ```
 */
export function resumirEspera(dados: Dados, semente: number): Resumo[] {
  const medidas = dados.rodadas.filter(({ rodada }) => rodada > 0);
  const atrasos = [...new Set(medidas.map(({ atraso_ms }) => atraso_ms))];
  const clientes = [...new Set(medidas.map((rodada) => rodada.clientes))];
  return atrasos
    .sort((a, b) => (a ?? Infinity) - (b ?? Infinity))
    .flatMap((atraso_ms) => clientes.map((n) => ({ atraso_ms, n })))
    .flatMap(({ atraso_ms, n }) => {
      const grupo = dados.servidores.flatMap(({ nome, modelo }) => {
        const rodadas = medidas.filter(
          (rodada) =>
            rodada.servidor === nome &&
            rodada.atraso_ms === atraso_ms &&
            rodada.clientes === n,
        );
        return resumirGrupo(rodadas, modelo, semente);
      });
      // Quem não faz o atraso pedido não se compara: faria parecer rápido quem só não espera
      const comparavel = ({ mediana_ms, makespan_ms }: Resumo) =>
        !atraso_ms || cabeOAtendimento(mediana_ms, atraso_ms) ? makespan_ms : Number.NaN;
      const primeiro = grupo[0] ? comparavel(grupo[0]) : Number.NaN;
      return grupo.map((resumo) => ({
        ...resumo,
        aceleracao: primeiro / comparavel(resumo),
      }));
    });
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
  const grupos = Map.groupBy(
    rodadas.filter(({ rodada, makespan_ms }) => rodada > 0 && makespan_ms !== null),
    ({ servidor, atraso_ms, clientes }) => `${servidor}\n${atraso_ms}\n${clientes}`,
  );
  return [...grupos.values()].flatMap((grupo) => {
    const marcas = atipicos(grupo.map(({ makespan_ms }) => makespan_ms ?? 0));
    return grupo.filter((_, i) => marcas[i]);
  });
}

/** A rodada de makespan mediano: a que representa um grupo na linha do tempo. */
export function rodadaTipica(rodadas: Rodada[]): Rodada | undefined {
  const emOrdem = rodadas
    .filter(({ rodada }) => rodada > 0)
    .sort((a, b) => (a.makespan_ms ?? Infinity) - (b.makespan_ms ?? Infinity));
  return emOrdem[Math.floor((emOrdem.length - 1) / 2)];
}

/** Se a conexão demorou tanto que o sistema precisou pedi-la outra vez. */
export function conexaoLenta({ conectado_ms }: Atendimento): boolean {
  return conectado_ms !== null && conectado_ms >= CONEXAO_LENTA_MS;
}
