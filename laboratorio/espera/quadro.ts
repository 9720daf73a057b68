/** O resultado de um experimento no terminal: a lei, as tabelas, as linhas do tempo. */
import { quebrar } from "../comando/argumentos.ts";
import { faixa, ms, quantos, tempoDeAtendimento, vezes } from "../relatorio/formato.ts";
import { tabela } from "../relatorio/texto.ts";
import { confrontar } from "./lei.ts";
import { linhaDoTempoEmTexto } from "./linha_do_tempo.ts";
import { ressalvasDaEspera } from "./ressalvas.ts";
import { rodadaTipica } from "./resumo.ts";
import type { Dados, Resumo } from "./tipos.ts";

/** A largura usada quando a saída não é um terminal, e a maior em um terminal largo. */
const LARGURA = 80;

/**
 * O texto do resultado: para cada tempo de atendimento e número de clientes, a tabela dos
 * servidores, a previsão da lei ao lado da medida e a linha do tempo de cada servidor.
 *
 * @example
 * ```ts
 * console.log(mostrar(dados, resumirEspera(dados, 1)));
 * ```
 */
export function mostrar(dados: Dados, resumos: Resumo[]): string {
  const partes = [...new Set(resumos.map(({ atraso_ms }) => atraso_ms))].map(
    (atraso_ms) =>
      doTempo(
        dados,
        resumos.filter((resumo) => resumo.atraso_ms === atraso_ms),
        atraso_ms,
      ),
  );
  const notas = ressalvasDaEspera(dados).map(
    (nota) => `- ${quebrar(nota, LARGURA - 2).join("\n  ")}`,
  );
  return [comoLer(resumos), ...partes, ["Ressalvas", ...notas].join("\n")].join("\n\n");
}

/** O que é cada coluna das tabelas; só as que elas têm. */
function comoLer(resumos: Resumo[]): string {
  const tipos = resumos.map(({ intervalo }) => intervalo.tipo);
  const colunas: [nome: string, sentido: string, aparece?: boolean][] = [
    ["mediana", "a mediana, entre as rodadas, da espera mediana de cada uma"],
    ["IC 95 %", "intervalo de confiança dessa mediana", tipos.includes("ic95")],
    [
      "mín. a máx.",
      "a menor e a maior espera mediana de uma rodada",
      tipos.includes("min-max"),
    ],
    ["p95", "95 % dos clientes de todas as rodadas esperam até isto"],
    ["máximo", "a maior espera entre os clientes de todas as rodadas"],
    ["último", "até o último cliente ser atendido por inteiro (o makespan);"],
    ["", "a mediana entre as rodadas"],
    ["aceleração", 'quantas vezes o "último" do primeiro servidor é o deste'],
    [
      "previsão",
      'o "último" que a lei prevê',
      resumos.some(({ previsao_ms }) => previsao_ms !== null),
    ],
    [
      "falhas",
      "clientes não atendidos, em todas as rodadas",
      resumos.some(({ falhas }) => falhas > 0),
    ],
  ];
  return [
    "A espera de um cliente vai do sinal de partida ao primeiro byte da resposta.",
    "Nas tabelas, sem a rodada de aquecimento:",
    ...colunas
      .filter(([, , aparece = true]) => aparece)
      .map(([nome, sentido]) => `  ${nome.padEnd(13)}${sentido}`),
  ].join("\n");
}

/** Tudo o que foi medido com um tempo de atendimento. */
function doTempo(dados: Dados, resumos: Resumo[], atraso_ms: number | null): string {
  const titulo = `Com ${tempoDeAtendimento(atraso_ms)} (tempos em ms)`;
  const numeros = [...new Set(resumos.map(({ clientes }) => clientes))];
  return [
    `${titulo}\n${"=".repeat(Bun.stringWidth(titulo))}`,
    lei(atraso_ms),
    ...numeros.map((n) =>
      doNumero(
        dados,
        resumos.filter(({ clientes }) => clientes === n),
      ),
    ),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function lei(atraso_ms: number | null): string {
  if (atraso_ms === null) return "";
  if (atraso_ms === 0)
    return "Sem tempo de atendimento não há fila para ver: o que se compara é o custo de\ncada modelo. Os tempos de cada cliente estão em dados.csv.";
  return `A lei: com T = ${atraso_ms} ms e N clientes ao mesmo tempo, o servidor sequencial termina\nem N·T e o de threads em T.`;
}

/** A tabela e as linhas do tempo de um número de clientes. */
function doNumero(dados: Dados, resumos: Resumo[]): string {
  const [primeiro] = resumos;
  if (!primeiro) return "";
  const { clientes, atraso_ms } = primeiro;
  const comIntervalo = primeiro.intervalo.tipo === "ic95";
  const comPrevisao = resumos.some(({ previsao_ms }) => previsao_ms !== null);
  const comFalhas = resumos.some(({ falhas }) => falhas > 0);
  const cabecalho = [
    "servidor",
    "mediana",
    comIntervalo ? "IC 95 %" : "mín. a máx.",
    "p95",
    "máximo",
    "último",
    "aceleração",
    ...(comPrevisao ? ["previsão"] : []),
    ...(comFalhas ? ["falhas"] : []),
  ];
  const linhas = resumos.map((resumo) => [
    resumo.servidor,
    ms(resumo.mediana_ms),
    faixa(resumo.intervalo),
    ms(resumo.p95_ms),
    ms(resumo.maximo_ms),
    ms(resumo.makespan_ms),
    vezes(resumo.aceleracao),
    ...(comPrevisao ? [ms(resumo.previsao_ms)] : []),
    ...(comFalhas ? [`${resumo.falhas}`] : []),
  ]);
  const confrontos = resumos.flatMap((resumo) => {
    const servidor = dados.servidores.find(({ nome }) => nome === resumo.servidor);
    return confrontar(resumo, servidor?.modelo ?? "desconhecido") ?? [];
  });
  return [
    quantos(clientes, "cliente"),
    tabela(cabecalho, linhas),
    ...(confrontos.length > 0 ? [confrontos.join("\n")] : []),
    ...(atraso_ms === 0 ? [] : linhasDoTempo(dados, resumos)),
  ].join("\n\n");
}

/** A rodada típica de cada servidor, todas na mesma escala. */
function linhasDoTempo({ rodadas }: Dados, resumos: Resumo[]): string[] {
  const tipicas = resumos.flatMap(
    ({ servidor, atraso_ms, clientes }) =>
      rodadaTipica(
        rodadas.filter(
          (rodada) =>
            rodada.servidor === servidor &&
            rodada.atraso_ms === atraso_ms &&
            rodada.clientes === clientes,
        ),
      ) ?? [],
  );
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
