/**
 * O cabeçalho de cada listagem promete comandos e o que eles mostram. Aqui eles são lidos
 * dele, executados em terminais de verdade, e o que mostram é comparado, linha por linha.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { LISTAGENS, Programa, SERVIDORES } from "./apoio.ts";

setDefaultTimeout(30_000);

const ARQUIVOS = [...SERVIDORES, "cliente.ts", "cliente_final.ts", "threads_demo.ts"];
const PERGUNTA = "para fechar): ";

/** O que um cabeçalho promete: os comandos, um por terminal, e as linhas esperadas. */
interface Promessa {
  comandos: string[];
  linhas: string[];
}

async function lerCabecalho(arquivo: string): Promise<Promessa> {
  const texto = await Bun.file(join(LISTAGENS, arquivo)).text();
  const cabecalho = texto.match(/^\/\*\*\n(.*?)\n \*\/\n/s)?.[1] ?? "";
  // Comandos e transcrição estão recuados três espaços; o texto corrido, um só
  const recuadas = cabecalho
    .split("\n")
    .filter((linha) => linha.startsWith(" *   "))
    .map((linha) => linha.slice(5));
  const comandos = recuadas.flatMap((l) => l.match(/^Terminal \d: (.+)$/)?.[1] ?? []);
  return { comandos, linhas: recuadas.slice(comandos.length) };
}

/** Executa um comando do cabeçalho em um terminal, como quem o digitou. */
function digitado(comando: string, porta: number): Programa {
  const [programa, ...argumentos] = comando.split(" ");
  expect(programa).toBe("bun");
  return new Programa([process.execPath, ...argumentos], {
    ambiente: { PORT: `${porta}` },
    terminal: true,
  });
}

/** As linhas que um terminal mostra, com as portas trocadas por PORTA. */
function linhasDoTerminal(saida: string): string[] {
  const semComandos = saida.replace(/\x1b\[[?\d;]*[A-Za-z]/g, "").replaceAll("\r", "");
  return semComandos.trimEnd().split("\n").map(semPorta);
}

function semPorta(linha: string): string {
  return linha.replace(/(\d\.\d+:|porta )\d+/g, "$1PORTA");
}

test.each(ARQUIVOS)(
  "%s: os comandos do cabeçalho mostram o que ele diz",
  async (arquivo) => {
    const { comandos, linhas } = await lerCabecalho(arquivo);
    expect(comandos.length).toBe(arquivo === "threads_demo.ts" ? 1 : 2);
    expect(comandos.filter((comando) => comando === `bun run ${arquivo}`)).toHaveLength(
      1,
    );
    expect(linhas.length).toBeGreaterThan(0);

    const [primeiro = "", segundo] = comandos;
    await using terminal1 = digitado(primeiro, 0);
    if (segundo === undefined) {
      const { saida, codigo } = await terminal1.fim();
      expect(codigo).toBe(0);
      expect(linhasDoTerminal(saida)).toEqual(linhas);
      return;
    }

    await terminal1.esperar("\n");
    const porta = Number(terminal1.saida.match(/(\d+)(\.\.\.)?\r?\n/)?.[1]);
    await using terminal2 = digitado(segundo, porta);
    if (segundo.includes("cliente_final.ts")) {
      await terminal2.esperar(PERGUNTA);
      terminal2.digitar(`${oQueDigitar(linhas)}\r`);
    }
    expect((await terminal2.fim()).codigo).toBe(0);

    const ehDoServidor = primeiro.endsWith(arquivo);
    const terminal = ehDoServidor ? terminal1 : terminal2;
    const ultima = semPorta(linhas.at(-1) ?? "");
    if (ehDoServidor)
      await terminal.esperar(new RegExp(RegExp.escape(ultima).replace("PORTA", "\\d+")));
    expect(linhasDoTerminal(terminal.saida)).toEqual(linhas.map(semPorta));
  },
);

/** A mensagem que o usuário digitou na conversa do cabeçalho. */
function oQueDigitar(linhas: string[]): string {
  const conversa = linhas.join("\n");
  const digitada = conversa.match(/para fechar\): (.+)|Mensagem de [^ ]+: (.+)/);
  const mensagem = digitada?.[1] ?? digitada?.[2];
  if (mensagem === undefined) throw new Error(`não há mensagem em:\n${conversa}`);
  return mensagem;
}
