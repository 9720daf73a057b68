/**
 * O relatório e os gráficos: os números são os dos dados, os nomes não viram marcação, e a
 * página, aberta em um navegador, mostra todas as marcas em tela larga, estreita e escura.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { esperaPrevista } from "../laboratorio/espera/lei.ts";
import { relatarEspera } from "../laboratorio/espera/relatorio.ts";
import { emArquivos } from "../laboratorio/relatorio/arquivos.ts";
import { type Secao, umaTabela } from "../laboratorio/relatorio/documento.ts";
import { resumirEspera } from "../laboratorio/espera/resumo.ts";
import type { Dados, Resumo, Rodada } from "../laboratorio/espera/tipos.ts";
import {
  exato,
  lista,
  ms,
  numero,
  quantos,
  tamanho,
  vezes,
} from "../laboratorio/relatorio/formato.ts";
import { emMarkdown } from "../laboratorio/relatorio/markdown.ts";
import type { ServidorMedido } from "../laboratorio/servidores/pedidos.ts";

setDefaultTimeout(60_000);

const CLIENTES = [1, 2, 5, 10];
const ATRASOS = [0, 100];
const RODADAS = 10;

const SEQUENCIAL: ServidorMedido = {
  nome: "sequencial",
  comando: "bun run servidor_sequencial.ts",
  modelo: "sequencial",
};
const THREAD: ServidorMedido = {
  nome: "thread",
  comando: "bun run servidor_thread.ts",
  modelo: "concorrente",
};

/** Uma rodada inventada: a fila do sequencial, ou todos juntos, com um pequeno desvio. */
function inventarRodada(
  { nome, modelo }: ServidorMedido,
  atraso_ms: number,
  clientes: number,
  rodada: number,
): Rodada {
  const custo = (modelo === "sequencial" ? 0.4 : 0.9) + 0.012345678 * rodada;
  const atendimentos = Array.from({ length: clientes }, (_, i) => {
    const vez = modelo === "sequencial" ? i + 1 : 1;
    const primeiroByte_ms = vez * atraso_ms + (i + 1) * custo;
    return {
      cliente: i + 1,
      partida_ms: 0.01 * i,
      conectado_ms: 0.01 * i + 0.2,
      primeiroByte_ms,
      ultimoByte_ms: primeiroByte_ms + 0.1,
      bytes: 53,
      erro: null,
    };
  });
  const makespan_ms = atendimentos.at(-1)?.ultimoByte_ms ?? null;
  return { servidor: nome, atraso_ms, clientes, rodada, atendimentos, makespan_ms };
}

/** Os mesmos servidores dão sempre os mesmos dados: inventá-los e resumi-los é demorado. */
const inventados = new Map<string, { dados: Dados; resumos: Resumo[] }>();

/** Dados inventados, só para os testes, no formato dos de verdade: uma cópia para cada um. */
function inventar(servidores: ServidorMedido[]): { dados: Dados; resumos: Resumo[] } {
  const quais = JSON.stringify(servidores);
  const feitos = inventados.get(quais) ?? inventarDeVerdade(servidores);
  inventados.set(quais, feitos);
  return structuredClone(feitos);
}

function inventarDeVerdade(servidores: ServidorMedido[]) {
  const rodadas = ATRASOS.flatMap((atraso) =>
    CLIENTES.flatMap((clientes) =>
      servidores.flatMap((servidor) =>
        Array.from({ length: RODADAS + 1 }, (_, rodada) =>
          inventarRodada(servidor, atraso, clientes, rodada),
        ),
      ),
    ),
  );
  const dados: Dados = {
    versao: 1,
    experimento: "experimento1",
    ambiente: {
      cpu: "Processador de Teste",
      nucleos: 2,
      sistema: "Linux 6.1",
      memoria_bytes: 8 * 1024 ** 3,
      bun: "1.4.5",
      data: "2025-03-09T12:30:00Z",
    },
    opcoes: { clientes: CLIENTES, rodadas: RODADAS, rapido: false },
    servidores,
    rodadas,
  };
  return { dados, resumos: resumirEspera(dados, 1) };
}

let raiz = "";
beforeAll(async () => {
  raiz = await mkdtemp(join(tmpdir(), "relatorio-"));
});
afterAll(() => rm(raiz, { recursive: true, force: true }));

/** Escreve o relatório em uma pasta nova e devolve os textos dele. */
async function escrever(dados: Dados, resumos: Resumo[], extras?: Secao[]) {
  const pasta = await mkdtemp(join(raiz, "caso-"));
  const arquivos = emArquivos(relatarEspera(dados, resumos, extras));
  const caminhos = arquivos.map(([nome]) => join(pasta, nome));
  for (const [nome, conteudo] of arquivos) await Bun.write(join(pasta, nome), conteudo);
  const ler = (nome: string) => Bun.file(join(pasta, nome)).text();
  return {
    pasta,
    caminhos,
    html: await ler("relatorio.html"),
    md: await ler("relatorio.md"),
    svgs: await Promise.all(
      caminhos.filter((c) => c.endsWith(".svg")).map((c) => Bun.file(c).text()),
    ),
  };
}

/** As linhas das tabelas de medidas, célula a célula, como o leitor as vê. */
function esperadas(resumos: Resumo[], atraso: number): string[][] {
  return resumos
    .filter((resumo) => resumo.atraso_ms === atraso)
    .map((r) => {
      const { makespan_ms, previsao_ms } = r;
      const desvio = previsao_ms === null ? 0 : (makespan_ms / previsao_ms - 1) * 100;
      return [
        r.servidor,
        algarismos(r.mediana_ms),
        `${algarismos(r.intervalo.de)} a ${algarismos(r.intervalo.ate)}`,
        algarismos(r.p95_ms),
        algarismos(r.maximo_ms),
        algarismos(makespan_ms),
        `${r.aceleracao.toFixed(1).replace(".", ",")}×`,
        ...(previsao_ms === null
          ? []
          : [algarismos(previsao_ms), `sim (+${desvio.toFixed(1).replace(".", ",")} %)`]),
      ];
    });
}

/** Três algarismos significativos em pt-BR, sem a ajuda do código em teste. */
function algarismos(valor: number): string {
  if (valor >= 1000) return `${Math.round(valor)}`.replace(/(\d)(?=(\d{3})+$)/g, "$1.");
  return valor.toPrecision(3).replace(".", ",");
}

/** As linhas de tabela do Markdown, sem os cabeçalhos, sem crases e com o escape desfeito. */
function linhasDoMarkdown(md: string): string[][] {
  return md
    .split("\n")
    .filter(
      (linha, i, todas) =>
        /^\| (?!---)/.test(linha) && !todas[i + 1]?.startsWith("| ---"),
    )
    .map((linha) =>
      linha
        .slice(2, -2)
        .split(/(?<!\\) \| /)
        .map((celula) => celula.replace(/^(`+) ?(.*?) ?\1$/, "$2"))
        .map((celula) => celula.replace(/\\(.)/g, "$1")),
    );
}

describe("formato", () => {
  test("números, tempos e quantidades saem como no Brasil", () => {
    expect(numero(1234567.891, 2)).toBe("1.234.567,89");
    expect(numero(-0.5, 1)).toBe("−0,5");
    expect([0.4567, 9.996, 99.96, 101.26, 1004.2].map(ms)).toEqual([
      "0,457",
      "10,0",
      "100",
      "101",
      "1.004",
    ]);
    expect([50, 2.5, 1234].map(exato)).toEqual(["50", "2,5", "1.234"]);
    expect([ms(null), ms(NaN), vezes(Infinity)]).toEqual(["–", "–", "–"]);
    expect([vezes(9.84), vezes(123.4)]).toEqual(["9,8×", "123×"]);
    expect([tamanho(1023), tamanho(1536), tamanho(8 * 1024 ** 3)]).toEqual([
      "1.023 bytes",
      "1,5 KiB",
      "8,0 GiB",
    ]);
    expect([quantos(1, "cliente"), quantos(1000, "cliente")]).toEqual([
      "1 cliente",
      "1.000 clientes",
    ]);
    expect(lista(["1", "2", "5"])).toBe("1, 2 e 5");
  });
});

test("a lei prevê T·(N+1)/2 para a mediana da fila e T com threads", () => {
  expect(esperaPrevista("sequencial", 100, 10)).toBe(550);
  expect(esperaPrevista("concorrente", 100, 10)).toBe(100);
  expect(esperaPrevista("desconhecido", 100, 10)).toBeNull();
  expect(esperaPrevista("sequencial", 0, 10)).toBeNull();
});

/** O texto que se vê do Markdown, depois de virar HTML. */
function lerMarkdown(md: string): string {
  const entidades: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return Bun.markdown
    .html(md)
    .replace(/<[^>]+>/g, "")
    .replace(/&(lt|gt|quot|amp);/g, (_, nome: string) => entidades[nome] ?? "");
}

describe("o texto em Markdown", () => {
  /** Um documento em que o texto aparece em cada lugar em que pode aparecer. */
  const comTexto = (texto: string) =>
    emMarkdown({
      titulo: texto,
      subtitulo: texto,
      resumo: texto,
      secoes: [
        {
          titulo: texto,
          paragrafos: [texto],
          itens: [texto],
          perguntas: [texto],
          tabelas: [
            {
              cabecalho: [texto, texto, texto],
              colunas: ["texto", "comando", "numero"],
              grupos: [{ titulo: texto, linhas: [[texto, texto, texto]] }],
            },
          ],
        },
      ],
    });

  test.each([
    "servidor_sequencial.ts, 1.003 ms, 1.4.5 e 9 de 10!",
    "Tempo (ms): 100 a 104; C# e 2 > 1",
  ])("%s: só se escapa o que o Markdown entenderia", (texto) => {
    expect(comTexto(texto).replaceAll("C\\#", "C#")).not.toContain("\\");
  });

  test.each([
    "1. não sou uma lista",
    "- nem eu",
    "> nem uma citação",
    "# nem um título #",
    "_a_ *b* __c__ `d` ~~e~~ [f](g) ![h](i) $j$",
    "<b>k</b> &amp; a|b c\\",
    "`` duas crases ` e uma `",
    "snake_case_inteiro e _um _dois_",
  ])("%s: um leitor de Markdown mostra o texto como ele é", (texto) => {
    expect(lerMarkdown(comTexto(texto)).split(texto).length - 1).toBe(14);
    const html = Bun.markdown.html(comTexto(texto));
    expect(html.match(/<(code|table|ol|ul)>/g)).toEqual([
      "<ul>",
      "<table>",
      "<code>",
      "<ol>",
    ]);
    expect(html).not.toMatch(/<(em|del|a|b|blockquote|img)\b(?!>Resposta)/);
  });
});

describe("relatório", () => {
  test("a diferença entre os servidores é dita em uma frase que se lê", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD, { ...THREAD, nome: "meu" }]);
    const { md } = await escrever(dados, resumos);
    expect(md).toMatch(
      /Com 10 clientes, a espera no thread é [\d,]+ ms maior e no meu é [\d,]+ ms maior que no sequencial\./,
    );
  });

  test("o Markdown traz cada medida e aponta para os SVG escritos ao lado", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { md, caminhos, pasta } = await escrever(dados, resumos);
    const comServidor = linhasDoMarkdown(md).filter(([nome]) =>
      dados.servidores.some((servidor) => servidor.nome === nome),
    );
    const [sequencial, thread, ...linhas] = comServidor;
    expect([sequencial, thread]).toEqual([
      ["sequencial", "bun run servidor_sequencial.ts", "um cliente de cada vez"],
      ["thread", "bun run servidor_thread.ts", "os clientes ao mesmo tempo"],
    ]);
    expect(linhas).toEqual([...esperadas(resumos, 100), ...esperadas(resumos, 0)]);
    const imagens = [...md.matchAll(/^!\[.+\]\((.+)\)$/gm)].map(([, nome = ""]) =>
      join(pasta, nome),
    );
    expect(imagens).toEqual(caminhos.filter((caminho) => caminho.endsWith(".svg")));
    expect(imagens).toHaveLength(3);
    for (const n of [2, 5, 10])
      expect(md).toContain(`O que aconteceu com ${n} clientes simultâneos?`);
    expect(md).toContain("Quando as threads ajudam, e quando não ajudam?");
  });

  test("o resumo diz quem foi mais rápido e quanto", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { md } = await escrever(dados, resumos);
    expect(md).toContain(
      "**Com 10 clientes ao mesmo tempo e 100 ms de atendimento, o último é atendido em 1.005 ms (sequencial) e em 110 ms (thread, 9,2× mais rápido).**",
    );
    const trocados = inventar([THREAD, SEQUENCIAL]);
    const outro = await escrever(trocados.dados, trocados.resumos);
    expect(outro.md).toContain("em 1.005 ms (sequencial, 9,2× mais lento).**");
  });

  test("uma previsão que falha é dita em palavras", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { md: certo } = await escrever(dados, resumos);
    expect(certo).toContain("As 8 medidas conferem com a previsão.");
    const ultimo = resumos.at(-1);
    if (!ultimo) throw new Error("não há resumos");
    Object.assign(ultimo, { makespan_ms: 250, confere: false });
    const { md } = await escrever(dados, resumos);
    expect(md).toContain("não (+150 %)");
    expect(md).toContain(
      "De 8 medidas, 7 conferem com a previsão; não confere thread com 10 clientes.",
    );
  });

  test("quem não faz o atraso pedido fica fora da comparação, e o relatório diz por quê", async () => {
    const apressado: ServidorMedido = { ...THREAD, nome: "meu", modelo: "desconhecido" };
    const { dados } = inventar([SEQUENCIAL, THREAD]);
    const suas = inventar([apressado]).dados.rodadas.map((rodada) => {
      const semAtraso = inventarRodada(apressado, 0, rodada.clientes, rodada.rodada);
      return { ...semAtraso, atraso_ms: rodada.atraso_ms };
    });
    dados.servidores.push(apressado);
    dados.rodadas.push(...suas);
    const { md, svgs } = await escrever(dados, resumirEspera(dados, 1));
    expect(md).toContain("em 110 ms (thread, 9,2× mais rápido).**");
    expect(md).toContain("servidor meu responde antes do tempo de atendimento pedido");
    const paineis = svgs[0]?.split('<g class="painel">').slice(1) ?? [];
    const atendidos = paineis.map((painel) => painel.match(/<rect class="f\d"/g)?.length);
    expect(atendidos).toEqual([10, 10, undefined]);
  });

  test("com poucas rodadas fala em mínimo e máximo, nunca em confiança", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    for (const resumo of resumos) resumo.intervalo.tipo = "min-max";
    const { html, md, svgs } = await escrever(dados, resumos);
    for (const texto of [html, md, ...svgs]) expect(texto).not.toContain("IC 95");
    expect(md).toContain("mín. a máx.");
  });

  test("falhas e conexões retransmitidas são contadas, explicadas e desenhadas", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    for (const { rodada, servidor, clientes, atraso_ms, atendimentos } of dados.rodadas) {
      if (clientes !== 10 || atraso_ms !== 100 || servidor !== "thread") continue;
      const [primeiro, segundo] = atendimentos;
      if (!primeiro || !segundo || rodada === 0) continue;
      primeiro.conectado_ms = 1_003;
      segundo.primeiroByte_ms = segundo.ultimoByte_ms = null;
      segundo.erro = "o servidor interrompeu a conexão";
    }
    for (const resumo of resumos) if (resumo.clientes === 10) resumo.falhas = 10;
    const { html, md, svgs } = await escrever(dados, resumos);
    for (const texto of [html, md]) {
      expect(texto).toContain("10 conexões demoraram 900 ms ou mais");
      expect(texto).toContain(
        "10 clientes não foram atendidos, de 720: o servidor interrompeu a conexão.",
      );
      expect(texto).not.toContain("Falhas: nenhuma");
    }
    expect(svgs[0]).toContain("✗ o servidor interrompeu a conexão");
    expect(svgs[0]).toContain("o sistema retransmitiu o SYN");
  });

  test("a comparação dos modelos só aparece com o de eventos ou o posix", async () => {
    const dois = inventar([SEQUENCIAL, THREAD]);
    expect((await escrever(dois.dados, dois.resumos)).md).not.toContain(
      "O que cada modelo troca",
    );
    const eventos = { ...THREAD, nome: "eventos" };
    const posix = { ...THREAD, nome: "posix" };
    for (const nomes of [
      [SEQUENCIAL, THREAD, eventos],
      [SEQUENCIAL, THREAD, eventos, posix],
    ]) {
      const todos = inventar(nomes);
      const { md } = await escrever(todos.dados, todos.resumos);
      const [, secao = ""] = md.split("## O que cada modelo troca\n\n");
      expect(secao.split("\n\n")[0]?.split("\n")).toHaveLength(nomes.length);
    }
  });

  test("o experimento 2 tem as suas perguntas e as seções a mais", async () => {
    const { dados, resumos } = inventar([
      { ...THREAD, nome: "nativo" },
      { ...THREAD, nome: "container" },
    ]);
    const { html, md } = await escrever(
      { ...dados, experimento: "experimento2" },
      resumos,
      [
        {
          titulo: "Processos e memória",
          paragrafos: ["Vistos de dentro e de fora."],
          tabelas: [
            umaTabela(["medida", "nativo", "container"], [["construção", "–", "12,3 s"]]),
          ],
        },
      ],
    );
    expect(md).toContain("## Processos e memória\n\nVistos de dentro e de fora.");
    expect(md).toContain("| construção | – | 12,3 s |");
    expect(html).toContain('<td data-coluna="container">12,3 s</td>');
    expect(md).toContain("de dentro e de fora do container?");
    expect(md).not.toContain("Quando as threads ajudam");
  });

  test("sem nenhuma rodada completa, o relatório diz que não há o que resumir", async () => {
    const { dados } = inventar([SEQUENCIAL, THREAD]);
    const { md, caminhos } = await escrever({ ...dados, rodadas: [] }, []);
    expect(caminhos).toHaveLength(2);
    expect(md).toContain("Nenhuma rodada terminou");
    expect(md).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

const navegador =
  process.env.BUN_CHROME_PATH ||
  ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
    .map((nome) => Bun.which(nome))
    .find((caminho) => caminho !== null);
if (!navegador && process.env.CI === "true")
  throw new Error("não há Chromium nem Chrome, e a integração contínua precisa de um");
if (!navegador)
  console.log("Sem Chromium nem Chrome: os testes no navegador não foram executados.");

describe.skipIf(!navegador)("no navegador", () => {
  /** A única janela: cada teste navega nela até o seu arquivo. */
  let ver: Bun.WebView;
  /** O que o navegador pediu desde a última navegação: só pode ser o próprio arquivo. */
  const pedidos: string[] = [];
  const reclamacoes: string[] = [];

  beforeAll(async () => {
    ver = new Bun.WebView({
      width: 1280,
      height: 900,
      backend: {
        type: "chrome",
        path: navegador,
        argv: [
          "--no-sandbox",
          "--disable-quic",
          "--disable-component-update",
          "--disable-sync",
        ],
      },
      console: (tipo, ...resto) => void reclamacoes.push(`${tipo}: ${resto.join(" ")}`),
    });
    await ver.navigate("about:blank");
    ver.addEventListener("Network.requestWillBeSent", (evento) => {
      const { request } = evento.data as { request: { url: string } };
      pedidos.push(request.url);
    });
    for (const queixa of ["Log.entryAdded", "Runtime.exceptionThrown"] as const)
      ver.addEventListener(queixa, (evento) => {
        reclamacoes.push(JSON.stringify(evento.data));
      });
    for (const dominio of ["Network", "Log", "Runtime"])
      await ver.cdp(`${dominio}.enable`);
  });
  afterAll(() => Bun.WebView.closeAll());

  /** Abre um arquivo em uma tela larga e clara. */
  async function abrir(caminho: string): Promise<void> {
    await tela(1280);
    pedidos.length = reclamacoes.length = 0;
    await ver.navigate(pathToFileURL(caminho).href);
  }

  /** O valor de uma expressão avaliada na página. */
  async function naPagina<Resposta>(expressao: string) {
    return (await ver.evaluate(expressao)) as Resposta;
  }

  /** Largura da tela, em pixels, e mídia: o esquema de cores e se é papel. */
  async function tela(
    largura: number,
    esquema: "light" | "dark" = "light",
    media: "screen" | "print" = "screen",
  ): Promise<void> {
    await ver.cdp("Emulation.setDeviceMetricsOverride", {
      width: largura,
      height: 900,
      deviceScaleFactor: 1,
      mobile: largura < 700,
    });
    await ver.cdp("Emulation.setEmulatedMedia", {
      media,
      features: [{ name: "prefers-color-scheme", value: esquema }],
    });
  }

  /** Quantos elementos da página satisfazem cada seletor. */
  const contar = (seletores: string[]) =>
    naPagina<number[]>(
      `${JSON.stringify(seletores)}.map((s) => document.querySelectorAll(s).length)`,
    );

  /** O texto de cada elemento que satisfaz o seletor. */
  const textos = (seletor: string) =>
    naPagina<string[]>(
      `[...document.querySelectorAll(${JSON.stringify(seletor)})].map((e) => e.textContent)`,
    );

  /** O que sobra para a direita da página, e os textos que passam da borda do gráfico. */
  const transbordo = () =>
    naPagina<{ pagina: number; textos: string[] }>(
      `({
        pagina: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        textos: [...document.querySelectorAll("svg text")]
          .filter((texto) => {
            const { left, right } = texto.getBoundingClientRect();
            const svg = texto.closest("svg").getBoundingClientRect();
            return left < svg.left - 1 || right > svg.right + 1;
          })
          .map((texto) => texto.textContent),
      })`,
    );

  /** O menor contraste entre os textos, ou as marcas, e o fundo da página. */
  const menorContraste = (seletor: string) =>
    naPagina<number>(
      `(() => {
        const luz = (cor) => {
          const [r, g, b] = cor.match(/[\\d.]+/g).map((canal) => {
            const parte = canal / 255;
            return parte <= 0.04045 ? parte / 12.92 : ((parte + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const fundo = luz(getComputedStyle(document.body).backgroundColor);
        const contrastes = [...document.querySelectorAll("${seletor}")].map((marca) => {
          const { fill, color } = getComputedStyle(marca);
          const frente = luz(marca.closest("svg") ? fill : color);
          return (Math.max(frente, fundo) + 0.05) / (Math.min(frente, fundo) + 0.05);
        });
        return Math.min(...contrastes);
      })()`,
    );

  test("não pede nada à rede, não reclama de nada e mostra todas as marcas", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { caminhos } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    expect(await contar(["svg", ".painel", ".atendimento"])).toEqual([3, 2, 20]);
    expect(await contar([".mediana", ".ponto", ".previsao"])).toEqual([16, 160, 2]);
    expect(await contar([".mediana > title", ".ponto > title"])).toEqual([16, 160]);
    expect(await contar(["svg[role=img][aria-label]", "figcaption"])).toEqual([3, 3]);
    expect(await contar([".perguntas > li"])).toEqual([CLIENTES.length + 3]);
    expect(reclamacoes).toEqual([]);
    expect(pedidos.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
    expect(pedidos).toContain(pathToFileURL(caminhos[0] ?? "").href);
  });

  test("as tabelas mostram as mesmas células que o Markdown", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { caminhos, md } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    const linhas = await naPagina<string[][]>(
      `[...document.querySelectorAll("tbody tr:not(.grupo)")].map((linha) =>
        [...linha.children].map((celula) => celula.textContent))`,
    );
    expect(linhas).toEqual(linhasDoMarkdown(md));
    expect(linhas.slice(2, 18)).toEqual([
      ...esperadas(resumos, 100),
      ...esperadas(resumos, 0),
    ]);
  });

  test("a linha do tempo é uma escada no sequencial e barras alinhadas com threads", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { caminhos } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    const paineis = await naPagina<{ x: number; y: number; largura: number }[][]>(
      `[...document.querySelectorAll(".painel")].map((painel) =>
        [...painel.querySelectorAll(".atendimento rect:last-child")].map((barra) => ({
          x: Number(barra.getAttribute("x")),
          y: Number(barra.getAttribute("y")),
          largura: Number(barra.getAttribute("width")),
        })))`,
    );
    const [escada = [], alinhadas = []] = paineis;
    expect([escada.length, alinhadas.length]).toEqual([10, 10]);
    const degrau = escada[0]?.largura ?? NaN;
    for (const [k, { x }] of escada.entries()) {
      expect(Math.abs(x - (escada[0]?.x ?? NaN) - k * degrau)).toBeLessThan(degrau / 10);
    }
    for (const { x, largura } of alinhadas) {
      expect(Math.abs(x - (escada[0]?.x ?? NaN))).toBeLessThan(degrau / 5);
      expect(Math.abs(largura - degrau)).toBeLessThan(1);
    }
    const alturas = escada.map(({ y }) => y);
    expect(alturas).toEqual([...new Set(alturas)].sort((a, b) => a - b));
  });

  test("as medianas ficam na altura dos seus valores e dentro da faixa prevista", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { caminhos } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    const desenhados = await naPagina<Record<"eixo" | "medianas" | "faixas", string[]>>(
      `(() => {
        const svg = document.querySelectorAll("svg")[1];
        const caminhos = (seletor) =>
          [...svg.querySelectorAll(seletor)].map((marca) => marca.getAttribute("d"));
        return {
          eixo: caminhos(":scope > .eixo"),
          medianas: caminhos(".mediana .contorno"),
          faixas: caminhos(".previsao"),
        };
      })()`,
    );
    /** As ordenadas de um caminho escrito como Mx,yLx,y… */
    const ordenadas = (caminho = "") =>
      [...caminho.matchAll(/[ML][\d.]+,([\d.]+)/g)].map(([, y]) => Number(y));
    const base = ordenadas(desenhados.eixo[0])[0] ?? NaN;
    const medianas = desenhados.medianas.map((caminho) => ordenadas(caminho)[0] ?? NaN);
    const previsoes = desenhados.faixas.flatMap(ordenadas);
    const valores = dados.servidores.flatMap(({ nome }) =>
      resumos
        .filter((resumo) => resumo.servidor === nome && resumo.atraso_ms === 100)
        .map((resumo) => resumo.mediana_ms),
    );
    expect(medianas).toHaveLength(valores.length);
    const escala = (base - (medianas[3] ?? NaN)) / (valores[3] ?? NaN);
    for (const [i, y] of medianas.entries()) {
      expect(base - y).toBeCloseTo(escala * (valores[i] ?? NaN), 0);
      expect(Math.abs(y - (previsoes[i] ?? NaN))).toBeLessThan(6);
    }
  });

  test("uma rodada muito além das outras é marcada na borda, sem achatar o gráfico", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    resumos.find((resumo) => resumo.atraso_ms === 0)?.pontos_ms.splice(0, 1, 987.6);
    const { caminhos } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    expect(await contar([".ponto", "path.ponto"])).toEqual([160, 1]);
    const [titulo] = await textos("path.ponto title");
    expect(titulo).toContain("988 ms");
    expect(await textos("svg text")).toContain(
      "espera mediana (ms) · ▲ 1 rodada além da escala",
    );
  });

  test("cabe em qualquer largura, mesmo com nomes longos e 100 clientes", async () => {
    const longo = { ...THREAD, nome: "um_nome_de_servidor_que_nao_acaba_".repeat(3) };
    const casos = [inventar([SEQUENCIAL, THREAD]), inventar([SEQUENCIAL, longo])];
    const cheio = casos[1];
    for (const medida of [...(cheio?.dados.rodadas ?? []), ...(cheio?.resumos ?? [])]) {
      if (medida.clientes !== 10) continue;
      medida.clientes = 100;
      if ("atendimentos" in medida) {
        const servidor = medida.servidor === "sequencial" ? SEQUENCIAL : longo;
        const rodada = inventarRodada(servidor, medida.atraso_ms ?? 0, 100, 1);
        medida.atendimentos = rodada.atendimentos;
        medida.makespan_ms = rodada.makespan_ms;
      }
    }
    for (const { dados, resumos } of casos) {
      const { caminhos } = await escrever(dados, resumos);
      await abrir(caminhos[0] ?? "");
      for (const largura of [320, 390, 768, 1280]) {
        await tela(largura);
        expect({ largura, ...(await transbordo()) }).toEqual({
          largura,
          pagina: 0,
          textos: [],
        });
      }
    }
  });

  test("em nenhuma largura um número das tabelas é quebrado em duas linhas", async () => {
    const { dados, resumos } = inventar([SEQUENCIAL, THREAD]);
    const { caminhos } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    for (const largura of [320, 390, 768, 900, 1280]) {
      await tela(largura);
      const linhas = await naPagina<number>(
        `Math.max(...[...document.querySelectorAll("table:not(.pares) td:not(.texto, .comando)")].map((celula) =>
          celula.clientHeight / parseFloat(getComputedStyle(celula).lineHeight)))`,
      );
      expect(linhas).toBeLessThan(2);
    }
  });

  test("claro ou escuro, todo texto se lê e cada servidor tem cor e forma; no papel, sempre claro", async () => {
    const seis = ["a", "b", "c", "d", "e", "f"].map((nome) => ({ ...THREAD, nome }));
    const { dados, resumos } = inventar(seis);
    const { caminhos } = await escrever(dados, resumos);
    await abrir(caminhos[0] ?? "");
    const fundo = "getComputedStyle(document.body).backgroundColor";
    const todos = "svg text, svg tspan, p, li, th, td, h1, h2, h3, figcaption";
    for (const [esquema, media, cor] of [
      ["light", "screen", "rgb(255, 255, 255)"],
      ["dark", "screen", "rgb(20, 23, 28)"],
      ["dark", "print", "rgb(255, 255, 255)"],
    ] as const) {
      await tela(1280, esquema, media);
      expect(await naPagina<string>(fundo)).toBe(cor);
      expect(await menorContraste(todos)).toBeGreaterThan(4.5);
      expect(await menorContraste(".mediana .contorno")).toBeGreaterThan(3);
      const aparencias = await naPagina<string[][]>(
        `[...document.querySelectorAll(".mediana .contorno")].map((marca) =>
          [getComputedStyle(marca).fill, marca.getAttribute("d").replace(/M[^a-z]+/, "")])`,
      );
      expect(new Set(aparencias.map(([cor]) => cor)).size).toBe(6);
      expect(new Set(aparencias.map(([, forma]) => forma)).size).toBe(6);
    }
  });

  test("um nome com HTML, Markdown e caracteres de controle continua sendo só um nome", async () => {
    const nome = `<script>alert(1)</script>|*a* _b_ [x](y)&amp;\u0007'"`;
    const visto = nome.replace("\u0007", "�");
    const { dados, resumos } = inventar([SEQUENCIAL, { ...THREAD, nome, comando: nome }]);
    const { caminhos, md } = await escrever(dados, resumos, [
      {
        titulo: nome,
        paragrafos: [nome],
        tabelas: [umaTabela([nome, nome], [])],
      },
    ]);
    expect(md.replace(/ (`+) ?[^`].*?\1 /g, "")).not.toMatch(/(?<!\\)[<`]/);
    expect(linhasDoMarkdown(md).filter(([celula]) => celula === visto)).toHaveLength(9);
    expect(
      linhasDoMarkdown(md)
        .slice(0, 10)
        .map((linha) => linha.length),
    ).toEqual([3, 3, ...Array<number>(8).fill(9)]);
    expect(linhasDoMarkdown(md)[1]?.[1]).toBe(visto);
    // Um leitor de Markdown mostra o mesmo texto, e nenhuma marca veio do nome
    expect(Bun.markdown.html(md)).not.toMatch(/<(script|em>a|strong>_|a )/);
    expect(lerMarkdown(md).split(visto).length - 1).toBeGreaterThan(12);

    await abrir(caminhos[0] ?? "");
    expect(await contar(["script", ".mediana"])).toEqual([0, 16]);
    const nomes = await textos("tbody th");
    expect(nomes.filter((celula) => celula === visto)).toHaveLength(9);
    expect(reclamacoes).toEqual([]);

    for (const caminho of caminhos.filter((caminho) => caminho.endsWith(".svg"))) {
      await abrir(caminho);
      expect(await contar(["svg:root", "parsererror", "script"])).toEqual([1, 0, 0]);
      expect(reclamacoes).toEqual([]);
      const margem = await naPagina<{ [lado: string]: number }>(
        `(({ left, top, right, bottom }) => ({ left, top,
          right: right - document.documentElement.width.baseVal.value,
          bottom: bottom - document.documentElement.height.baseVal.value,
        }))(document.querySelector(".fundo").getBoundingClientRect())`,
      );
      for (const lado of Object.values(margem)) expect(lado).toBeCloseTo(0, 1);
      expect((await textos("title")).join()).toContain(visto);
    }
  });
});
