/** A demonstração de threads: seis linhas, e o tempo da espera mais longa. */
import { CenaCliente } from "./cena_cliente.ts";
import { VE_POR_DENTRO } from "./processos.ts";
import { haPseudoTerminal } from "../servidores/processo.ts";
import type { Processo } from "../servidores/processo.ts";
import { SECOES } from "./secoes.ts";
import { visivel } from "./texto.ts";
import { Falha, NaoExecutado } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";
import { trabalharam, vigiarThreads } from "./vigia_de_threads.ts";
import type { Amostra } from "./vigia_de_threads.ts";

const INICIANDO_1 = "Thread 1: Iniciando.";
const INICIANDO_2 = "Thread 2: Iniciando.";
const AGUARDANDO = "Programa principal: Aguardando as threads finalizarem...";
const FINALIZADA_2 = "Thread 2: Finalizada.";
const FINALIZADA_1 = "Thread 1: Finalizada.";
const TODAS = "Programa principal: Todas as threads foram finalizadas.";
/** As linhas do roteiro, na ordem em que ele as mostra. */
const LINHAS = [INICIANDO_1, INICIANDO_2, AGUARDANDO, FINALIZADA_2, FINALIZADA_1, TODAS];

/** As esperas do roteiro, em ms; a folga é para uma máquina ocupada. */
const ESPERA_1_MS = 2_000;
const ESPERA_2_MS = 1_500;
const FOLGA_MS = 300;

/** Quanto esperar por um programa que deveria levar 2 s, em ms. */
const PRAZO_MS = 8_000;

export function prepararThreads({ comando }: { comando: string[] }) {
  const cena = new CenaCliente({ comando }, SECOES.threads);
  /** Uma execução serve a todas as checagens: cada uma leva 2 s. */
  let programa: Processo | undefined;
  let vigia: Promise<Amostra[]> = Promise.resolve([]);

  /** Tudo o que foi escrito. Duas threads podem cair na mesma linha: vale o texto. */
  const escrito = () => programa?.linhas.map(({ texto }) => texto).join("\n") ?? "";
  const posicao = (linha: string) => escrito().indexOf(linha);

  /** Quando o texto chegou, em ms no relógio monotônico. */
  const chegada = (linha: string): number =>
    programa?.linhas.find(({ texto }) => texto.includes(linha))?.chegada_ms ?? NaN;
  const segundos = (tempo_ms: number) =>
    `${(tempo_ms / 1000).toLocaleString("pt-BR", { maximumFractionDigits: 2 })} s`;

  /** Executa o programa até o fim; diz se ele terminou. */
  async function executar(): Promise<boolean> {
    // Em um terminal, como na aula: em um pipe, o Python mistura linhas de duas threads
    programa = cena.executar({ terminal: haPseudoTerminal() });
    if (VE_POR_DENTRO) vigia = vigiarThreads(programa, PRAZO_MS);
    return await programa.esperarFim(PRAZO_MS);
  }

  /** O que se mede em uma máquina ocupada pode enganar: na dúvida, mede-se de novo. */
  const comOutraChance = (conferir: () => void | Promise<void>) => async () => {
    try {
      await conferir();
    } catch (erro) {
      if (!(erro instanceof Falha)) throw erro;
      await executar();
      await conferir();
    }
  };

  const checagens: Checagem<CenaCliente>[] = [
    {
      id: "termina",
      nome: "termina sozinho, com o código de saída 0",
      async verificar() {
        if (!(await executar())) {
          const recebido = `continuou rodando depois de ${PRAZO_MS / 1000} s`;
          const dica = "depois do join de cada thread, o programa termina";
          throw new Falha("o programa termina", recebido, dica);
        }
        if (programa?.codigo === 0) return;
        const recebido = `código de saída ${programa?.codigo}`;
        throw new Falha("código de saída 0", recebido, "veja o erro nas últimas linhas");
      },
    },
    {
      id: "linhas",
      nome: "escreve as seis linhas do roteiro, cada uma uma vez",
      depende: ["termina"],
      async verificar() {
        for (const linha of LINHAS) {
          const vezes = escrito().split(linha).length - 1;
          if (vezes === 1) continue;
          throw new Falha(
            `uma vez a linha “${linha}”`,
            vezes === 0 ? "a linha não apareceu" : `a linha apareceu ${vezes} vezes`,
            "compare letra por letra com o roteiro; cada thread escreve ao começar e ao acabar",
          );
        }
      },
    },
    {
      id: "espera",
      nome: "cada thread espera o tempo pedido: 2 s e 1,5 s",
      depende: ["linhas"],
      verificar: comOutraChance(() => {
        const medidas = [
          { thread: 1, pedido_ms: ESPERA_1_MS, de: INICIANDO_1, ate: FINALIZADA_1 },
          { thread: 2, pedido_ms: ESPERA_2_MS, de: INICIANDO_2, ate: FINALIZADA_2 },
        ];
        for (const { thread, pedido_ms, de, ate } of medidas) {
          const durou_ms = chegada(ate) - chegada(de);
          if (durou_ms >= pedido_ms - FOLGA_MS) continue;
          throw new Falha(
            `a thread ${thread} leva ${segundos(pedido_ms)} para finalizar`,
            `ela levou ${segundos(durou_ms)}`,
            "a tarefa espera com time.sleep(tempo_espera) entre as duas linhas",
          );
        }
      }),
    },
    {
      id: "paralelo",
      nome: "as duas juntas levam o tempo da mais longa, e não a soma",
      depende: ["linhas"],
      verificar: comOutraChance(() => {
        const inicio_ms = Math.min(chegada(INICIANDO_1), chegada(INICIANDO_2));
        const fim_ms = Math.max(chegada(FINALIZADA_1), chegada(FINALIZADA_2));
        const durou_ms = fim_ms - inicio_ms;
        const meioTermo_ms = ESPERA_1_MS + ESPERA_2_MS / 2;
        if (durou_ms < meioTermo_ms) return;
        throw new Falha(
          `cerca de ${segundos(ESPERA_1_MS)}, a espera mais longa`,
          `${segundos(durou_ms)}: uma thread só começou a esperar depois da outra`,
          "inicie as duas com start() antes de esperar a primeira com join()",
        );
      }),
    },
    {
      id: "threads",
      nome: "as duas esperas são de duas threads, além do programa principal",
      nivel: VE_POR_DENTRO ? "obrigatoria" : "recomendada",
      depende: ["espera", "paralelo"],
      verificar: comOutraChance(async () => {
        if (!VE_POR_DENTRO) {
          throw new NaoExecutado("só no Linux dá para ver as threads de um programa");
        }
        // Enquanto as duas esperam; um instante depois do começo, para não pegá-lo pela metade
        const [de_ms, ate_ms] = [
          Math.max(chegada(INICIANDO_1), chegada(INICIANDO_2)) + 100,
          Math.min(chegada(FINALIZADA_1), chegada(FINALIZADA_2)) - 100,
        ];
        const amostras = await vigia;
        const contagens = amostras
          .filter(({ instante_ms }) => instante_ms > de_ms && instante_ms < ate_ms)
          .map(({ threads }) => threads);
        const threads = Math.max(0, ...contagens);
        const duas = "duas threads além da principal";
        if (threads < 2) {
          throw new Falha(
            `enquanto as duas esperam, o programa tem ${duas}`,
            `o sistema vê ${threads === 0 ? "só a principal" : "uma só"}`,
            "crie cada uma com threading.Thread (ou um Worker) e inicie com start()",
          );
        }
        // Quem escreve trabalhou entre uma amostra bem antes da linha e a primeira depois dela
        const qual = amostras.findIndex((uma) => uma.instante_ms > chegada(FINALIZADA_2));
        const [antes, depois] = [amostras[qual - 2], amostras[qual]];
        if (!antes || !depois || trabalharam(antes, depois)) return;
        throw new Falha(
          `quem espera e escreve “${FINALIZADA_2}” é uma das ${duas}`,
          "nenhuma delas fez nada quando a linha saiu",
          "o print e o time.sleep ficam na função que a thread executa",
        );
      }),
    },
    {
      id: "join",
      nome: "o programa principal espera as duas threads antes de dizer que acabaram",
      depende: ["paralelo"],
      async verificar() {
        const depoisDe = posicao(TODAS);
        const cedo = [FINALIZADA_1, FINALIZADA_2].find(
          (linha) => posicao(linha) > depoisDe,
        );
        if (cedo === undefined) return;
        throw new Falha(
          `“${TODAS}” por último`,
          `“${visivel(cedo)}” veio depois`,
          "chame join() em cada thread antes da última linha",
        );
      },
    },
    {
      id: "inteiras",
      nome: "cada linha sai inteira, mesmo quando duas threads escrevem ao mesmo tempo",
      nivel: "recomendada",
      depende: ["linhas"],
      porQue:
        "a saída é de todas as threads: sem cuidado, uma escreve no meio da linha da outra",
      async verificar() {
        for (const linha of LINHAS) {
          const suja = programa?.linhas.find(
            ({ texto }) => texto.includes(linha) && texto !== linha,
          );
          if (suja === undefined) continue;
          throw new Falha(
            `uma linha só com “${linha}”`,
            `“${visivel(suja.texto)}”`,
            'escreva o texto e o fim da linha de uma vez: print(f"…\\n", end="")',
          );
        }
      },
    },
    {
      id: "ordem",
      nome: "as linhas saem na ordem do roteiro",
      nivel: "recomendada",
      depende: ["join", "espera"],
      porQue:
        "quem acompanha pelo roteiro compara linha a linha; a ordem entre threads varia",
      async verificar() {
        const ordem = LINHAS.toSorted((uma, outra) => posicao(uma) - posicao(outra));
        const troca = ordem.findIndex((linha, lugar) => linha !== LINHAS[lugar]);
        if (troca < 0) return;
        throw new Falha(
          `linha ${troca + 1}: “${LINHAS[troca]}”`,
          `linha ${troca + 1}: “${ordem[troca]}”`,
          "inicie a thread 1, depois a 2, e só então avise que está aguardando",
        );
      },
    },
  ];
  return { cena, checagens };
}
