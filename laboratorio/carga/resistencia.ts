/**
 * A prova de resistência: muitos minutos de carga, com parte dos clientes se comportando
 * mal, e o servidor tem de continuar servindo os outros sem crescer.
 *
 * Antes de tudo, um instante com mais clientes ao mesmo tempo do que haverá depois: quem guarda
 * as suas threads para reaproveitá-las cria logo todas as de que vai precisar.
 *
 * Então, duas etapas. A primeira, de um quinto do tempo, leva o servidor ao seu tamanho normal;
 * todos os clientes saem e se anota o que ele ocupa em repouso. Na segunda, com a mesma carga,
 * a memória tem de ficar estável; e, depois que todos saem outra vez, não pode sobrar thread
 * nem descritor que não existisse no primeiro repouso.
 */
import { mediana } from "../relatorio/estatistica.ts";
import { quantos, tamanho } from "../relatorio/formato.ts";
import type { ServidorEmTeste } from "../servidores/servidor_em_teste.ts";
import type { Gerador, PedidoCurto } from "./controle.ts";
import { recursosDoGrupo } from "./recursos.ts";
import { quantosErros, somar } from "./resumo.ts";
import type { Descoberta } from "./sonda.ts";
import type { Medicao, Recursos } from "./tipos.ts";

/** Um instante da prova, em ms desde o começo dela. */
export interface Instante extends Recursos {
  instante_ms: number;
}

/** O que se vai anotando de um servidor: fica, ainda que a prova não chegue ao fim. */
export interface Andamento {
  servidor: string;
  /** Um instante por segundo; vazio onde o sistema não informa. */
  instantes: Instante[];
}

/** O que aconteceu com um servidor. */
export interface Resistencia extends Andamento {
  duracao_ms: number;
  clientes: number;
  /** As duas etapas e a conferência final, somadas. */
  erros: Record<string, number>;
  conversas: Record<string, number>;
  /** A medição da segunda etapa. */
  medicao: Medicao;
  /** Em repouso, depois da primeira e da segunda etapa. */
  repousoInicial: Recursos | null;
  repousoFinal: Recursos | null;
}

/** Uma exigência da prova; `passou` é null quando o sistema não deixa medir. */
export interface Exigencia {
  nome: string;
  passou: boolean | null;
  /** O que se viu. */
  visto: string;
}

/** De quanto em quanto tempo se anotam os recursos, em ms; mais vezes em uma prova curta. */
const INSTANTE_MS = 1_000;
/** Quanto esperar que o servidor volte ao repouso, em ms; menos em uma prova curta. */
const REPOUSO_MS = 5_000;
/** Em repouso, quanto tempo ele tem de ficar sem mudar, em ms. */
const CALMA_MS = 500;
/** Mensagens de todo tamanho, do menor ao que não cabe de uma vez, em bytes. */
const TAMANHOS = [1, 64, 1024, 4096, 65_536];
const MENSAGENS_POR_CONEXAO = 100;
/** Menos de mil conexões por segundo: por muitos minutos, mais esgotaria o próprio sistema. */
const PAUSA_MS = 100;

/** Quantos clientes a mais, por quanto tempo e quantas vezes, para o servidor criar suas threads. */
const A_MAIS = 100;
const ENCHENTE_MS = 300;
const ENCHENTES = 5;

/** Quanto a memória pode variar sem deixar de ser estável: o maior dos dois. */
const FOLGA = 0.05;
const FOLGA_BYTES = 8 * 1024 * 1024;
/** Threads do próprio Bun ou Python que vão e vêm sozinhas. */
const FOLGA_DE_THREADS = 4;

/**
 * Submete o servidor à prova durante `duracao_ms`.
 *
 * @param andamento onde os instantes são anotados, à medida que passam.
 * @param aoAvancar chamado a cada instante, com o tempo passado em ms.
 */
export async function provar(
  gerador: Gerador,
  servidor: ServidorEmTeste,
  descoberta: Descoberta,
  { clientes, duracao_ms }: { clientes: number; duracao_ms: number },
  andamento: Andamento,
  aoAvancar: (passado_ms: number) => void,
): Promise<Resistencia> {
  const comum = { ...descoberta, porta: servidor.porta, clientes };
  const pedido = {
    ...comum,
    tamanhos_bytes: TAMANHOS,
    mensagensPorConexao: MENSAGENS_POR_CONEXAO,
    pausa_ms: PAUSA_MS,
    comFalhas: true,
    medicao_ms: duracao_ms / 5,
  };
  const inicio = performance.now();
  const { instantes } = andamento;
  const relogio = setInterval(
    () => {
      const instante_ms = performance.now() - inicio;
      const recursos = recursosDoGrupo(servidor.pid);
      if (recursos) instantes.push({ instante_ms, ...recursos });
      aoAvancar(instante_ms);
    },
    Math.min(INSTANTE_MS, duracao_ms / 100),
  );

  try {
    await encher(gerador, servidor, comum, duracao_ms);
    const primeira = await gerador.medir(pedido);
    const prazo_ms = Math.min(REPOUSO_MS, duracao_ms / 2);
    const repousoInicial = await repouso(servidor, prazo_ms, null);
    const segunda = await gerador.medir({ ...pedido, medicao_ms: (duracao_ms * 4) / 5 });
    const repousoFinal = await repouso(servidor, prazo_ms, repousoInicial);
    // Depois de tudo, um cliente comum ainda é bem servido?
    const ultima = await gerador.medir({
      ...pedido,
      clientes: 1,
      comFalhas: false,
      medicao_ms: 100,
    });
    const etapas = [primeira, segunda, ultima];
    return {
      ...andamento,
      duracao_ms,
      clientes,
      erros: somar(etapas.map(({ erros }) => erros)),
      conversas: somar(etapas.map(({ conversas }) => conversas)),
      medicao: segunda,
      repousoInicial,
      repousoFinal,
    };
  } finally {
    clearInterval(relogio);
  }
}

/**
 * Mais clientes do que a prova tem, todos conectados ao mesmo tempo, até o servidor parar de
 * crescer: quem acaba de sair ainda pode ocupar uma thread quando o seguinte chega. São mais do
 * que o usuário pediu, e por isso o que falhar aqui não conta.
 */
async function encher(
  gerador: Gerador,
  { pid }: ServidorEmTeste,
  comum: Omit<PedidoCurto, "medicao_ms">,
  duracao_ms: number,
): Promise<void> {
  const clientes = comum.clientes + Math.min(comum.clientes, A_MAIS);
  const medicao_ms = Math.min(ENCHENTE_MS, duracao_ms / 10);
  for (let vez = 0, antes = 0; vez < ENCHENTES; vez++) {
    const { respostas } = await gerador.medir({ ...comum, clientes, medicao_ms });
    const { threads = 0, descritores = 0 } = recursosDoGrupo(pid) ?? {};
    if (respostas === 0 || threads + descritores <= antes) return;
    antes = threads + descritores;
  }
}

/** O que se exige de quem passou pela prova, e se ele cumpriu. */
export function exigencias(resistencia: Resistencia): Exigencia[] {
  const { erros, medicao, repousoInicial: antes, repousoFinal: depois } = resistencia;
  const total = quantosErros(erros);
  return [
    {
      nome: "nenhuma resposta perdida ou errada",
      passou: total === 0 && medicao.respostas > 0,
      visto: `${quantos(total, "erro")} em ${quantos(medicao.respostas, "resposta")}`,
    },
    memoriaEstavel(resistencia),
    comparar("nenhuma thread a mais", antes?.threads, depois?.threads, FOLGA_DE_THREADS),
    comparar("nenhum descritor a mais", antes?.descritores, depois?.descritores, 0),
  ];
}

/** Compara a memória do começo da segunda etapa com a do fim: um quinto do tempo cada. */
function memoriaEstavel({ instantes, duracao_ms }: Resistencia): Exigencia {
  const nome = "memória estável depois do primeiro quinto do tempo";
  const quinto = duracao_ms / 5;
  const memoria = (de: number, ate: number) =>
    instantes
      .filter(({ instante_ms }) => instante_ms >= de && instante_ms < ate)
      .map(({ memoria_bytes }) => memoria_bytes);
  const comeco = memoria(quinto, 2 * quinto);
  const fim = memoria(4 * quinto, Infinity);
  if (comeco.length === 0 || fim.length === 0) return naoDisponivel(nome);
  const antes = mediana(comeco);
  const depois = mediana(fim);
  return {
    nome,
    passou: depois - antes <= Math.max(antes * FOLGA, FOLGA_BYTES),
    visto: `${tamanho(antes)} no segundo quinto, ${tamanho(depois)} no último`,
  };
}

function comparar(
  nome: string,
  antes: number | undefined,
  depois: number | undefined,
  folga: number,
): Exigencia {
  if (antes === undefined || depois === undefined) return naoDisponivel(nome);
  const visto = `em repouso, ${antes} antes e ${depois} depois`;
  return { nome, passou: depois - antes <= folga, visto };
}

function naoDisponivel(nome: string): Exigencia {
  return { nome, passou: null, visto: "não disponível neste sistema" };
}

/**
 * Espera que o servidor, já sem clientes, pare de mudar e volte ao que era em `antes`.
 *
 * @returns o que ele ocupa em repouso, ou ao fim do prazo; null se o sistema não informa.
 */
async function repouso(
  servidor: ServidorEmTeste,
  prazo_ms: number,
  antes: Recursos | null,
): Promise<Recursos | null> {
  const limite = performance.now() + prazo_ms;
  let agora = recursosDoGrupo(servidor.pid);
  while (agora && performance.now() < limite) {
    await Bun.sleep(CALMA_MS);
    const seguinte = recursosDoGrupo(servidor.pid);
    const parado =
      seguinte?.threads === agora.threads && seguinte.descritores === agora.descritores;
    const voltou =
      !antes ||
      (agora.threads <= antes.threads && agora.descritores <= antes.descritores);
    agora = seguinte;
    if (parado && voltou) break;
  }
  return agora;
}
