/**
 * O relatório de um experimento: o que foi medido, as tabelas, os gráficos, as ressalvas e as
 * perguntas do roteiro, em HTML para ler e projetar e em Markdown para colar em um trabalho.
 */
import { type Documento, type Secao, umaTabela } from "../relatorio/documento.ts";
import {
  dataHora,
  exato,
  lista,
  ms,
  numero,
  quantos,
  SEM_VALOR,
  tamanho,
  tempoDeAtendimento,
  vezes,
} from "../relatorio/formato.ts";
import type { Modelo } from "../servidores/pedidos.ts";
import { TROCAS } from "../servidores/trocas.ts";
import { colunasDaEspera } from "./colunas.ts";
import { desenhar } from "./graficos.ts";
import { cabeOAtendimento } from "./lei.ts";
import { ressalvasDaEspera } from "./ressalvas.ts";
import { doMaiorAoMenor, porTempo, type Tempo } from "./resumo.ts";
import type { Dados, Resumo } from "./tipos.ts";

/**
 * O relatório de um experimento.
 *
 * @param extras as seções do que só este experimento mede.
 */
export function relatarEspera(
  dados: Dados,
  resumos: Resumo[],
  extras: Secao[] = [],
): Documento {
  const tempos = porTempo(resumos).sort(doMaiorAoMenor);
  return {
    titulo: TITULOS[dados.experimento],
    subtitulo: `Medido em ${dataHora(dados.ambiente.data)}, em ${dados.ambiente.cpu}`,
    resumo: emUmaFrase(tempos, resumos),
    secoes: [
      oQueFoiMedido(dados, tempos, resumos),
      ...(resumos.length > 0
        ? [{ titulo: "O que se vê", graficos: desenhar(dados, resumos) }]
        : []),
      ...tempos.map(medidas),
      ...extras,
      ...cadaModelo(dados),
      comoFoiMedido(dados, resumos),
      { titulo: "Para você responder", perguntas: perguntas(dados, resumos) },
      ambiente(dados),
    ],
  };
}

const TITULOS = {
  experimento1: "Experimento 1: o servidor sem e com threads",
  experimento2: "Experimento 2: o servidor nativo e em container",
};

const MODELOS: Record<Modelo, string> = {
  sequencial: "um cliente de cada vez",
  concorrente: "os clientes ao mesmo tempo",
  desconhecido: "modelo não informado, sem previsão",
};

/** O resultado com mais clientes e o maior tempo de atendimento. */
function emUmaFrase([maior]: Tempo[], resumos: Resumo[]): string {
  const { atraso_ms = null, numeros = [] } = maior ?? {};
  const clientes = Math.max(0, ...numeros.map((um) => um.clientes));
  const semAtraso = naoFazemOAtraso(resumos);
  const [primeiro, ...outros] = numeros
    .flatMap((um) => (um.clientes === clientes ? um.resumos : []))
    .filter(({ servidor }) => !semAtraso.includes(servidor));
  if (!primeiro) return "Nenhuma rodada terminou: não há o que resumir.";
  const tempos = [
    `em ${ms(primeiro.makespan_ms)} ms (${primeiro.servidor})`,
    ...outros.map(
      ({ servidor, makespan_ms }) =>
        `em ${ms(makespan_ms)} ms (${servidor}, ${comparacao(primeiro.makespan_ms / makespan_ms)})`,
    ),
  ];
  return `Com ${quantos(clientes, "cliente")} ao mesmo tempo e ${tempoDeAtendimento(atraso_ms)}, o último é atendido ${lista(tempos)}.`;
}

function comparacao(aceleracao: number): string {
  const razao = Math.max(aceleracao, 1 / aceleracao);
  if (razao < 1.05) return "praticamente igual";
  return `${vezes(razao)} mais ${aceleracao > 1 ? "rápido" : "lento"}`;
}

/** Os servidores que respondem antes do tempo de atendimento pedido: não leem ATRASO_MS. */
function naoFazemOAtraso(resumos: Resumo[]): string[] {
  const apressados = resumos.filter(
    ({ atraso_ms, mediana_ms }) => atraso_ms && !cabeOAtendimento(mediana_ms, atraso_ms),
  );
  return [...new Set(apressados.map(({ servidor }) => servidor))];
}

function oQueFoiMedido(
  { servidores, rodadas }: Dados,
  tempos: Tempo[],
  resumos: Resumo[],
): Secao {
  const numeros = [...new Set(resumos.map((resumo) => resumo.clientes))];
  const repeticoes = Math.max(0, ...rodadas.map((rodada) => rodada.rodada));
  const temPrevisao = resumos.some((resumo) => resumo.previsao_ms !== null);
  return {
    titulo: "O que foi medido",
    paragrafos: [
      `A um mesmo sinal, ${lista(numeros.sort((a, b) => a - b).map((n) => numero(n)))} ${numeros.length === 1 && numeros[0] === 1 ? "cliente se conecta" : "clientes se conectam"} a cada servidor, com ${lista(tempos.map(({ atraso_ms }) => tempoDeAtendimento(atraso_ms)))}, em ${quantos(repeticoes, "rodada")}. A espera de um cliente vai do sinal ao primeiro byte da resposta: ter a conexão aceita ainda não é ser atendido.`,
      ...(temPrevisao
        ? [
            "A lei, antes da medida: com tempo de atendimento T e N clientes ao mesmo tempo, um servidor sequencial atende o último em N·T; com uma thread para cada cliente, em T.",
          ]
        : []),
    ],
    tabelas: [
      umaTabela(
        ["servidor", "comando", "como atende"],
        servidores.map(({ nome, comando, modelo }) => [nome, comando, MODELOS[modelo]]),
        ["texto", "comando", "texto"],
      ),
    ],
  };
}

/** A tabela de um tempo de atendimento, com um grupo para cada número de clientes. */
function medidas({ atraso_ms, numeros }: Tempo): Secao {
  const resumos = numeros.flatMap((numero) => numero.resumos);
  const temPrevisao = resumos.some((resumo) => resumo.previsao_ms !== null);
  const colunas = colunasDaEspera(resumos);
  if (temPrevisao)
    colunas.push({ nome: "confere?", sentido: "se é a prevista", valor: veredito });
  const linha = (resumo: Resumo) => [
    resumo.servidor,
    ...colunas.map(({ valor }) => valor(resumo)),
  ];
  return {
    titulo: `As medidas, com ${tempoDeAtendimento(atraso_ms)}`,
    paragrafos: [
      `Tempos em ms. Mediana, intervalo, p95 e máximo são da espera; “último” é o tempo até o último cliente ser atendido por completo${temPrevisao ? ", que é o que a lei prevê" : ""}; a aceleração compara esse tempo com o do primeiro servidor.${temPrevisao ? ` ${emPalavras(resumos)}` : ""}`,
    ],
    tabelas: [
      {
        cabecalho: ["servidor", ...colunas.map(({ nome }) => nome)],
        grupos: numeros
          .toSorted((a, b) => a.clientes - b.clientes)
          .map(({ clientes, resumos }) => ({
            titulo: quantos(clientes, "cliente"),
            linhas: resumos.map(linha),
          })),
      },
    ],
  };
}

function veredito({ confere, makespan_ms, previsao_ms }: Resumo): string {
  if (confere === null || previsao_ms === null) return SEM_VALOR;
  const desvio = 100 * (makespan_ms / previsao_ms - 1);
  const casas = Math.abs(desvio) < 9.95 ? 1 : 0;
  return `${confere ? "sim" : "não"} (${desvio < 0 ? "" : "+"}${numero(desvio, casas)} %)`;
}

/** Se as medidas conferem com a lei, por extenso. */
function emPalavras(resumos: Resumo[]): string {
  const previstos = resumos.filter((resumo) => resumo.confere !== null);
  const fora = previstos.filter((resumo) => !resumo.confere);
  if (fora.length === 0)
    return previstos.length === 1
      ? "A medida confere com a previsão."
      : `As ${numero(previstos.length)} medidas conferem com a previsão.`;
  const quais = fora.map(
    ({ servidor, clientes }) => `${servidor} com ${quantos(clientes, "cliente")}`,
  );
  return `De ${quantos(previstos.length, "medida")}, ${numero(previstos.length - fora.length)} ${previstos.length - fora.length === 1 ? "confere" : "conferem"} com a previsão; ${fora.length === 1 ? "não confere" : "não conferem"} ${lista(quais)}.`;
}

/** O que troca cada modelo deste projeto, se algum é mais do que os do roteiro. */
function cadaModelo({ servidores }: Dados): Secao[] {
  const nomes = servidores.map(({ nome }) => nome);
  if (!nomes.includes("eventos") && !nomes.includes("posix")) return [];
  const itens = nomes
    .filter((nome) => Object.hasOwn(TROCAS, nome))
    .map((nome) => `${nome}: ${TROCAS[nome]}.`);
  return [{ titulo: "O que cada modelo troca", itens }];
}

/** Como foi medido, e o que pode ter atrapalhado. */
function comoFoiMedido(dados: Dados, resumos: Resumo[]): Secao {
  const medidas = dados.rodadas.filter((rodada) => rodada.rodada > 0);
  const atendimentos = medidas.flatMap((rodada) => rodada.atendimentos);
  const semFalhas = atendimentos.every(({ erro }) => erro === null);
  const poucas = resumos.some((resumo) => resumo.intervalo.tipo === "min-max");
  return {
    titulo: "Como foi medido, e com que ressalvas",
    itens: [
      `Os tempos são do relógio monotônico de quem mede. Um servidor nesta mesma máquina disputa com os clientes ${quantos(dados.ambiente.nucleos, "núcleo")}.`,
      poucas
        ? "São poucas rodadas para um intervalo de confiança: onde diz “mín. a máx.”, são o menor e o maior valor entre as rodadas."
        : "A rodada, e não o cliente, é a amostra: a mediana é a das medianas das rodadas, e o IC 95 % vem da reamostragem (bootstrap) das rodadas.",
      "A rodada de aquecimento fica fora das contas; das outras, nada foi descartado.",
      ...(medidas.length > 0 ? ressalvasDaEspera(dados) : []),
      ...(semFalhas
        ? [`Falhas: nenhuma em ${quantos(atendimentos.length, "atendimento")}.`]
        : []),
      "Os números de cada cliente e de cada rodada estão em dados.csv e dados.json, nesta pasta.",
    ],
  };
}

/** As perguntas do roteiro. */
function perguntas({ experimento }: Dados, resumos: Resumo[]): string[] {
  const numeros = [...new Set(resumos.map((resumo) => resumo.clientes))];
  const comN = numeros
    .sort((a, b) => a - b)
    .map((n) =>
      n === 1
        ? "O que aconteceu com 1 cliente?"
        : `O que aconteceu com ${numero(n)} clientes simultâneos?`,
    );
  if (experimento === "experimento2")
    return [
      "O servidor em container pôde ser acessado de fora e de dentro dele? O que muda de um caminho para o outro?",
      ...comN,
      "O container deixou o servidor mais lento? A diferença é maior do que a variação entre as rodadas?",
      "Como os processos do servidor aparecem vistos de dentro e de fora do container?",
      "Quando vale a pena executar um servidor em container?",
    ];
  return [
    ...comN,
    "Por que o servidor sem threads se comporta assim?",
    "O que mudou no servidor com threads?",
    "Quando as threads ajudam, e quando não ajudam? Compare os atendimentos demorados com os de resposta imediata.",
  ];
}

function ambiente({ ambiente, opcoes }: Dados): Secao {
  const linhas = [
    ["processador", `${ambiente.cpu}, ${quantos(ambiente.nucleos, "núcleo")}`],
    ["memória", tamanho(ambiente.memoria_bytes)],
    ["sistema", ambiente.sistema],
    ["Bun", ambiente.bun],
    ["data", dataHora(ambiente.data)],
    ...Object.entries(opcoes).map(([nome, valor]) => [`opção ${nome}`, daOpcao(valor)]),
  ];
  return {
    titulo: "Ambiente",
    tabelas: [umaTabela(["item", "valor"], linhas, ["texto", "texto"])],
  };
}

function daOpcao(valor: unknown): string {
  const textos = [valor].flat().map((um) => {
    if (typeof um === "boolean") return um ? "sim" : "não";
    return typeof um === "number" ? exato(um) : `${um}`;
  });
  return textos.join("; ");
}
