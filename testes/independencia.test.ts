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
  "de servidor_sequencial.ts a servidor_thread.ts, só muda o que é das threads",
  () => {
    const { stdout } = Bun.spawnSync(
      ["diff", "-w", "-B", "servidor_sequencial.ts", "servidor_thread.ts"],
      { cwd: LISTAGENS },
    );
    const [, ...mudancas] = stdout.toString().split(/^\d.*\n/m);
    expect(mudancas.length).toBeGreaterThan(0);
    const cabecalho = /^[<>] +\*/m;
    const chaves = /^[<>] *\}? *$/gm; // o bloco que as threads abrem se fecha em algum lugar
    for (const mudanca of mudancas) {
      if (cabecalho.test(mudanca) || mudanca.replace(chaves, "").trim() === "") continue;
      expect(mudanca).toMatch(/thread|Worker|isMainThread/i);
    }

    // O que sai é o atendimento feito ali mesmo, que passa a ser da thread, e mais nada
    const saem = mudancas
      .filter((mudanca) => !cabecalho.test(mudanca))
      .flatMap((mudanca) => mudanca.match(/^< +.*\S/gm) ?? [])
      .map((linha) => linha.slice(1).trim());
    for (const linha of saem) {
      expect(linha).toMatch(
        /^\/\/|rodando na porta|Conexão estabelecida|Bun\.sleep\(ATRASO_MS\)|const mensagem|conexao\.end/,
      );
    }
  },
);
