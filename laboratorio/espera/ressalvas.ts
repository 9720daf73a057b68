/** O que o leitor precisa saber antes de confiar nos números. */
import { mediana, quantil } from "../relatorio/estatistica.ts";
import { lista, ms, numero, quantos } from "../relatorio/formato.ts";
import { CONEXAO_LENTA_MS } from "../servidores/portas.ts";
import { cabeOAtendimento } from "./lei.ts";
import { conexaoLenta, foiAtendido, rodadasAtipicas } from "./resumo.ts";
import type { Dados, Rodada } from "./tipos.ts";

/** O que o leitor precisa saber antes de confiar nos números, uma frase por item. */
export function ressalvasDaEspera(dados: Dados): string[] {
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
