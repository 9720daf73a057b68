/**
 * Mede quanto um ou mais servidores aguentam, lado a lado; com `--duracao`, submete-os a uma
 * prova de resistência. Um servidor é um comando que abre uma porta, em qualquer linguagem.
 *
 *   bun run laboratorio/carga.ts --ajuda
 */
import { descreverCaso } from "./carga/casos.ts";
import { Gerador } from "./carga/controle.ts";
import { medirPasso } from "./carga/medicao.ts";
import { lerOpcoes, type OpcoesDaCarga } from "./carga/opcoes.ts";
import { planilhaDasAmostras, planilhaDosInstantes } from "./carga/planilha.ts";
import { relatarResistencia, relatarVelocidade } from "./carga/relatorio.ts";
import {
  type Andamento,
  exigencias,
  provar,
  type Resistencia,
} from "./carga/resistencia.ts";
import { respondeuSemErros } from "./carga/resumo.ts";
import {
  conhecer,
  type Conhecido,
  familias,
  planejar,
  referencia,
} from "./carga/rodadas.ts";
import type { Cabecalho, DadosDaCarga } from "./carga/tipos.ts";
import { executarComando } from "./comando/executar.ts";
import { aoInterromper } from "./comando/interrupcao.ts";
import { acompanhar } from "./comando/terminal.ts";
import { descreverAmbiente } from "./relatorio/ambiente.ts";
import {
  emArquivos,
  emArquivosDeDados,
  entregar,
  prepararPasta,
} from "./relatorio/arquivos.ts";
import type { Documento } from "./relatorio/documento.ts";
import { numero } from "./relatorio/formato.ts";
import { emTexto } from "./relatorio/texto.ts";
import { Elenco } from "./servidores/elenco.ts";

/** O que os passos compartilham. */
interface Bancada {
  opcoes: OpcoesDaCarga;
  servidores: Conhecido[];
  elenco: Elenco;
  gerador: Gerador;
  interrupcao: AbortSignal;
}

/**
 * Os passos: descobrir o que cada servidor faz, medir, e mostrar o que se mediu.
 *
 * @returns 0 se tudo saiu certo, 1 se faltaram respostas, se houve erradas ou se alguma
 * exigência não foi cumprida, 2 se algum arquivo não pôde ser escrito.
 */
async function principal(): Promise<number> {
  const opcoes = lerOpcoes();
  const interrupcao = aoInterromper();
  prepararPasta(opcoes.saida);
  await using elenco = new Elenco(interrupcao, true);
  await using gerador = new Gerador(interrupcao);
  const servidores = await conhecer(elenco, opcoes.servidores, opcoes.tipo);
  const bancada = { opcoes, servidores, elenco, gerador, interrupcao };
  if (opcoes.resistencia_ms === null) return await medirVelocidade(bancada);
  return await provarResistencia(bancada, opcoes.resistencia_ms);
}

/** A velocidade: todos os servidores em todos os casos, em várias rodadas. */
async function medirVelocidade(bancada: Bancada): Promise<number> {
  const { saida } = bancada.opcoes;
  const dados: DadosDaCarga = { ...cabecalho(bancada), amostras: [], alcance: [] };
  const { amostras } = dados;
  let escrito = true;
  try {
    await fazerRodadas(bancada, dados);
  } finally {
    if (amostras.length > 0)
      escrito = await mostrar(saida, dados, planilhaDasAmostras(amostras), () =>
        relatarVelocidade(dados),
      );
  }
  return codigo(escrito, amostras.every(respondeuSemErros));
}

/** Faz as medições do plano; cada uma entra em `dados` assim que termina. */
async function fazerRodadas(bancada: Bancada, dados: DadosDaCarga): Promise<void> {
  const { opcoes, servidores, elenco, gerador, interrupcao } = bancada;
  // Com eles se mede o servidor mais simples possível: é até onde o gerador vai
  const simples = await conhecer(elenco, familias(servidores).map(referencia));
  const plano = planejar([...servidores, ...simples], opcoes.clientes, opcoes.rodadas);
  using progresso = acompanhar(plano.length);
  for (const passo of plano) {
    const { servidor, caso, rodada } = passo;
    progresso.fase(
      `rodada ${rodada} de ${opcoes.rodadas}: ${servidor.pedido.nome}, ${descreverCaso(caso)}`,
    );
    const duracao = opcoes.duracao[caso.familia];
    const amostra = await medirPasso(passo, duracao, elenco, gerador, interrupcao);
    (simples.includes(servidor) ? dados.alcance : dados.amostras).push(amostra);
    progresso.feito(1);
  }
  progresso.fase("pronto");
}

/** A prova de resistência: um servidor de cada vez, por muito tempo. */
async function provarResistencia(bancada: Bancada, duracao_ms: number): Promise<number> {
  const { saida } = bancada.opcoes;
  const comum = cabecalho(bancada);
  const provas: Resistencia[] = [];
  const andamentos: Andamento[] = [];
  let escrito = true;
  try {
    await fazerProvas(bancada, duracao_ms, provas, andamentos);
  } finally {
    const incompletas = andamentos.slice(provas.length);
    const dados = { ...comum, provas, incompletas };
    if (andamentos.length > 0)
      escrito = await mostrar(saida, dados, planilhaDosInstantes(andamentos), () =>
        relatarResistencia(comum, provas, incompletas),
      );
  }
  const cumpridas = provas.flatMap(exigencias).every(({ passou }) => passou !== false);
  return codigo(escrito, cumpridas);
}

/**
 * Submete cada servidor à prova; cada uma entra em `provas` assim que termina, e em
 * `andamentos` desde que começa.
 */
async function fazerProvas(
  { opcoes, servidores, elenco, gerador }: Bancada,
  duracao_ms: number,
  provas: Resistencia[],
  andamentos: Andamento[],
): Promise<void> {
  const [clientes = 100] = opcoes.clientes;
  using progresso = acompanhar(duracao_ms * servidores.length);
  for (const { pedido, descoberta } of servidores) {
    let anotado_ms = 0;
    const aoAvancar = (passado_ms: number) => {
      const ate_ms = Math.min(passado_ms, duracao_ms); // os repousos passam do fim
      progresso.fase(
        `${pedido.nome}: ${numero(ate_ms / 1000)} s de ${numero(duracao_ms / 1000)} s`,
      );
      progresso.feito(ate_ms - anotado_ms);
      anotado_ms = ate_ms;
    };
    aoAvancar(0);
    const andamento: Andamento = { servidor: pedido.nome, instantes: [] };
    andamentos.push(andamento);
    const medida = { clientes, duracao_ms };
    provas.push(
      await elenco.usar(pedido, (servidor) =>
        provar(gerador, servidor, descoberta, medida, andamento, aoAvancar),
      ),
    );
  }
}

/** Entrega o que se mediu, ainda que a medição tenha parado no meio; diz se escreveu tudo. */
async function mostrar(
  saida: string,
  dados: Cabecalho,
  planilha: string,
  relatar: () => Documento,
): Promise<boolean> {
  return await entregar(saida, emArquivosDeDados(dados, planilha), () => {
    const documento = relatar();
    console.log(`${documento.titulo}\n\n${emTexto(documento.secoes)}`);
    return emArquivos(documento);
  });
}

/** O código de saída de uma medição que chegou ao fim. */
function codigo(escrito: boolean, aprovado: boolean): number {
  return !escrito ? 2 : aprovado ? 0 : 1;
}

/** O que todo dados.json diz de como se mediu. */
function cabecalho({ opcoes, servidores }: Bancada): Cabecalho {
  const { rodadas, clientes, duracao, resistencia_ms, tipo, modelos } = opcoes;
  return {
    versao: 1,
    experimento: "carga",
    ambiente: descreverAmbiente(),
    opcoes: { rodadas, clientes, duracao, resistencia_ms, modelos, tipo: tipo ?? null },
    servidores: servidores.map(({ pedido, descoberta }) => ({
      nome: pedido.nome,
      comando: (pedido.partes ?? []).join(" ").replace(process.execPath, "bun"),
      familia: descoberta.familia,
      saudacao: descoberta.saudacao.toString("utf8"),
    })),
  };
}

if (import.meta.main) await executarComando(principal);
