/**
 * Mede quanto um ou mais servidores aguentam, lado a lado; com `--duracao`, submete-os a uma
 * prova de resistência. Um servidor é um comando que abre uma porta, em qualquer linguagem.
 *
 *   bun run laboratorio/carga.ts --ajuda
 */
import { descrever } from "./carga/casos.ts";
import { Gerador } from "./carga/controle.ts";
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
  medirPasso,
  planejar,
  referencia,
} from "./carga/rodadas.ts";
import type { Cabecalho, DadosDaCarga } from "./carga/tipos.ts";
import { executarComando } from "./comando/executar.ts";
import { aoInterromper } from "./comando/interrupcao.ts";
import { acompanhar } from "./comando/terminal.ts";
import { descreverAmbiente } from "./relatorio/ambiente.ts";
import {
  type Arquivo,
  emArquivos,
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
  await using gerador = new Gerador();
  const servidores = await conhecer(elenco, opcoes.servidores, opcoes.tipo);
  const bancada = { opcoes, servidores, elenco, gerador, interrupcao };
  if (opcoes.resistencia_ms === null) return await medirVelocidade(bancada);
  return await provarResistencia(bancada, opcoes.resistencia_ms);
}

/** A velocidade: todos os servidores em todos os casos, em várias rodadas. */
async function medirVelocidade(bancada: Bancada): Promise<number> {
  const dados: DadosDaCarga = { ...cabecalho(bancada), amostras: [], alcance: [] };
  const problema = await fazerRodadas(bancada, dados).catch((erro: unknown) => erro);
  const { amostras } = dados;
  return await concluir(bancada, problema, amostras.length > 0, {
    dados,
    planilha: () => planilhaDasAmostras(amostras),
    relatar: () => relatarVelocidade(dados),
    aprovado: amostras.every(respondeuSemErros),
  });
}

/** Faz as medições do plano; cada uma entra em `dados` assim que termina. */
async function fazerRodadas(bancada: Bancada, dados: DadosDaCarga): Promise<void> {
  const { opcoes, servidores, elenco, gerador, interrupcao } = bancada;
  // Com eles se mede o servidor mais simples possível: é até onde o gerador vai
  const simples = await conhecer(elenco, familias(servidores).map(referencia));
  const plano = planejar([...servidores, ...simples], opcoes.clientes, opcoes.rodadas);
  const progresso = acompanhar(plano.length);
  try {
    for (const [feitos, passo] of plano.entries()) {
      const { servidor, caso, rodada } = passo;
      progresso.avancar(
        feitos,
        `rodada ${rodada} de ${opcoes.rodadas}: ${servidor.pedido.nome}, ${descrever(caso)}`,
      );
      const destino = simples.includes(servidor) ? dados.alcance : dados.amostras;
      destino.push(await medirPasso(passo, opcoes.duracao, elenco, gerador, interrupcao));
    }
    progresso.avancar(plano.length, "pronto");
  } finally {
    progresso.encerrar();
  }
}

/** A prova de resistência: um servidor de cada vez, por muito tempo. */
async function provarResistencia(bancada: Bancada, duracao_ms: number): Promise<number> {
  const comum = cabecalho(bancada);
  const provas: Resistencia[] = [];
  const andamentos: Andamento[] = [];
  const problema = await fazerProvas(bancada, duracao_ms, provas, andamentos).catch(
    (erro: unknown) => erro,
  );
  const incompletas = andamentos.slice(provas.length);
  return await concluir(bancada, problema, andamentos.length > 0, {
    dados: { ...comum, provas, incompletas },
    planilha: () => planilhaDosInstantes(andamentos),
    relatar: () => relatarResistencia(comum, provas, incompletas),
    aprovado: provas.flatMap(exigencias).every(({ passou }) => passou !== false),
  });
}

/**
 * Submete cada servidor à prova; cada uma entra em `provas` assim que termina, e em
 * `andamentos` desde que começa.
 */
async function fazerProvas(
  { opcoes, servidores, elenco, gerador, interrupcao }: Bancada,
  duracao_ms: number,
  provas: Resistencia[],
  andamentos: Andamento[],
): Promise<void> {
  const [clientes = 100] = opcoes.clientes;
  const progresso = acompanhar(duracao_ms * servidores.length);
  try {
    for (const { pedido, descoberta } of servidores) {
      const feito_ms = duracao_ms * provas.length;
      const avancar = (passado_ms: number) =>
        progresso.avancar(
          feito_ms + Math.min(passado_ms, duracao_ms),
          `${pedido.nome}: ${numero(passado_ms / 1000)} s de ${numero(duracao_ms / 1000)} s`,
        );
      avancar(0);
      const andamento: Andamento = { servidor: pedido.nome, instantes: [] };
      andamentos.push(andamento);
      provas.push(
        await elenco.usar(pedido, (servidor) =>
          provar(
            gerador,
            servidor,
            descoberta,
            { clientes, duracao_ms },
            andamento,
            avancar,
            interrupcao,
          ),
        ),
      );
    }
  } finally {
    progresso.encerrar();
  }
}

/** O que uma medição deixa. */
interface Resultado {
  /** O conteúdo de dados.json. */
  dados: DadosDaCarga | (Cabecalho & { provas: Resistencia[]; incompletas: Andamento[] });
  planilha(): string;
  relatar(): Documento;
  /** Se tudo o que se mediu saiu certo. */
  aprovado: boolean;
}

/**
 * Entrega o que se mediu, ainda que a medição tenha parado no meio.
 *
 * @returns o código de saída.
 * @throws o problema que a fez parar.
 */
async function concluir(
  { opcoes }: Bancada,
  problema: unknown,
  haResultado: boolean,
  { dados, planilha, relatar, aprovado }: Resultado,
): Promise<number> {
  let escrito = true;
  if (haResultado) {
    const arquivos: Arquivo[] = [
      ["dados.json", `${JSON.stringify(dados, null, 1)}\n`],
      ["dados.csv", planilha()],
    ];
    escrito = await entregar(opcoes.saida, arquivos, () => {
      const documento = relatar();
      console.log(`${documento.titulo}\n\n${emTexto(documento.secoes)}`);
      return emArquivos(documento);
    });
  }
  if (problema !== undefined) throw problema;
  if (!escrito) return 2;
  return aprovado ? 0 : 1;
}

/** O que todo dados.json diz de como se mediu. */
function cabecalho({ opcoes, servidores }: Bancada) {
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
  } as const;
}

if (import.meta.main) await executarComando(principal);
