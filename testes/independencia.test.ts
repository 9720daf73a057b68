/** Cada listagem é um programa inteiro: funciona sozinha, em uma pasta vazia. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import {
  comando,
  LISTAGENS,
  pastaTemporaria,
  Programa,
  SAUDACOES,
  Servidor,
  SERVIDORES,
} from "./apoio.ts";

setDefaultTimeout(30_000);

const CLIENTES = ["cliente.ts", "cliente_final.ts"] as const;

/** Uma pasta temporária com uma listagem só. */
function sozinha(arquivo: string): Disposable & { caminho: string } {
  const pasta = pastaTemporaria();
  copyFileSync(join(LISTAGENS, arquivo), join(pasta.caminho, arquivo));
  return pasta;
}

describe("copiada para uma pasta vazia", () => {
  test.each(SERVIDORES)("%s atende", async (arquivo) => {
    using pasta = sozinha(arquivo);
    await using servidor = await Servidor.iniciar(arquivo, {}, pasta.caminho);
    using conexao = await servidor.conectar();
    if (arquivo === "servidor_final.ts") {
      await conexao.enviar("oi");
      conexao.terminarEnvio();
    }
    const resposta = (await conexao.receberTudo()).toString("utf-8");
    expect(resposta).toBe(arquivo === "servidor_final.ts" ? "oi" : SAUDACOES[arquivo]);
  });

  test.each(CLIENTES)("%s conversa", async (arquivo) => {
    using pasta = sozinha(arquivo);
    await using servidor = await Servidor.iniciar(
      arquivo === "cliente.ts" ? "servidor_thread.ts" : "servidor_final.ts",
    );
    await using cliente = new Programa(comando(arquivo), {
      ambiente: { PORT: `${servidor.porta}` },
      entrada: "oi\n",
      pasta: pasta.caminho,
    });
    const { codigo, saida } = await cliente.fim();
    expect(saida).toMatch(/Resposta do servidor: Olá|Servidor respondeu: oi\n/);
    expect(codigo).toBe(0);
  });

  test("threads_demo.ts inicia as threads", async () => {
    using pasta = sozinha("threads_demo.ts");
    await using demo = new Programa(comando("threads_demo.ts"), { pasta: pasta.caminho });
    await demo.esperar("Thread 1: Iniciando.\nThread 2: Iniciando.\n");
  });
});

test.each([...SERVIDORES, ...CLIENTES, "threads_demo.ts"])(
  "%s só importa o que vem com o Bun",
  async (arquivo) => {
    const texto = await Bun.file(join(LISTAGENS, arquivo)).text();
    const importados = new Bun.Transpiler({ loader: "ts" }).scanImports(texto);
    expect(importados.filter(({ path }) => !isBuiltin(path))).toEqual([]);
  },
);

test.skipIf(!Bun.which("diff"))(
  "de servidor_sequencial.ts a servidor_thread.ts, no roteiro só muda o que é das threads",
  async () => {
    using pasta = pastaTemporaria();
    const arquivos = ["servidor_sequencial.ts", "servidor_thread.ts"];
    for (const arquivo of arquivos) {
      const texto = await Bun.file(join(LISTAGENS, arquivo)).text();
      const [roteiro, porBaixo] = texto
        .slice(texto.indexOf("*/"))
        .split(/^.*Por baixo.*$/m);
      expect(porBaixo).toBeString();
      await Bun.write(join(pasta.caminho, arquivo), roteiro!);
    }
    const { stdout } = Bun.spawnSync(["diff", "-w", "-B", ...arquivos], {
      cwd: pasta.caminho,
    });
    const linhas = (sinal: string) =>
      stdout
        .toString()
        .split("\n")
        .filter((linha) => linha.startsWith(sinal))
        .map((linha) => linha.slice(1).trim());

    // O que entra é a função da thread e a própria thread
    const entram = linhas(">");
    expect(entram.length).toBeGreaterThan(5);
    for (const linha of entram)
      expect(linha).toMatch(
        /thread|atenderCliente|^\}?$|Conexão estabelecida|sleepSync\(ATRASO_MS\)|sendall|close/i,
      );
    // O que sai é o atendimento feito ali mesmo, e mais nada
    const saem = linhas("<");
    expect(saem.length).toBeGreaterThan(3);
    for (const linha of saem)
      expect(linha).toMatch(
        /rodando na porta|Conexão estabelecida|Bun\.sleep\(ATRASO_MS\)|const mensagem|sendall|close|ATRASO_MS inválido/,
      );
  },
);

/** Até onde uma listagem pode crescer, em linhas, e a parte dela que é o roteiro. */
const LIMITES = [
  ["threads_demo.ts", 65, 38],
  ["servidor_sequencial.ts", 67, 29],
  ["servidor_thread.ts", 138, 35],
  ["cliente.ts", 35, 20],
  ["cliente_final.ts", 75, 45],
  ["servidor_final.ts", 212, 78],
] as const;

test.each(LIMITES)(
  "%s: no máximo %i linhas, e %i de roteiro",
  async (arquivo, todas, roteiro) => {
    const texto = await Bun.file(join(LISTAGENS, arquivo)).text();
    expect(texto.trimEnd().split("\n").length).toBeLessThanOrEqual(todas);
    const [antes = ""] = texto.split(/^.*Por baixo.*$/m);
    const semCabecalho = antes.replace(/^\/\*\*[\s\S]*?\*\/\n(import .*\n)*/, "").trim();
    expect(semCabecalho.split("\n").length).toBeLessThanOrEqual(roteiro);
  },
);
