/** O resultado da carga: o texto do terminal e o relatório em HTML e Markdown. */
import type { Documento, Secao } from "../relatorio/documento.ts";
import { dataHora, numero, quantos, tamanho, vezes } from "../relatorio/formato.ts";
import { CONEXAO_LENTA_MS } from "../servidores/portas.ts";
import { descreverCaso, unidade } from "./casos.ts";
import { FALHAS } from "./falhas.ts";
import { graficoDaMemoria, graficoDaVelocidade } from "./graficos.ts";
import { secaoDosModelos } from "./modelos.ts";
import { type Andamento, exigencias, type Resistencia } from "./resistencia.ts";
import {
  quantosErros,
  respondeuSemErros,
  resumir,
  type ResumoDoCaso,
  velocidade,
} from "./resumo.ts";
import {
  tabelaDaPartida,
  tabelaDaResistencia,
  tabelaDasConversas,
  tabelaDaVelocidade,
  tabelaDoCusto,
  tabelaDoGerador,
} from "./tabelas.ts";
import type { Cabecalho, DadosDaCarga, Familia } from "./tipos.ts";

const NOMES: Record<Familia, string> = {
  saudacao: "Saudações: conectar-se, ler tudo e ver a conexão encerrada",
  eco: "Eco: enviar uma mensagem e receber a mesma de volta",
};

/** O relatório da velocidade. */
export function relatarVelocidade(dados: DadosDaCarga): Documento {
  const { servidores, amostras } = dados;
  const casos = resumir(dados);
  const nomes = servidores.map(({ nome }) => nome);
  const familias = [...new Set(servidores.map(({ familia }) => familia))];
  const rodadas = Math.max(0, ...amostras.map(({ rodada }) => rodada));
  return {
    titulo: "Carga: quanto os servidores aguentam",
    subtitulo: medidoEm(dados),
    resumo: emUmaFrase(casos),
    secoes: [
      {
        titulo: "O que se vê",
        graficos: familias.map((familia) => graficoDaVelocidade(familia, nomes, casos)),
      },
      ...familias.map((familia): Secao => ({
        titulo: NOMES[familia],
        tabelas: [tabelaDaVelocidade(familia, casos), tabelaDoCusto(familia, casos)],
      })),
      ...secaoDosModelos(dados, casos),
      {
        titulo: "Partida: do comando à primeira conexão",
        tabelas: [tabelaDaPartida(dados)],
      },
      {
        titulo: "O gerador de carga",
        paragrafos: [
          "Cada resposta é conferida byte a byte. Contra o servidor mais simples possível, que " +
            "não escreve nem guarda nada, o gerador alcança os números abaixo. Uma medida que " +
            "chegue perto deles, ou em que cada resposta custe mais ao gerador que ao servidor, " +
            "pode ser a dele: ela vem com ≥, que quer dizer pelo menos.",
        ],
        tabelas: [tabelaDoGerador(casos)],
      },
      { titulo: "Ressalvas", itens: ressalvas(dados, casos) },
      comoFoiMedido(dados, [
        `${quantos(rodadas, "rodada")}; em cada uma, todos os servidores, um logo depois do outro. A razão compara cada servidor com o primeiro na mesma rodada. Cada medição usa um processo novo.`,
      ]),
    ],
  };
}

function medidoEm({ ambiente }: Cabecalho): string {
  return `Medido em ${dataHora(ambiente.data)}, em ${ambiente.cpu}`;
}

/** Cada servidor com 10 clientes, o caso do roteiro. */
function emUmaFrase(casos: ResumoDoCaso[]): string {
  const frases = casos
    .filter(({ caso }) => caso.clientes === 10)
    .flatMap(({ caso, resumos }) =>
      resumos.map((resumo, i) =>
        i === 0 || !resumo.razao
          ? `Com ${descreverCaso(caso)}, ${resumo.servidor} chega a ${velocidade(resumo)} ${unidade(caso.familia)}.`
          : `Já ${resumo.servidor} alcança ${vezes(resumo.razao.mediana)} isso.`,
      ),
    );
  return frases.length > 0 ? frases.join(" ") : "Veja as medidas e as ressalvas.";
}

/** O que é preciso saber antes de acreditar nos números. */
export function ressalvas(dados: DadosDaCarga, casos: ResumoDoCaso[]): string[] {
  const todos = casos.flatMap(({ caso, resumos }) =>
    resumos.map((resumo) => ({ ...resumo, caso })),
  );
  const erros = todos.flatMap(({ servidor, caso, erros }) =>
    emFrases(`${servidor}, ${descreverCaso(caso)}`, erros),
  );
  const mudos = todos
    .filter(({ rodadasSemResposta }) => rodadasSemResposta > 0)
    .map(
      ({ servidor, caso, rodadas, rodadasSemResposta }) =>
        `${servidor}, ${descreverCaso(caso)}: nenhuma resposta chegou a tempo em ${rodadasSemResposta} de ${quantos(rodadas, "rodada")}; não há o que comparar aí.`,
    );
  const limitadas = todos
    .filter(({ limitadaPeloGerador }) => limitadaPeloGerador)
    .map(({ servidor, caso }) => `${servidor} com ${descreverCaso(caso)}`);
  const lentas = todos.some(
    ({ caso, maximo_ms }) => caso.familia === "saudacao" && maximo_ms >= CONEXAO_LENTA_MS,
  );
  return [
    ...erros,
    ...mudos,
    ...(dados.amostras.every(respondeuSemErros)
      ? ["Nenhuma resposta se perdeu nem veio errada."]
      : []),
    ...(limitadas.length > 0
      ? [
          `Onde se lê ≥, cada resposta custou mais ao gerador que ao servidor, ou a medida está perto do que o gerador alcança: o servidor pode ser mais rápido do que se vê (${limitadas.join("; ")}).`,
        ]
      : []),
    ...(lentas
      ? [
          "Houve conexões de mais de 900 ms: com a fila de conexões cheia, o sistema só repete o pedido (SYN) depois de um segundo.",
        ]
      : []),
    "Cada cliente só faz um pedido depois de respondido o anterior: mais clientes é mais carga, e a latência com muitos deles é sobretudo espera.",
  ];
}

/** Uma frase para cada motivo de erro. */
function emFrases(quem: string, erros: Record<string, number>): string[] {
  return Object.entries(erros).map(
    ([motivo, n]) => `${quem}: ${quantos(n, "erro")}, ${motivo}.`,
  );
}

/**
 * O relatório da prova de resistência.
 *
 * @param incompletas o que se anotou dos servidores cuja prova não chegou ao fim.
 */
export function relatarResistencia(
  cabecalho: Cabecalho,
  provas: Resistencia[],
  incompletas: Andamento[],
): Documento {
  const cumpriram = provas.filter((prova) =>
    exigencias(prova).every(({ passou }) => passou !== false),
  );
  return {
    titulo: "Resistência: muitos minutos de carga, com clientes que se comportam mal",
    subtitulo: medidoEm(cabecalho),
    resumo: `Servidores que cumpriram todas as exigências: ${cumpriram.length} de ${provas.length}.`,
    secoes: [
      {
        titulo: "As exigências",
        paragrafos: [
          `Em cada 100 clientes ao mesmo tempo, ${FALHAS.interrompe} interrompem a conexão, ${FALHAS["meio-fecha"]} param de enviar antes da resposta, ${FALHAS["nunca lê"]} nunca leem e ${FALHAS.lixo} envia lixo. Dos outros, e dos que só param de enviar, todos os bytes têm de chegar. Depois de um quinto do tempo, todos saem e se anota o que o servidor ocupa em repouso; no fim, outra vez.`,
        ],
        tabelas: [tabelaDaResistencia(provas), tabelaDasConversas(provas)],
      },
      ...(provas.some(({ erros }) => quantosErros(erros) > 0)
        ? [
            {
              titulo: "Os erros",
              itens: provas.flatMap(({ servidor, erros }) => emFrases(servidor, erros)),
            },
          ]
        : []),
      ...(incompletas.length > 0
        ? [{ titulo: "O que não chegou ao fim", itens: incompletas.map(parouNoMeio) }]
        : []),
      {
        titulo: "A memória ao longo do tempo",
        graficos: provas.map(graficoDaMemoria),
      },
      comoFoiMedido(cabecalho, []),
    ],
  };
}

function parouNoMeio({ servidor, instantes }: Andamento): string {
  const fim_s = (instantes.at(-1)?.instante_ms ?? 0) / 1000;
  return `${servidor}: a prova parou aos ${numero(fim_s)} s; o que ele ocupou até ali está em dados.csv.`;
}

function comoFoiMedido({ ambiente, servidores }: Cabecalho, notas: string[]): Secao {
  return {
    titulo: "Como foi medido",
    itens: [
      ...notas,
      ...servidores.map(({ nome, comando }) => `${nome}: ${comando}`),
      `${ambiente.cpu}, ${quantos(ambiente.nucleos, "núcleo")}, ${tamanho(ambiente.memoria_bytes)} de memória, ${ambiente.sistema}, Bun ${ambiente.bun}.`,
    ],
  };
}
