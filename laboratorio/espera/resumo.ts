/** O que as rodadas dizem, e se confere com a lei: sequencial ≈ N·T, threads ≈ T. */
import {
  atipicos,
  intervaloDaMediana,
  mediana,
  quantil,
} from "../relatorio/estatistica.ts";
import { lista, ms, numero, quantos } from "../relatorio/formato.ts";
import type { Atendimento, Dados, Modelo, Resumo, Rodada } from "./tipos.ts";

/** Uma conexão que demora tanto, em ms, precisou de um segundo pedido (SYN) do sistema. */
export const CONEXAO_LENTA_MS = 900;

/** Até que distância, em fração do previsto, a medida ainda confere com a lei. */
export const TOLERANCIA = 0.25;

/**
 * O makespan que a lei prevê, em ms, para N clientes ao mesmo tempo e um tempo de atendimento
 * T: N·T se o servidor atende um de cada vez, T se atende todos ao mesmo tempo.
 *
 * @returns null se não há tempo de atendimento ou não se sabe como o servidor atende.
 */
export function prever(
  modelo: Modelo,
  clientes: number,
  atraso_ms: number | null,
): number | null {
  if (!atraso_ms || modelo === "desconhecido") return null;
  return modelo === "sequencial" ? clientes * atraso_ms : atraso_ms;
}

/**
 * Um resumo para cada tempo de atendimento, número de clientes e servidor, nesta ordem. A
 * rodada de aquecimento não entra, nem o grupo em que nenhum cliente foi atendido.
 *
 * @param semente a dos intervalos de confiança.
 * @example
 * ```ts
 * const resumos = resumir(dados, 1);
 * console.log(resumos.find((resumo) => resumo.clientes === 10)?.makespan_ms);
 * ```
 */
export function resumir(dados: Dados, semente: number): Resumo[] {
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

function foiAtendido(
  atendimento: Atendimento,
): atendimento is Atendimento & { primeiroByte_ms: number } {
  return atendimento.erro === null && atendimento.primeiroByte_ms !== null;
}

/**
 * A previsão ao lado da medida, em uma frase, e se conferem. De um servidor que não se sabe
 * como atende, o que a medida sugere; null se nem isso ela diz.
 */
export function confrontar(resumo: Resumo, modelo: Modelo): string | null {
  const { servidor, atraso_ms, clientes, makespan_ms, confere } = resumo;
  if (!atraso_ms) return null;
  const perto = (previsao_ms: number) =>
    Math.abs(makespan_ms / previsao_ms - 1) <= TOLERANCIA;
  const fila_ms = clientes * atraso_ms;
  const lei = {
    sequencial: `N·T = ${clientes} × ${numero(atraso_ms)} ms = ${numero(fila_ms)} ms`,
    concorrente: `T = ${numero(atraso_ms)} ms`,
  };
  const medido = `medido ${ms(makespan_ms)} ms`;
  if (modelo === "desconhecido") {
    if (clientes === 1) return null;
    if (perto(fila_ms))
      return `${servidor}: ${medido}, perto de ${lei.sequencial}: parece atender um cliente de cada vez`;
    if (perto(atraso_ms))
      return `${servidor}: ${medido}, perto de ${lei.concorrente}: parece atender todos ao mesmo tempo`;
    return null;
  }
  const previsao_ms = modelo === "sequencial" ? fila_ms : atraso_ms;
  const desvio = 100 * (makespan_ms / previsao_ms - 1);
  const diferenca = `${numero(Math.abs(desvio), 1)} % a ${desvio < 0 ? "menos" : "mais"}`;
  return `${servidor}: previsto ${lei[modelo]}, ${medido}: ${confere ? "confere" : "não confere"} (${diferenca})`;
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

/**
 * Se um atendimento de `atraso_ms` cabe em uma espera: quem responde bem antes disso não fez
 * o atraso pedido, e não há o que deduzir.
 */
export function cabeOAtendimento(espera_ms: number, atraso_ms: number | null): boolean {
  return !!atraso_ms && espera_ms >= 0.9 * atraso_ms;
}

/** A rodada de makespan mediano: a que representa um grupo na linha do tempo. */
export function rodadaTipica(rodadas: Rodada[]): Rodada | undefined {
  const emOrdem = rodadas
    .filter(({ rodada }) => rodada > 0)
    .sort((a, b) => (a.makespan_ms ?? Infinity) - (b.makespan_ms ?? Infinity));
  return emOrdem[Math.floor((emOrdem.length - 1) / 2)];
}

/** O que o leitor precisa saber antes de confiar nos números, uma frase por item. */
export function ressalvas(dados: Dados): string[] {
  const { rodadas, servidores } = dados;
  const medidas = rodadas.filter(({ rodada }) => rodada > 0);
  const atendimentos = medidas.flatMap((rodada) => rodada.atendimentos);
  const atrasos = medidas.map((rodada) =>
    Math.max(...rodada.atendimentos.map(({ partida_ms }) => partida_ms)),
  );
  const lentas = atendimentos.filter(conexaoLenta);
  const fora = rodadasAtipicas(medidas);
  const apressados = servidores.filter(({ nome }) =>
    medidas.some(
      ({ servidor, atraso_ms, atendimentos }) =>
        servidor === nome &&
        !!atraso_ms &&
        atendimentos.some(
          (a) => foiAtendido(a) && !cabeOAtendimento(a.primeiroByte_ms, atraso_ms),
        ),
    ),
  );
  const falhas = Map.groupBy(
    atendimentos.filter(({ erro }) => erro !== null),
    ({ erro }) => `${erro}`,
  );
  return [
    ...interrupcao(dados),
    `Partida: do sinal ao último connect passam ${ms(mediana(atrasos))} ms na rodada mediana e ${ms(quantil(atrasos, 1))} ms na pior.`,
    ...(lentas.length > 0
      ? [
          `${quantos(lentas.length, "conexão demorou", "conexões demoraram")} ${CONEXAO_LENTA_MS} ms ou mais: fila de conexões cheia, o sistema retransmitiu o SYN.`,
        ]
      : []),
    ...(fora.length > 0 ? [dizerAtipicas(fora, medidas.length)] : []),
    ...apressados.map(
      ({ nome }) =>
        `O servidor ${nome} responde antes do tempo de atendimento pedido: para comparar, faça-o esperar ATRASO_MS milissegundos (variável de ambiente) em cada atendimento.`,
    ),
    ...[...falhas].map(
      ([erro, { length }]) =>
        `${quantos(length, "cliente não foi atendido", "clientes não foram atendidos")}, de ${numero(atendimentos.length)}: ${erro}.`,
    ),
  ];
}

/** Quantas rodadas foram feitas por inteiro, se não foram todas as pedidas. */
function interrupcao({ rodadas, servidores, opcoes }: Dados): string[] {
  const { rodadas: pedidas, clientes, atraso } = opcoes;
  if (typeof pedidas !== "number" || !Array.isArray(clientes) || !Array.isArray(atraso))
    return [];
  // Um servidor que já estava no ar (atraso_ms null) é medido com um só tempo, o dele
  const tempos = servidores.map(({ nome }) =>
    rodadas.some(({ servidor, atraso_ms }) => servidor === nome && atraso_ms === null)
      ? 1
      : atraso.length,
  );
  const passos = clientes.length * tempos.reduce((soma, quantos) => soma + quantos, 0);
  const medidas = rodadas.filter(({ rodada }) => rodada > 0);
  const feitas = [...Map.groupBy(medidas, ({ rodada }) => rodada).values()].filter(
    ({ length }) => length >= passos,
  ).length;
  if (feitas >= pedidas) return [];
  if (feitas === 0)
    return ["A medição foi interrompida antes do fim da primeira rodada."];
  return [
    `A medição foi interrompida: só ${numero(feitas)} das ${numero(pedidas)} rodadas ${feitas === 1 ? "foi feita" : "foram feitas"}.`,
  ];
}

function dizerAtipicas(fora: Rodada[], total: number): string {
  const quais = fora.map(
    ({ servidor, clientes, atraso_ms, rodada, makespan_ms }) =>
      `${servidor} com ${quantos(clientes, "cliente")}${atraso_ms === null ? "" : ` e T = ${atraso_ms} ms`}, rodada ${rodada} (${ms(makespan_ms)} ms)`,
  );
  const exemplos = fora.length <= 3 ? `: ${lista(quais)}` : "";
  return `${quantos(fora.length, "rodada foge", "rodadas fogem")} das outras, de ${numero(total)}; nas contas continuam todas, e em dados.csv há a coluna rodada_atipica${exemplos}.`;
}

/** Se a conexão demorou tanto que o sistema precisou pedi-la outra vez. */
export function conexaoLenta({ conectado_ms }: Atendimento): boolean {
  return conectado_ms !== null && conectado_ms >= CONEXAO_LENTA_MS;
}
