/** O fim de um servidor e a partida seguinte: a porta ocupada, o Ctrl+C, o reinício. */
import { sinalizar } from "../servidores/processo.ts";
import type { CenaServidor } from "./cena_servidor.ts";
import { ClienteDeTeste } from "./cliente_de_teste.ts";
import { Processo } from "../servidores/processo.ts";
import { SECOES } from "./secoes.ts";
import { ehRastro, visivel } from "./texto.ts";
import { type Checagem, Falha, type Nivel } from "./tipos.ts";

type ChecagemDeServidor = Checagem<CenaServidor>;

/** Quanto um programa pode levar para terminar depois de um Ctrl+C, em ms. */
const PRAZO_PARA_TERMINAR_MS = 3_000;

/**
 * O fim do programa e a partida seguinte.
 *
 * @param nivel o das que só a listagem final do roteiro atende.
 * @param encerraPrimeiro se é o servidor, e não o cliente, que encerra cada conexão.
 */
export function checagensDeFim(
  nivel: Nivel,
  depende: string[],
  encerraPrimeiro: boolean,
): ChecagemDeServidor[] {
  let pendente: ClienteDeTeste | undefined;
  let portaUsada = 0;
  let fim: { codigo: number | null; sinal: string | null; linhas: string[] } | undefined;
  let segundaCopia: { codigo: number | null; linhas: string[] } | undefined;

  return [
    {
      id: "porta_ocupada",
      secao: SECOES.servidorFinal,
      nome: "com a porta ocupada, diz o erro e termina, sem rastro de pilha",
      nivel,
      depende,
      porQue: "quem vê um rastro de pilha não sabe que basta fechar o outro programa",
      async verificar(cena) {
        const { comando } = cena.opcoes;
        const copia = new Processo({
          comando,
          porta: cena.porta,
          ambiente: { PYTHONUTF8: "1" },
        });
        const terminou = await copia.esperarFim(8_000);
        await copia.encerrar();
        segundaCopia = { codigo: copia.codigo, linhas: copia.ultimasLinhas() };
        cena.mostrarLinhasDe(segundaCopia.linhas);
        const esperado = "uma linha com o erro, e o programa termina";
        if (!terminou) {
          throw new Falha(
            esperado,
            "a segunda cópia do programa continuou rodando, com a mesma porta",
            "termine o programa quando não conseguir abrir a porta, e não use SO_REUSEPORT",
          );
        }
        semRastro(segundaCopia.linhas, esperado, "a abertura da porta");
      },
    },
    {
      id: "porta_ocupada_codigo",
      secao: SECOES.servidorFinal,
      nome: "com a porta ocupada, o código de saída indica o erro",
      nivel: "recomendada",
      depende: ["porta_ocupada"],
      semPreparo: true,
      porQue: "um script ou um container só percebe a falha pelo código de saída",
      async verificar(cena) {
        cena.mostrarLinhasDe(segundaCopia?.linhas ?? []);
        if (segundaCopia?.codigo !== 0) return;
        throw new Falha(
          "código de saída diferente de 0",
          "código de saída 0",
          "termine com sys.exit(1) ou process.exit(1) depois de mostrar o erro",
        );
      },
    },
    {
      id: "ctrl_c",
      secao: SECOES.servidorFinal,
      nome: "termina com Ctrl+C",
      prazo_ms: 30_000,
      depende,
      async verificar(cena) {
        // O servidor encerra primeiro, e o cliente não: é assim que a porta fica presa
        if (encerraPrimeiro) pendente = await ClienteDeTeste.conectar(cena.porta);
        await cena.pedir(cena.porta, 5_000);
        portaUsada = cena.porta;
        fim = await apertarCtrlC(cena);
      },
    },
    {
      id: "ctrl_c_em_ordem",
      secao: SECOES.servidorFinal,
      nome: "termina em ordem com Ctrl+C: código de saída 0, sem rastro de pilha",
      nivel,
      depende: ["ctrl_c"],
      semPreparo: true,
      porQue: "parar o servidor é uso normal, e não um erro a mostrar",
      async verificar(cena) {
        const { codigo = null, sinal = null, linhas = [] } = fim ?? {};
        cena.mostrarLinhasDe(linhas);
        const esperado = "código de saída 0, sem rastro de pilha";
        semRastro(linhas, esperado, "o Ctrl+C (KeyboardInterrupt ou SIGINT)");
        if (codigo === 0) return;
        throw new Falha(
          esperado,
          codigo === null ? `encerrado pelo sinal ${sinal}` : `código de saída ${codigo}`,
          "trate o Ctrl+C e termine com o código 0",
        );
      },
    },
    {
      id: "reinicia",
      secao: SECOES.create,
      nome: "reinicia na mesma porta logo depois de parar",
      nivel,
      depende: ["ctrl_c"],
      semPreparo: encerraPrimeiro,
      porQue:
        "sem SO_REUSEADDR, o sistema só devolve a porta um minuto depois da última conexão",
      async verificar(cena) {
        if (!encerraPrimeiro) {
          pendente = await ClienteDeTeste.conectar(cena.porta);
          await cena.conversar(pendente, 5_000);
          portaUsada = cena.porta;
          await pararComClienteConectado(cena);
        }
        try {
          await cena.iniciarOutro(portaUsada);
          await cena.pedir(portaUsada, 5_000);
        } catch (erro) {
          if (!(erro instanceof Falha)) throw erro;
          throw new Falha(
            "a mesma porta aberta de novo, e um cliente atendido",
            erro.recebido,
            "ligue SO_REUSEADDR antes do bind (o create_server do Python já liga) e não " +
              "deixe um processo filho com a porta aberta",
          );
        } finally {
          pendente?.interromper(); // não deixa a porta presa por causa desta checagem
        }
      },
    },
    ...(encerraPrimeiro ? [] : [CTRL_C_COM_CLIENTE]),
  ];
}

const CTRL_C_COM_CLIENTE: ChecagemDeServidor = {
  id: "ctrl_c_com_cliente",
  secao: SECOES.servidorFinal,
  nome: "termina com Ctrl+C mesmo com um cliente conectado",
  nivel: "recomendada",
  prazo_ms: 30_000,
  depende: ["ctrl_c"],
  porQue:
    "uma thread comum segura o programa até o último cliente sair; com daemon=True, não",
  async verificar(cena) {
    await cena.conversar(await cena.conectar(), 5_000);
    await apertarCtrlC(cena);
  },
};

/** Ctrl+C e, se um cliente conectado segurar o programa, à força; um filho fica com ele. */
async function pararComClienteConectado({ servidor }: CenaServidor): Promise<void> {
  sinalizar(servidor.pid, "SIGINT");
  await servidor.esperarFim(500);
  if (servidor.vivo) process.kill(servidor.pid, "SIGKILL");
  await servidor.fim;
}

/** @throws {Falha} o programa não terminou. */
async function apertarCtrlC({ servidor }: CenaServidor) {
  const inicio_ms = performance.now();
  sinalizar(servidor.pid, "SIGINT");
  if (!(await servidor.esperarFim(PRAZO_PARA_TERMINAR_MS))) {
    throw new Falha(
      `o programa termina em até ${PRAZO_PARA_TERMINAR_MS / 1000} s`,
      "o programa continuou rodando",
      "não ignore o Ctrl+C (SIGINT) nem espere os clientes saírem",
    );
  }
  await servidor.encerrar("SIGKILL"); // lê o que falta da saída
  const { codigo, sinal } = servidor;
  const depois = servidor.linhas.filter(({ chegada_ms }) => chegada_ms >= inicio_ms);
  const linhas = depois.map(({ texto }) => texto).filter((linha) => linha.trim() !== "");
  return { codigo, sinal, linhas };
}

function semRastro(linhas: string[], esperado: string, oQueTratar: string): void {
  const rastro = linhas.find(ehRastro);
  if (rastro === undefined) return;
  throw new Falha(
    esperado,
    `um rastro de pilha: “${visivel(rastro.trim(), 60)}”`,
    `trate ${oQueTratar} e mostre uma linha que diga o que aconteceu`,
  );
}
