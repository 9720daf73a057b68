/**
 * A entrega do resultado: os dados antes de tudo, o terminal em seguida, e o que não se
 * consegue escrever é dito sem impedir o resto.
 */
import {
  afterEach,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  spyOn,
  test,
} from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Arquivo, entregar } from "../laboratorio/relatorio/arquivos.ts";
import { pastaTemporaria } from "./apoio.ts";

setDefaultTimeout(60_000);

/** O disco sempre cheio do Linux. */
const DISCO_CHEIO = "/dev/full";

const DADOS: Arquivo[] = [
  ["dados.json", "{}"],
  ["dados.csv", "a;b"],
];
const RELATORIO: Arquivo[] = [
  ["relatorio.html", "<p>"],
  ["relatorio.md", "#"],
];

describe("a entrega do resultado", () => {
  const ditas: string[] = [];
  const erros: string[] = [];
  let espioes: { mockRestore(): void }[] = [];
  beforeEach(() => {
    ditas.length = erros.length = 0;
    espioes = [
      spyOn(console, "log").mockImplementation((texto: string) => void ditas.push(texto)),
      spyOn(console, "error").mockImplementation(
        (texto: string) => void erros.push(texto),
      ),
    ];
  });
  afterEach(() => espioes.forEach((espiao) => espiao.mockRestore()));

  const mostrar = () => (console.log("a tabela"), RELATORIO);

  test("escreve os dados antes de mostrar, e lista os arquivos", async () => {
    using base = pastaTemporaria();
    const pasta = join(base.caminho, "nova");
    const vistos: string[][] = [];
    const tudo = await entregar(pasta, DADOS, () => {
      vistos.push(readdirSync(pasta).sort());
      return mostrar();
    });
    expect(tudo).toBe(true);
    expect(vistos).toEqual([["dados.csv", "dados.json"]]);
    expect(readFileSync(join(pasta, "dados.csv"), "utf8")).toBe("a;b");
    const nomes = ["dados.json", "dados.csv", "relatorio.html", "relatorio.md"];
    expect(ditas).toEqual([
      "a tabela",
      `\nArquivos:\n${nomes.map((nome) => `  ${join(pasta, nome)}`).join("\n")}`,
    ]);
    expect(erros).toEqual([]);
  });

  test("se o que mostra o resultado falha, os dados já estão guardados", async () => {
    using base = pastaTemporaria();
    const falha = () => {
      throw new Error("o relatório falhou");
    };
    await expect(entregar(base.caminho, DADOS, falha)).rejects.toThrow(
      "o relatório falhou",
    );
    expect(readdirSync(base.caminho).sort()).toEqual(["dados.csv", "dados.json"]);
  });

  test.skipIf(!existsSync(DISCO_CHEIO))(
    "com o disco cheio e uma pasta no lugar de um arquivo, escreve o resto e diz cada um",
    async () => {
      using base = pastaTemporaria();
      const [json, csv, html, md] = [...DADOS, ...RELATORIO].map(([nome]) =>
        join(base.caminho, nome),
      ) as [string, string, string, string];
      symlinkSync(DISCO_CHEIO, csv);
      symlinkSync(DISCO_CHEIO, md);
      mkdirSync(html);
      expect(await entregar(base.caminho, DADOS, mostrar)).toBe(false);
      expect(ditas).toEqual(["a tabela", `\nArquivos:\n  ${json}`]);
      const conselho = "; resolva isso ou escolha outra pasta com --saida";
      expect(erros).toEqual([
        `Erro: não foi possível escrever ${csv} e ${md}: o disco está cheio (ENOSPC)${conselho}`,
        `Erro: não foi possível escrever ${html}: há uma pasta com esse nome (EISDIR)${conselho}`,
      ]);
      // Um arquivo cortado no meio não fica, e a pasta do usuário sim
      expect(readdirSync(base.caminho).sort()).toEqual(["dados.json", "relatorio.html"]);
    },
  );

  test("se a pasta anterior não pode mudar de nome, o novo vai para o lado", async () => {
    using base = pastaTemporaria();
    const daqui = process.cwd();
    const pasta = join(base.caminho, "aqui");
    await Bun.write(join(pasta, "dados.json"), "o anterior");
    try {
      // O sistema não deixa mudar o nome de "." nem de nenhum de seus apelidos
      process.chdir(pasta);
      expect(await entregar(".", DADOS, mostrar)).toBe(true);
    } finally {
      process.chdir(daqui);
    }
    expect(readFileSync(join(pasta, "dados.json"), "utf8")).toBe("o anterior");
    const [nova = "", ...outras] = readdirSync(base.caminho).filter((n) => n !== "aqui");
    expect(nova).toMatch(/^aqui-\d{4}-\d\d-\d\d-\d\dh\d\dm\d\d$/);
    expect(outras).toEqual([]);
    expect(readdirSync(join(base.caminho, nova))).toHaveLength(4);
    expect(ditas[1]).toContain("o novo ficou ao lado");
  });
});
