/** O resultado de um experimento no terminal: a lei, as tabelas, as linhas do tempo. */
import { quebrar } from "./argumentos.ts";
import { faixa, ms, quantos, tempoDeAtendimento, vezes } from "./formato.ts";
import { confrontar, ressalvas, rodadaTipica } from "./resumo.ts";
import { linhaDoTempo, tabela } from "./terminal.ts";
import type { Dados, Resumo } from "./tipos.ts";

/** A largura usada quando a saída não é um terminal, e a maior em um terminal largo. */
const LARGURA = 80;

/**
 * O texto do resultado: para cada tempo de atendimento e número de clientes, a tabela dos
 * servidores, a previsão da lei ao lado da medida e a linha do tempo de cada servidor.
 *
 * @example
 * ```ts
 * console.log(mostrar(dados, resumir(dados, 1)));
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
  const notas = ressalvas(dados).map(
    (nota) => `- ${quebrar(nota, LARGURA - 2).join("\n  ")}`,
  );
  return [COMO_LER, ...partes, ["Ressalvas", ...notas].join("\n")].join("\n\n");
}

const COMO_LER = `A espera de um cliente vai do sinal de partida ao primeiro byte da resposta. Nas
tabelas, "mediana" a "máximo" são da espera; "último" é o tempo até o último
cliente ser atendido por completo (o makespan).`;

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
  return tipicas.map((rodada) =>
    [
      `${rodada.servidor} (rodada ${rodada.rodada}):  · esperando  █ sendo atendido`,
      ...linhaDoTempo(rodada, fim_ms, largura),
    ].join("\n"),
  );
}
