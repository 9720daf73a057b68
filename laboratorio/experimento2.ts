/**
 * Tutorial, Experimento 2: o servidor nativo e em um container, com os mesmos clientes,
 * medido e desenhado.
 *
 *   bun run laboratorio/experimento2.ts --ajuda
 */
import { executarComando } from "./comando/executar.ts";
import { aoInterromper } from "./comando/interrupcao.ts";
import { escolha, lerComando, type Lido, opcional } from "./comando/opcoes.ts";
import { acompanhar, type Progresso } from "./comando/terminal.ts";
import { testarAcessos } from "./container/acesso.ts";
import {
  compararRodadas,
  type Iniciar,
  iniciarTodos,
  medirCiclos,
  medirVazoes,
} from "./container/comparacao.ts";
import { iniciarEmContainer, iniciarNativo } from "./container/lugares.ts";
import { Motor, MOTORES } from "./container/motor.ts";
import { secoesDoContainer } from "./container/relato.ts";
import type { DadosDoContainer } from "./container/tipos.ts";
import { opcoesDasRodadas } from "./espera/opcoes.ts";
import { arquivosDosDados } from "./espera/planilha.ts";
import { mostrar } from "./espera/quadro.ts";
import { relatarEspera } from "./espera/relatorio.ts";
import { resumirEspera } from "./espera/resumo.ts";
import { esforcoDo, faseDo } from "./espera/rodadas.ts";
import { descreverAmbiente } from "./relatorio/ambiente.ts";
import { emArquivos, entregar, prepararPasta } from "./relatorio/arquivos.ts";
import { emTexto } from "./relatorio/texto.ts";
import { PROJETO } from "./servidores/pedidos.ts";

const SCRIPTS = ["servidor_thread.ts", "servidor_sequencial.ts"] as const;
const modeloDe = (script: string) =>
  script === "servidor_thread.ts" ? "concorrente" : "sequencial";

const COMANDO = {
  uso: "bun run laboratorio/experimento2.ts",
  descricao:
    "Constrói a imagem do Dockerfile, executa o servidor em um container, testa o acesso de fora, de dentro e de outro container, e compara o servidor nativo com o do container. No fim, ou com Ctrl+C, remove tudo o que criou.",
  opcoes: {
    motor: opcional(
      escolha(MOTORES, {
        valor: "nome",
        descricao: `${MOTORES.join(" ou ")}; sem isto, o primeiro que responder`,
      }),
    ),
    script: escolha(SCRIPTS, {
      valor: "nome",
      descricao: `o servidor, ${SCRIPTS.join(" ou ")}`,
      padrao: "servidor_thread.ts",
    }),
    ...opcoesDasRodadas("resultados/experimento2", 2),
  },
  exemplos: [
    "bun run laboratorio/experimento2.ts",
    "bun run laboratorio/experimento2.ts --rapido --motor podman",
    "bun run laboratorio/experimento2.ts --script servidor_sequencial.ts --clientes 1,10",
  ],
};

type Opcoes = Lido<typeof COMANDO.opcoes>["opcoes"];

/** Quantas partidas e paradas, e quantas medidas de conexões por segundo, de `vazao_ms`. */
const REPETICOES = { ciclos: 6, vazoes: 3, vazao_ms: 1_000 };
const REPETICOES_RAPIDAS = { ciclos: 2, vazoes: 1, vazao_ms: 500 };
const repeticoes = ({ rapido }: Opcoes) => (rapido ? REPETICOES_RAPIDAS : REPETICOES);

/**
 * Os passos do experimento, na ordem do tutorial.
 *
 * @returns 0, ou 2 se algum arquivo não pôde ser escrito.
 */
async function principal(): Promise<number> {
  const { opcoes } = lerComando(COMANDO);
  const interrupcao = aoInterromper();
  interrupcao.addEventListener("abort", () =>
    console.error("\nParando, e removendo o que foi criado…"),
  );
  await using motor = await Motor.encontrar(opcoes.motor, interrupcao);
  prepararPasta(opcoes.saida);
  const dados = comecar(motor, opcoes);

  let entregue = true;
  try {
    await medir(dados, motor, opcoes, interrupcao);
  } finally {
    // Comparar o desempenho, mesmo que só parte das medidas tenha sido feita.
    if (dados.acessos.length > 0)
      entregue = await entregar(opcoes.saida, arquivosDosDados(dados), () => {
        const resumos = resumirEspera(dados, opcoes.semente);
        const secoes = secoesDoContainer(dados);
        if (resumos.length > 0) console.log(`${mostrar(dados, resumos)}\n`);
        console.log(emTexto(secoes));
        return emArquivos(relatarEspera(dados, resumos, secoes));
      });
  }
  return entregue ? 0 : 2;
}

function comecar({ nome, versao }: Motor, opcoes: Opcoes): DadosDoContainer {
  const { script, clientes, rodadas, atraso, semente, rapido } = opcoes;
  const modelo = modeloDe(script);
  const publicar = `${nome} run -p 8000:8000 servidor-tcp`;
  return {
    versao: 1,
    experimento: "experimento2",
    ambiente: descreverAmbiente(),
    opcoes: { motor: nome, script, clientes, rodadas, atraso, semente, rapido },
    servidores: [
      { nome: "nativo", comando: `bun run ${script}`, modelo },
      { nome: "container", comando: publicar, modelo },
    ],
    rodadas: [],
    motor: { nome, versao },
    construcao_ms: 0,
    imagem_bytes: 0,
    acessos: [],
    ciclos: [],
    vazoes: [],
    processos: [],
  };
}

/** Faz todas as medidas; cada uma entra em `dados` assim que termina. */
async function medir(
  dados: DadosDoContainer,
  motor: Motor,
  opcoes: Opcoes,
  interrupcao: AbortSignal,
): Promise<void> {
  using progresso = acompanhar(esforcoTotal(opcoes));

  // 1 e 2. O Dockerfile já está no projeto: construir a imagem.
  progresso.fase("construindo a imagem");
  const inicio = performance.now();
  const imagem = await motor.construir(PROJETO, opcoes.script);
  dados.construcao_ms = performance.now() - inicio;
  dados.imagem_bytes = Number(await motor.inspecionar(imagem, "{{.Size}}"));
  progresso.feito(ESFORCO.construir);

  // 3. Executar o container do servidor.
  progresso.fase("executando o container");
  const servidor = await iniciarEmContainer(motor, imagem, 0, interrupcao);
  progresso.feito(ESFORCO.iniciar);

  // 4. Testar a acessibilidade do servidor dentro e fora do container.
  progresso.fase("testando o acesso de fora, de dentro e de outro container");
  dados.acessos = await testarAcessos(motor, imagem, servidor, PROJETO, interrupcao);
  await servidor.encerrar();
  progresso.feito(ESFORCO.acessar);

  // 5. Comparar o desempenho do servidor em ambiente nativo e em container.
  await comparar(
    dados,
    [
      (atraso_ms) => iniciarNativo(opcoes.script, PROJETO, atraso_ms, interrupcao),
      (atraso_ms) => iniciarEmContainer(motor, imagem, atraso_ms, interrupcao),
    ],
    opcoes,
    progresso,
    interrupcao,
  );
  progresso.fase("pronto");
}

async function comparar(
  dados: DadosDoContainer,
  lugares: Iniciar[],
  opcoes: Opcoes,
  progresso: Progresso,
  interrupcao: AbortSignal,
): Promise<void> {
  const { clientes, rodadas, atraso, script } = opcoes;
  const { ciclos, vazoes, vazao_ms } = repeticoes(opcoes);
  progresso.fase("iniciando e parando em cada lugar");
  for await (const ciclo of medirCiclos(lugares, ciclos)) {
    dados.ciclos.push(ciclo);
    progresso.feito(ESFORCO.iniciar);
  }

  await using pilha = new AsyncDisposableStack();
  const noAr = await iniciarTodos(lugares, [...new Set([0, ...atraso])], pilha);
  const pedidos = noAr.filter(({ atraso_ms }) => atraso.includes(atraso_ms));
  for await (const rodada of compararRodadas(pedidos, clientes, rodadas, interrupcao)) {
    dados.rodadas.push(rodada);
    progresso.fase(
      rodada.rodada === 0 ? `aquecendo: ${rodada.servidor}` : faseDo(rodada, rodadas),
    );
    if (rodada.rodada > 0) progresso.feito(esforcoDo(rodada, modeloDe(script)));
  }

  progresso.fase("olhando os processos de fora e de dentro");
  const maior_ms = Math.max(...atraso);
  for (const servidor of pedidos.filter(({ atraso_ms }) => atraso_ms === maior_ms))
    dados.processos.push(...(await servidor.verProcessos()));

  progresso.fase("contando conexões por segundo");
  const imediatos = noAr.filter(({ atraso_ms }) => atraso_ms === 0);
  for await (const vazao of medirVazoes(imediatos, vazoes, vazao_ms, interrupcao)) {
    dados.vazoes.push(vazao);
    progresso.feito(1.3 * vazao_ms);
  }
}

/** Quanto costuma demorar cada passo, em ms: é o que faz a barra andar por igual. */
const ESFORCO = { construir: 1_500, iniciar: 500, acessar: 2_500 };

function esforcoTotal(opcoes: Opcoes): number {
  const { script, clientes, rodadas, atraso } = opcoes;
  const { ciclos, vazoes, vazao_ms } = repeticoes(opcoes);
  const umaRodada = atraso
    .flatMap((atraso_ms) =>
      clientes.map((n) => esforcoDo({ clientes: n, atraso_ms }, modeloDe(script))),
    )
    .reduce((soma, esforco) => soma + esforco, 0);
  const { construir, iniciar, acessar } = ESFORCO;
  const emCadaLugar = ciclos * iniciar + rodadas * umaRodada + vazoes * 1.3 * vazao_ms;
  return construir + iniciar + acessar + 2 * emCadaLugar;
}

if (import.meta.main) {
  await executarComando(principal);
  process.exit(); // um motor que não responde não segura o experimento
}
