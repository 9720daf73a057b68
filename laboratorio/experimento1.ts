/**
 * Tutorial, Experimento 1: o servidor sem e com threads, com 1, 2, 5 e 10 clientes ao mesmo
 * tempo, medido e desenhado.
 *
 *   bun run laboratorio/experimento1.ts --ajuda
 */
import { descreverAmbiente } from "./ambiente.ts";
import { type Argumentos, executarComando, lerArgumentos } from "./argumentos.ts";
import { exportar, guardarAnterior, prepararPasta } from "./exportar.ts";
import { quantos } from "./formato.ts";
import { aoInterromper } from "./interrupcao.ts";
import { localizar, medirRodada, type Passo, planejar } from "./medicao.ts";
import { mostrar } from "./quadro.ts";
import { escreverRelatorio } from "./relatorio.ts";
import { prever, resumir } from "./resumo.ts";
import { lerServidores, Servidores, type ServidorPedido } from "./servidores.ts";
import { acompanhar } from "./terminal.ts";
import type { Dados } from "./tipos.ts";

const COMANDO = {
  uso: "bun run laboratorio/experimento1.ts",
  descricao:
    "Inicia cada servidor, dispara 1, 2, 5 e 10 clientes ao mesmo tempo contra ele, mede quanto cada um espera e escreve tabelas, gráficos e um relatório.",
  opcoes: [
    {
      nome: "clientes",
      valor: "lista",
      descricao: "quantos clientes ao mesmo tempo",
      padrao: "1,2,5,10",
    },
    {
      nome: "rodadas",
      valor: "n",
      descricao:
        "quantas vezes repetir tudo; a partir de 6, as tabelas trazem um intervalo de confiança",
      padrao: "10",
    },
    {
      nome: "atraso",
      valor: "lista",
      descricao:
        "tempo de atendimento de cada cliente, em ms; vai para o servidor em ATRASO_MS",
      padrao: "0,100",
    },
    {
      nome: "servidor",
      valor: "nome",
      descricao:
        "um servidor deste projeto (sequencial, thread, eventos ou posix) ou o seu, como nome=comando; a porta vai em PORT e em {porta}, e nome=comando@8000 é para um programa de porta fixa",
      padrao: "sequencial e thread",
      repete: true,
    },
    {
      nome: "alvo",
      valor: "host:porta",
      descricao: "um servidor que já está rodando, nesta ou em outra máquina",
      repete: true,
    },
    {
      nome: "saida",
      valor: "pasta",
      descricao:
        "onde escrever os arquivos; um resultado anterior não se perde: a pasta dele ganha outro nome",
      padrao: "resultados/experimento1",
    },
    {
      nome: "rapido",
      descricao: "um ensaio de poucos segundos: --rodadas 3 --atraso 0,50",
    },
    {
      nome: "semente",
      valor: "n",
      descricao: "a do sorteio dos intervalos de confiança",
      padrao: "1",
    },
  ],
  exemplos: [
    "bun run laboratorio/experimento1.ts",
    "bun run laboratorio/experimento1.ts --clientes 1,50 --servidor thread --servidor eventos",
    'bun run laboratorio/experimento1.ts --servidor "meu=python3 servidor.py@8000"',
    "bun run laboratorio/experimento1.ts --alvo 192.168.0.10:8000",
  ],
};

/** As opções, já com os valores padrão. */
function lerOpcoes(argumentos: Argumentos) {
  const rapido = argumentos.ligada("rapido");
  return {
    servidores: lerServidores(argumentos),
    clientes: argumentos.inteiros("clientes", [1, 2, 5, 10], 1, 1000),
    rodadas: argumentos.inteiro("rodadas", rapido ? 3 : 10, 1, 1000),
    atrasos_ms: argumentos.inteiros("atraso", rapido ? [0, 50] : [0, 100], 0, 60_000),
    semente: argumentos.inteiro("semente", 1, 0, 2 ** 31 - 1),
    saida: argumentos.texto("saida", "resultados/experimento1"),
    rapido,
  };
}

type Opcoes = ReturnType<typeof lerOpcoes>;

/** Os passos do experimento, na ordem do tutorial. */
async function principal(): Promise<void> {
  const opcoes = lerOpcoes(lerArgumentos(COMANDO));
  const interrupcao = aoInterromper();
  prepararPasta(opcoes.saida);
  const dados = comecar(opcoes);

  // 1 a 5. Executar cada servidor e testá-lo com 1, 2, 5 e 10 clientes simultâneos.
  const problema = await medir(dados, opcoes, interrupcao).catch((erro: unknown) => erro);

  // 6. Comparar e discutir as diferenças, mesmo que só parte das rodadas tenha sido feita.
  if (dados.rodadas.some(({ rodada }) => rodada > 0)) {
    const resumos = resumir(dados, opcoes.semente);
    console.log(`${mostrar(dados, resumos)}\n`);
    const anterior = guardarAnterior(opcoes.saida);
    if (anterior) console.log(`O resultado anterior foi guardado em ${anterior}\n`);
    const arquivos = await exportar(dados, opcoes.saida);
    arquivos.push(...(await escreverRelatorio(dados, resumos, opcoes.saida)));
    console.log(`Arquivos:\n${arquivos.map((arquivo) => `  ${arquivo}`).join("\n")}`);
  }
  if (problema !== undefined) throw problema;
}

function comecar({ servidores, ...opcoes }: Opcoes): Dados {
  const { clientes, rodadas, atrasos_ms, semente, rapido } = opcoes;
  return {
    versao: 1,
    experimento: "experimento1",
    ambiente: descreverAmbiente(),
    opcoes: { clientes, rodadas, atraso: atrasos_ms, semente, rapido },
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
  { servidores, clientes, rodadas, atrasos_ms }: Opcoes,
  interrupcao: AbortSignal,
): Promise<void> {
  for (const servidor of servidores) {
    if (servidor.alvo) servidor.alvo = await localizar(servidor.alvo);
  }
  const plano = planejar(
    servidores.map(({ nome, alvo }) => ({
      nome,
      atrasos_ms: alvo ? [null] : atrasos_ms,
    })),
    clientes,
    rodadas,
  );
  const pedidos = new Map(servidores.map((servidor) => [servidor.nome, servidor]));
  const esforco = ({ servidor, atraso_ms, clientes }: Passo) =>
    10 +
    (prever(pedidos.get(servidor)?.modelo ?? "desconhecido", clientes, atraso_ms) ?? 0);
  const progresso = acompanhar(plano.reduce((soma, passo) => soma + esforco(passo), 0));
  let feito = 0;

  await using emExecucao = new Servidores(interrupcao);
  try {
    for (const passo of plano) {
      const pedido = pedidos.get(passo.servidor) as ServidorPedido;
      progresso.avancar(feito, descrever(passo, rodadas));
      const { endereco, novo } = await emExecucao.ligar(pedido, passo.atraso_ms);
      const aquecimento = { ...passo, clientes: Math.max(...clientes), rodada: 0 };
      for (const cada of novo ? [aquecimento, passo] : [passo]) {
        const rodada = await medirRodada(endereco, cada, interrupcao);
        dados.rodadas.push(rodada);
        await emExecucao.conferir(rodada);
      }
      feito += esforco(passo);
    }
    progresso.avancar(feito, "pronto");
  } finally {
    progresso.encerrar();
  }
}

function descrever({ servidor, clientes, rodada }: Passo, rodadas: number): string {
  return `rodada ${rodada} de ${rodadas}: ${servidor}, ${quantos(clientes, "cliente")}`;
}

if (import.meta.main) await executarComando(principal);
