/**
 * Tutorial, Experimento 1: o servidor sem e com threads, com 1, 2, 5 e 10 clientes ao mesmo
 * tempo, medido e desenhado.
 *
 *   bun run laboratorio/experimento1.ts --ajuda
 */
import { executarComando } from "./comando/executar.ts";
import { aoInterromper } from "./comando/interrupcao.ts";
import { lerComando, type Lido, textos } from "./comando/opcoes.ts";
import { acompanhar } from "./comando/terminal.ts";
import { opcoesDasRodadas } from "./espera/opcoes.ts";
import { arquivosDosDados } from "./espera/planilha.ts";
import { type Passo, planejarRodadas } from "./espera/plano.ts";
import { mostrar } from "./espera/quadro.ts";
import { relatarEspera } from "./espera/relatorio.ts";
import { resumirEspera } from "./espera/resumo.ts";
import { esforcoDo, faseDo, medirRodadas, ninguemAtendido } from "./espera/rodadas.ts";
import type { Dados } from "./espera/tipos.ts";
import { descreverAmbiente } from "./relatorio/ambiente.ts";
import { emArquivos, entregar, prepararPasta } from "./relatorio/arquivos.ts";
import { Elenco } from "./servidores/elenco.ts";
import { lerServidores, localizar, type ServidorPedido } from "./servidores/pedidos.ts";

const COMANDO = {
  uso: "bun run laboratorio/experimento1.ts",
  descricao:
    "Inicia cada servidor, dispara 1, 2, 5 e 10 clientes ao mesmo tempo contra ele, mede quanto cada um espera e escreve tabelas, gráficos e um relatório.",
  opcoes: {
    servidor: textos({
      valor: "nome",
      descricao:
        "um servidor deste projeto (sequencial, thread, eventos ou posix) ou o seu, como nome=comando; a porta vai em PORT e em {porta}, e nome=comando@8000 é para um programa de porta fixa; sem isto, sequencial e thread",
    }),
    alvo: textos({
      valor: "host:porta",
      descricao: "um servidor que já está rodando, nesta ou em outra máquina",
    }),
    ...opcoesDasRodadas("resultados/experimento1", 3),
  },
  exemplos: [
    "bun run laboratorio/experimento1.ts",
    "bun run laboratorio/experimento1.ts --clientes 1,50 --servidor thread --servidor eventos",
    'bun run laboratorio/experimento1.ts --servidor "meu=python3 servidor.py@8000"',
    "bun run laboratorio/experimento1.ts --alvo 192.168.0.10:8000",
  ],
};

type Opcoes = Lido<typeof COMANDO.opcoes>["opcoes"];

/**
 * Os passos do experimento, na ordem do tutorial.
 *
 * @returns 0, ou 2 se algum arquivo não pôde ser escrito.
 */
async function principal(): Promise<number> {
  const { opcoes } = lerComando(COMANDO);
  const servidores = lerServidores(opcoes.servidor, opcoes.alvo);
  const interrupcao = aoInterromper();
  prepararPasta(opcoes.saida);
  const dados = comecar(servidores, opcoes);

  let entregue = true;
  try {
    // 1 a 5. Executar cada servidor e testá-lo com 1, 2, 5 e 10 clientes simultâneos.
    await medir(dados, servidores, opcoes, interrupcao);
  } finally {
    // 6. Comparar e discutir as diferenças, mesmo que só parte das rodadas tenha sido feita.
    if (dados.rodadas.some(({ rodada }) => rodada > 0))
      entregue = await entregar(opcoes.saida, arquivosDosDados(dados), () => {
        const resumos = resumirEspera(dados, opcoes.semente);
        console.log(mostrar(dados, resumos));
        return emArquivos(relatarEspera(dados, resumos));
      });
  }
  return entregue ? 0 : 2;
}

function comecar(servidores: ServidorPedido[], opcoes: Opcoes): Dados {
  const { clientes, rodadas, atraso, semente, rapido } = opcoes;
  return {
    versao: 1,
    experimento: "experimento1",
    ambiente: descreverAmbiente(),
    opcoes: { clientes, rodadas, atraso, semente, rapido },
    servidores: servidores.map(({ nome, comando, modelo }) => ({
      nome,
      comando,
      modelo,
    })),
    rodadas: [],
  };
}

/** Faz todas as rodadas do plano; cada uma entra em `dados` assim que termina. */
async function medir(
  dados: Dados,
  servidores: ServidorPedido[],
  { clientes, rodadas, atraso }: Opcoes,
  interrupcao: AbortSignal,
): Promise<void> {
  for (const servidor of servidores) {
    if (servidor.alvo) servidor.alvo = await localizar(servidor.alvo);
  }
  const plano = planejarRodadas(
    servidores.map(({ nome, alvo }) => ({
      nome,
      atrasos_ms: alvo ? [null] : atraso,
    })),
    clientes,
    rodadas,
  );
  const pedidoDo = ({ servidor }: Passo) =>
    servidores.find(({ nome }) => nome === servidor) as ServidorPedido;
  const esforco = (passo: Passo) => esforcoDo(passo, pedidoDo(passo).modelo);
  using progresso = acompanhar(plano.reduce((soma, passo) => soma + esforco(passo), 0));

  await using elenco = new Elenco(interrupcao);
  const ligar = (passo: Passo) => {
    progresso.fase(faseDo(passo, rodadas));
    return elenco.ligar(pedidoDo(passo), passo.atraso_ms);
  };
  for await (const rodada of medirRodadas(plano, ligar, interrupcao)) {
    dados.rodadas.push(rodada);
    if (rodada.rodada > 0) progresso.feito(esforco(rodada));
    if (rodada.atendimentos.some(({ erro }) => erro !== null))
      await elenco.conferir(rodada, ninguemAtendido(rodada));
  }
  progresso.fase("pronto");
}

if (import.meta.main) await executarComando(principal);
