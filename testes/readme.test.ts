/**
 * O README não pode envelhecer: cada transcrição (bloco `console`) é executada de verdade,
 * terminal por terminal, e comparada linha a linha; só as portas podem variar.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { descreverCaso } from "../laboratorio/carga/casos.ts";
import { resumir as resumirCarga } from "../laboratorio/carga/resumo.ts";
import { desenhar } from "../laboratorio/espera/graficos.ts";
import { mostrar } from "../laboratorio/espera/quadro.ts";
import { resumirEspera } from "../laboratorio/espera/resumo.ts";
import type { Dados } from "../laboratorio/espera/tipos.ts";
import { comoArquivo } from "../laboratorio/relatorio/desenho.ts";
import { numero, vezes } from "../laboratorio/relatorio/formato.ts";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import { sinalizar } from "../laboratorio/servidores/processo.ts";

setDefaultTimeout(30_000);

const RAIZ = join(import.meta.dir, "..");
/** As páginas e as pastas em que estão, de onde partem os endereços que elas citam. */
const PAGINAS = await Promise.all(
  ["", "laboratorio"].map(async (pasta) => {
    const texto = await Bun.file(join(RAIZ, pasta, "README.md")).text();
    return { pasta, texto };
  }),
);
const readme = PAGINAS.map(({ texto }) => texto).join("\n");

interface Terminal {
  numero: string;
  comando: string;
  linhas: string[];
}

/**
 * Os terminais de um bloco `console`, cada um com o comando e a saída esperada. Uma linha
 * "terminal 1", sem comando, volta ao que esse terminal mostrou depois.
 */
function terminais(bloco: string): Terminal[] {
  const todos: Terminal[] = [];
  let atual: Terminal = { numero: "", comando: "", linhas: [] };
  for (const linha of bloco.trimEnd().split("\n")) {
    const [, numero, comando] = linha.match(/^terminal (\d)(?:\$ (.+))?$/) ?? [];
    if (numero) atual = todos.find((terminal) => terminal.numero === numero) ?? atual;
    if (comando) todos.push((atual = { numero: numero!, comando, linhas: [] }));
    else if (!numero) atual.linhas.push(linha);
  }
  return todos;
}

const semPortas = (texto: string) =>
  texto.replace(/(127\.0\.0\.1|localhost):\d+/g, "$1:N").replace(/porta \d+/g, "porta N");

/** O que se digita: o texto depois de uma pergunta que termina em "fechar): ". */
const digitado = (linhas: string[]) =>
  linhas.flatMap((linha) => linha.match(/fechar\): (.+)$/)?.[1] ?? []);

/** A saída esperada em um cano, em que o que se digita não aparece. */
const esperado = (linhas: string[]) =>
  semPortas(
    linhas
      .filter((linha) => linha !== "^C")
      .join("\n")
      .replace(/(fechar\): ).+\n/g, "$1"),
  );

function iniciar({ comando, linhas }: Terminal, porta: number) {
  const processo = Bun.spawn(comando.split(" "), {
    cwd: RAIZ,
    env: { ...process.env, PORT: `${porta}` },
    stdin: new Blob(digitado(linhas).map((texto) => `${texto}\n`)),
    stdout: "pipe",
    stderr: "inherit",
    detached: true,
  });
  return { processo, leitor: processo.stdout.getReader(), saida: "" };
}

type Rodando = ReturnType<typeof iniciar>;

/** Lê até haver `quantas` linhas, ou até a saída acabar. */
async function lerLinhas(rodando: Rodando, quantas: number): Promise<void> {
  const utf8 = new TextDecoder();
  while (rodando.saida.split("\n").length <= quantas) {
    const { value, done } = await rodando.leitor.read();
    if (done) return;
    rodando.saida += utf8.decode(value, { stream: true });
  }
}

const blocos = [...readme.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, b]) => b!);

test("o README tem uma transcrição para cada listagem", () => {
  const comandos = blocos.flatMap(terminais).map(({ comando }) => comando);
  for (const nome of [
    "threads_demo",
    "servidor_sequencial",
    "servidor_thread",
    "servidor_final",
    "cliente",
    "cliente_final",
  ]) {
    expect(comandos).toContain(`bun run ${nome}.ts`);
  }
});

test.each(blocos.map((bloco) => [bloco.split("\n")[0]!, bloco]))(
  "transcrição do README: %s",
  async (_titulo, bloco) => {
    const [primeiro, ...outros] = terminais(bloco);
    const porta = portaLivre();
    const servidor = iniciar(primeiro!, porta);
    try {
      if (outros.length > 0) await lerLinhas(servidor, 1);
      for (const outro of outros) {
        const cliente = iniciar(outro, porta);
        await lerLinhas(cliente, Infinity);
        expect(semPortas(cliente.saida.trimEnd())).toBe(esperado(outro.linhas));
      }
      const interrupcao = primeiro!.linhas.indexOf("^C");
      if (interrupcao >= 0) {
        await lerLinhas(servidor, interrupcao);
        sinalizar(servidor.processo.pid, "SIGINT");
      }
      await lerLinhas(servidor, Infinity);
      // O terminal mostra o ^C antes da linha em branco que o servidor escreve
      const saida = semPortas(servidor.saida.trimEnd());
      expect(interrupcao >= 0 ? saida.replace("\n\n", "\n") : saida).toBe(
        esperado(primeiro!.linhas),
      );
    } finally {
      sinalizar(servidor.processo.pid, "SIGKILL");
    }
  },
);

const comComando = [...readme.matchAll(/^```text\n\$ (.+)\n([\s\S]*?)^```$/gm)];

/** Os tempos mudam a cada execução; o resto, não. */
const semTempos = (texto: string) =>
  semPortas(texto)
    .replace(/\d+ ms/g, "N ms")
    .trimEnd();

test("o README tem uma conferência que falha e uma que passa", () => {
  expect(comComando.map(([bloco]) => bloco.includes("✗ falhou"))).toEqual([true, false]);
});

test.each(comComando.map(([, comando, saida]) => [comando!, saida!]))(
  "conferência do README: %s",
  async (comando, saida) => {
    const processo = Bun.spawn(comando.split(" "), {
      cwd: RAIZ,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    expect(semTempos(await processo.stdout.text())).toBe(semTempos(saida));
    expect(await processo.exited).toBe(saida.includes("✗ falhou") ? 1 : 0);
  },
);

/** O README mostra resultados de verdade, guardados em laboratorio/exemplo. */
describe.each(["laboratorio/exemplo", "laboratorio/exemplo/container"])(
  "as figuras de %s no README",
  async (pasta) => {
    const dados: Dados = await Bun.file(join(RAIZ, pasta, "dados.json")).json();
    const resumos = resumirEspera(dados, Number(dados.opcoes.semente));
    const citadas = desenhar(dados, resumos).filter(({ arquivo }) =>
      readme.includes(`](${relative("laboratorio", pasta)}/${arquivo})`),
    );

    test("são as dos dados", async () => {
      expect(citadas.length).toBeGreaterThanOrEqual(2);
      for (const grafico of citadas) {
        const figura = await Bun.file(join(RAIZ, pasta, grafico.arquivo)).text();
        expect(figura).toBe(comoArquivo(grafico));
      }
    });

    if (dados.experimento === "experimento1")
      test("e a tabela e a linha do tempo também", () => {
        const [trecho] =
          readme.match(/(?<=^```text\n)10 clientes\n[\s\S]*?(?=\n```$)/m) ?? [];
        expect(mostrar(dados, resumos)).toContain(trecho ?? "sem o trecho");
      });
  },
);

test("as tabelas do container no README são as da execução guardada", async () => {
  const exemplo = join(RAIZ, "laboratorio/exemplo/container/terminal.txt");
  const terminal = await Bun.file(exemplo).text();
  const tabelas = [...readme.matchAll(/^```text\n((?:medida| +nativo)[\s\S]*?)^```$/gm)];
  expect(tabelas).toHaveLength(2);
  for (const [, tabela] of tabelas) expect(terminal).toContain(tabela!);
});

/** As linhas da tabela de desempenho, tiradas das medidas guardadas em laboratorio/exemplo. */
async function linhasDeDesempenho(nome: string): Promise<string[]> {
  const arquivo = join(RAIZ, "laboratorio/exemplo", `carga_${nome}.json`);
  const casos = resumirCarga(await Bun.file(arquivo).json());
  return casos.flatMap(({ caso, resumos }) => {
    const python = resumos.find(({ servidor }) => servidor === "python");
    const doBun = resumos.filter(({ servidor }) => servidor === "bun");
    return doBun.map(({ porSegundo, razao }) => {
      const celulas = [
        `servidor_${nome}`,
        descreverCaso(caso),
        numero(python?.porSegundo.mediana ?? null),
        numero(porSegundo.mediana),
        vezes(razao?.mediana ?? null),
        `${vezes(razao?.minimo ?? null)} a ${vezes(razao?.maximo ?? null)}`,
      ];
      return `| ${celulas.join(" | ")} |`;
    });
  });
}

test.each(["sequencial", "thread", "final"])(
  "o desempenho do servidor_%s no README é o das medidas",
  async (nome) => {
    const linhas = await linhasDeDesempenho(nome);
    expect(linhas.length).toBeGreaterThanOrEqual(3);
    const semAlinhamento = readme.replace(/ +/g, " ");
    for (const linha of linhas)
      expect([linha, semAlinhamento.includes(linha)]).toEqual([linha, true]);
  },
);

/** O endereço que uma página web dá a um título: minúsculas, sem pontuação, com hífens. */
const ancora = (titulo: string) =>
  titulo
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .replaceAll(" ", "-");

test.each(PAGINAS)(
  "os arquivos e os títulos que $pasta/README.md cita existem",
  async ({ pasta, texto }) => {
    const citados = [...texto.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, c]) => c!);
    expect(citados.length).toBeGreaterThan(3);
    for (const citado of citados) {
      const [arquivo, titulo] = citado.split("#");
      const caminho = join(RAIZ, pasta, arquivo || "README.md");
      expect([citado, existsSync(caminho)]).toEqual([citado, true]);
      if (titulo === undefined) continue;
      const pagina = await Bun.file(caminho).text();
      const titulos = [...pagina.matchAll(/^#+ (.+)$/gm)].map(([, t]) => ancora(t!));
      expect(titulos).toContain(decodeURIComponent(titulo));
    }
  },
);
