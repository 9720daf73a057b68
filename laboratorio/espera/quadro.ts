/** O resultado de um experimento no terminal: a lei, as tabelas, as linhas do tempo. */
import { quantos, tempoDeAtendimento } from "../relatorio/formato.ts";
import { LARGURA, emItens, sublinhar, tabela } from "../relatorio/texto.ts";
import { colunasDaEspera } from "./colunas.ts";
import { confrontar } from "./lei.ts";
import { linhaDoTempoEmTexto } from "./linha_do_tempo.ts";
import { ressalvasDaEspera } from "./ressalvas.ts";
import { porTempo, rodadaTipica, type Tempo } from "./resumo.ts";
import type { Dados, Resumo } from "./tipos.ts";

/**
 * O texto do resultado: para cada tempo de atendimento e número de clientes, a tabela dos
 * servidores, a previsão da lei ao lado da medida e a linha do tempo de cada servidor.
 */
export function mostrar(dados: Dados, resumos: Resumo[]): string {
  return [
    comoLer(resumos),
    ...porTempo(resumos).map((tempo) => doTempo(dados, tempo)),
    `Ressalvas\n${emItens(ressalvasDaEspera(dados))}`,
  ].join("\n\n");
}

/** O que é cada coluna das tabelas. */
function comoLer(resumos: Resumo[]): string {
  const recuo = 15;
  return [
    "A espera de um cliente vai do sinal de partida ao primeiro byte da resposta.",
    "Nas tabelas, sem a rodada de aquecimento:",
    ...colunasDaEspera(resumos).map(({ nome, sentido }) => {
      const linhas = Bun.wrapAnsi(sentido, LARGURA - recuo);
      return `  ${nome.padEnd(recuo - 2)}${linhas.replaceAll("\n", `\n${" ".repeat(recuo)}`)}`;
    }),
  ].join("\n");
}

/** Tudo o que foi medido com um tempo de atendimento. */
function doTempo(dados: Dados, { atraso_ms, numeros }: Tempo): string {
  return [
    sublinhar(`Com ${tempoDeAtendimento(atraso_ms)} (tempos em ms)`),
    ...lei(atraso_ms),
    ...numeros.flatMap(({ clientes, resumos }) => doNumero(dados, clientes, resumos)),
  ].join("\n\n");
}

function lei(atraso_ms: number | null): string[] {
  if (atraso_ms === null) return [];
  const frase =
    atraso_ms === 0
      ? "Sem tempo de atendimento não há fila para ver: o que se compara é o custo de cada modelo. Os tempos de cada cliente estão em dados.csv."
      : `A lei: com T = ${atraso_ms} ms e N clientes ao mesmo tempo, o servidor sequencial termina em N·T e o de threads em T.`;
  return [Bun.wrapAnsi(frase, LARGURA)];
}

/** A tabela, a lei ao lado da medida e as linhas do tempo de um número de clientes. */
function doNumero(dados: Dados, clientes: number, resumos: Resumo[]): string[] {
  const colunas = colunasDaEspera(resumos);
  const modelos = new Map(dados.servidores.map(({ nome, modelo }) => [nome, modelo]));
  const confrontos = resumos.flatMap(
    (resumo) => confrontar(resumo, modelos.get(resumo.servidor) ?? "desconhecido") ?? [],
  );
  return [
    quantos(clientes, "cliente"),
    tabela(
      ["servidor", ...colunas.map(({ nome }) => nome)],
      resumos.map((resumo) => [
        resumo.servidor,
        ...colunas.map(({ valor }) => valor(resumo)),
      ]),
    ),
    ...(confrontos.length > 0 ? [confrontos.join("\n")] : []),
    ...(resumos[0]?.atraso_ms === 0 ? [] : linhasDoTempo(dados, resumos)),
  ];
}

/** A rodada típica de cada servidor, todas na mesma escala. */
function linhasDoTempo({ rodadas }: Dados, resumos: Resumo[]): string[] {
  const tipicas = resumos.flatMap((resumo) => rodadaTipica(rodadas, resumo) ?? []);
  const fim_ms = Math.max(...tipicas.map(({ makespan_ms }) => makespan_ms ?? 0));
  const largura = Math.min(process.stdout.columns || LARGURA, LARGURA);
  return tipicas.map((rodada) => {
    const linhas = linhaDoTempoEmTexto(rodada, fim_ms, largura);
    const chave = linhas.some((linha) => linha.includes("█")) ? "  █ sendo atendido" : "";
    return [
      `${rodada.servidor} (rodada ${rodada.rodada}, a de duração mediana):  · esperando${chave}`,
      ...linhas,
    ].join("\n");
  });
}
