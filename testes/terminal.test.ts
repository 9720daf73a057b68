/** O que se vê no terminal, e o que chega a um arquivo: nunca um código de cor. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { acompanhar, temCores } from "../laboratorio/comando/terminal.ts";
import { linhaDoTempoEmTexto } from "../laboratorio/espera/linha_do_tempo.ts";
import type { Rodada } from "../laboratorio/espera/tipos.ts";
import { type Coluna, umaTabela } from "../laboratorio/relatorio/documento.ts";
import { emTexto, tabela } from "../laboratorio/relatorio/texto.ts";
import { comando, pastaTemporaria, Programa } from "./apoio.ts";

setDefaultTimeout(60_000);

const EXPERIMENTO = join(import.meta.dir, "../laboratorio/experimento1.ts");

test("a tabela alinha os números à direita, mesmo com acentos e letras largas", () => {
  const texto = tabela(
    ["servidor", "máximo", "n"],
    [
      ["sequência", "1.004", "1"],
      ["日本", "9,5", "10"],
    ],
  );
  expect(texto).toBe(`servidor   máximo   n
sequência   1.004   1
日本          9,5  10`);
});

const fila: Rodada = {
  servidor: "fila",
  atraso_ms: 100,
  clientes: 3,
  rodada: 1,
  makespan_ms: 200,
  atendimentos: [100, 200, null].map((espera, i) => ({
    cliente: i + 1,
    partida_ms: 0,
    conectado_ms: 1,
    primeiroByte_ms: espera,
    ultimoByte_ms: espera,
    bytes: 1,
    erro: espera === null ? "conexão recusada" : null,
  })),
};

describe("um documento no terminal", () => {
  const longo = "palavra ".repeat(30).trim();

  test("parágrafos e itens cabem em 80 colunas; seções só de gráficos não aparecem", () => {
    const texto = emTexto([
      { titulo: "Só figuras", graficos: [] },
      { titulo: "Título", paragrafos: [longo], itens: [longo, "curto"] },
    ]);
    expect(texto).toStartWith("Título\n======\n\npalavra palavra");
    expect(texto).not.toContain("figuras");
    expect(Math.max(...texto.split("\n").map((linha) => linha.length))).toBeLessThan(81);
    expect(texto).toMatch(/\n- palavra .*\n {2}palavra [\s\S]*\n- curto$/);
    expect(texto.match(/palavra/g)).toHaveLength(60);
  });

  test("uma tabela para cada grupo, com o título dele", () => {
    const grupos = [
      { titulo: "1 cliente", linhas: [["a", "10"]] },
      { titulo: null, linhas: [["bb", "1.000"]] },
    ];
    const cabecalho = ["servidor", "ms"];
    expect(emTexto([{ titulo: "T", tabelas: [{ cabecalho, grupos }] }])).toBe(
      "T\n=\n\n1 cliente\nservidor  ms\na         10\n\nservidor     ms\nbb        1.000",
    );
  });

  test("a tabela de textos que não cabe vira fichas; a de números continua tabela", () => {
    const linhas = [["de fora", longo]];
    const secao = (colunas?: Coluna[]) =>
      emTexto([
        { titulo: "T", tabelas: [umaTabela(["acesso", "fim"], linhas, colunas)] },
      ]);
    expect(secao(["texto", "texto"])).toEndWith(`\nde fora\n  fim: ${longo}`);
    expect(secao()).toContain(`\nde fora  ${longo}`);
  });
});

describe("a linha do tempo", () => {
  test("tem uma linha para cada cliente: a espera e os T ms do atendimento", () => {
    expect(linhaDoTempoEmTexto(fila, 200, 29, false)).toEqual([
      "1 ██████████           100 ms",
      "2 ··········██████████ 200 ms",
      "3 ✗ conexão recusada",
    ]);
  });

  test("de quem não fez o atraso pedido, ou de quem não se pediu, mostra só a espera", () => {
    const apressada: Rodada = {
      ...fila,
      atendimentos: fila.atendimentos.map((a) => ({ ...a, primeiroByte_ms: 50 })),
    };
    const semPedido: Rodada = { ...fila, atraso_ms: null };
    expect(linhaDoTempoEmTexto(apressada, 200, 29, false)[0]).toBe(
      "1 ·····               50,0 ms",
    );
    expect(linhaDoTempoEmTexto(semPedido, 200, 29, false).slice(0, 2)).toEqual([
      "1 ··········           100 ms",
      "2 ···················· 200 ms",
    ]);
  });

  test("cabe na largura pedida e usa a escala pedida", () => {
    const [primeira] = linhaDoTempoEmTexto(fila, 400, 49, false);
    expect(primeira).toBe(`1 ${"█".repeat(10)}${" ".repeat(30)} 100 ms`);
    for (const linha of linhaDoTempoEmTexto(fila, 1, 40, false)) {
      expect(Bun.stringWidth(linha)).toBeLessThanOrEqual(40);
    }
  });

  test("com muitos clientes mostra só alguns, espalhados", () => {
    const muitos = Array.from({ length: 100 }, (_, i) => ({
      ...fila.atendimentos[0]!,
      cliente: i + 1,
    }));
    const rodada = { ...fila, clientes: 100, atendimentos: muitos };
    const numeros = linhaDoTempoEmTexto(rodada, 200, 60, false).map((linha) =>
      parseInt(linha),
    );
    expect(numeros).toHaveLength(33);
    expect(numeros.slice(0, 3)).toEqual([3, 6, 9]);
  });

  test("tem cores só quando pedidas, e elas não mudam o texto", () => {
    const comCores = linhaDoTempoEmTexto(fila, 200, 29, true).join("\n");
    expect(comCores).toContain("\x1b[");
    expect(Bun.stripANSI(comCores)).toBe(
      linhaDoTempoEmTexto(fila, 200, 29, false).join("\n"),
    );
  });
});

test("cores só em um terminal, sem NO_COLOR", () => {
  const { NO_COLOR, TERM } = process.env;
  try {
    delete process.env.NO_COLOR;
    process.env.TERM = "xterm";
    expect(temCores({ isTTY: true })).toBe(true);
    expect(temCores({ isTTY: false })).toBe(false);
    expect(temCores({})).toBe(false);
    process.env.NO_COLOR = "1";
    expect(temCores({ isTTY: true })).toBe(false);
    delete process.env.NO_COLOR;
    process.env.TERM = "dumb";
    expect(temCores({ isTTY: true })).toBe(false);
  } finally {
    if (NO_COLOR === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = NO_COLOR;
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
  }
});

const ensaio = (saida: string) => [
  ...comando(EXPERIMENTO),
  ..."--clientes 1,2 --rodadas 1 --atraso 20 --saida".split(" "),
  saida,
];

test("em um cano, saída e progresso são texto puro, mesmo com FORCE_COLOR", async () => {
  using pasta = pastaTemporaria();
  await using programa = new Programa(ensaio(pasta.caminho), {
    ambiente: { FORCE_COLOR: "1", TERM: "xterm-256color" },
  });
  const { codigo, saida, erros } = await programa.fim();
  expect(codigo).toBe(0);
  expect(saida).toContain("2 clientes");
  expect(erros).toContain("100 %");
  expect(saida + erros).not.toContain("\x1b");
  expect(erros).not.toContain("\r");
});

// O que pinta: ESC [ números m. O resto são os movimentos da barra de progresso.
const COR = /\x1b\[\d+(;\d+)*m/;

test.skipIf(process.platform === "win32")(
  "em um terminal há cores e uma barra; com NO_COLOR, só a barra; com TERM=dumb, nem ela",
  async () => {
    const rodar = async (ambiente: Record<string, string>) => {
      using pasta = pastaTemporaria();
      await using programa = new Programa(ensaio(pasta.caminho), {
        ambiente: { TERM: "xterm-256color", ...ambiente },
        terminal: true,
      });
      const { codigo, saida } = await programa.fim();
      expect(codigo).toBe(0);
      return saida;
    };
    const [comCores, semCores, simples] = await Promise.all([
      rodar({ NO_COLOR: "" }),
      rodar({ NO_COLOR: "1" }),
      rodar({ TERM: "dumb" }),
    ]);
    expect(comCores).toMatch(COR);
    expect(semCores).not.toMatch(COR);
    for (const saida of [comCores, semCores]) expect(saida).toContain("\x1b[?25h"); // o cursor volta
    expect(simples).not.toContain("\x1b");
    expect(simples).toContain("100 %");
  },
);

test("a barra de progresso encerra mesmo sem ter começado", () => {
  expect(() => acompanhar(10)[Symbol.dispose]()).not.toThrow();
});
