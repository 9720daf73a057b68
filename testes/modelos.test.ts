/** Os quatro modelos medidos com um comando, e o servidor em C que é o limite deles. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  compilarLimite,
  modelos,
  secaoDosModelos,
} from "../laboratorio/carga/modelos.ts";
import { lerOpcoes } from "../laboratorio/carga/opcoes.ts";
import { resumir } from "../laboratorio/carga/resumo.ts";
import type { Amostra, DadosDaCarga, Recursos } from "../laboratorio/carga/tipos.ts";
import {
  bytesVariados,
  comando,
  melhorDe,
  pastaTemporaria,
  Programa,
  Servidor,
} from "./apoio.ts";

setDefaultTimeout(60_000);

const CC = process.platform === "win32" ? null : Bun.which("cc");
const MiB = 1 << 20;

test.skipIf(process.platform === "win32")(
  "--modelos mede os quatro, e --tipo escolhe",
  () => {
    const semC = (nomes: string[]) => nomes.filter((nome) => !nome.startsWith("C"));
    const nomes = (...linha: string[]) =>
      lerOpcoes(linha).servidores.map(({ nome }) => nome);
    const saudacao = ["sequencial", "thread", "eventos", "posix"];
    const eco = ["thread (eco)", "eventos (eco)", "posix (eco)"];
    expect(semC(nomes("--modelos"))).toEqual([...saudacao, ...eco]);
    expect(semC(nomes("--modelos", "--tipo", "saudacao"))).toEqual(saudacao);
    expect(semC(nomes("--modelos", "--tipo", "eco"))).toEqual(eco);
    expect(nomes("--modelos").filter((nome) => nome.startsWith("C"))).toHaveLength(
      CC ? 2 : 0,
    );
    for (const { partes } of modelos().filter(({ nome }) => !nome.startsWith("C")))
      expect(existsSync(join(import.meta.dir, "..", partes?.[2] ?? ""))).toBe(true);
  },
);

test.skipIf(!CC)(
  "o servidor em C saúda e ecoa byte a byte, e some com quem o compilou",
  async () => {
    const programa = compilarLimite() ?? "";
    const iniciar = async (...partes: string[]) => {
      const servidor = new Servidor([programa, ...partes], {
        ambiente: { HOST: "127.0.0.1", PORT: "0" },
      });
      await servidor.esperar(/porta \d+\.\.\.\n/);
      servidor.porta = Number(servidor.saida.match(/porta (\d+)/)?.[1]);
      return servidor;
    };
    await using saudacao = await iniciar();
    using cliente = await saudacao.conectar();
    expect((await cliente.receberTudo()).toString()).toStartWith("Olá, cliente!");

    await using eco = await iniciar("eco");
    using conexao = await eco.conectar();
    const dados = bytesVariados(4 * MiB);
    const recebido = conexao.receberTudo(20_000);
    await conexao.enviar(dados);
    conexao.terminarEnvio();
    expect((await recebido).equals(dados)).toBe(true);

    const codigo = `const { compilarLimite } = await import(${JSON.stringify(join(import.meta.dir, "../laboratorio/carga/modelos.ts"))}); console.log(compilarLimite());`;
    await using outro = new Programa([process.execPath, "-e", codigo]);
    const { saida } = await outro.fim();
    expect(saida.trim()).toEndWith("limite");
    expect(existsSync(dirname(saida.trim()))).toBe(false);
  },
);

test("o relatório diz em uma frase o que cada modelo troca, com o custo medido", () => {
  const amostra = (servidor: string, clientes: number, megas: number): Amostra => ({
    servidor,
    familia: "eco",
    clientes,
    tamanho_bytes: 64,
    rodada: 1,
    partida_ms: 5,
    medicao: {
      ...{ respostas: 1, bytes: 64, duracao_ms: 1, p50_ms: 1, p99_ms: 1, maximo_ms: 1 },
      ...{ erros: {}, conversas: {}, cpuDoGerador: 0 },
    },
    recursos: { pico_bytes: megas * MiB } as Recursos,
    cpuDoServidor: null,
  });
  const nomes = ["thread (eco)", "eventos (eco)", "posix (eco)"];
  const dados = {
    opcoes: { modelos: true },
    servidores: nomes.map((nome) => ({
      nome,
      comando: "",
      familia: "eco",
      saudacao: "",
    })),
    amostras: nomes.flatMap((nome) => [amostra(nome, 1, 40), amostra(nome, 11, 60)]),
    alcance: [],
  } as unknown as DadosDaCarga;
  const [secao] = secaoDosModelos(dados, resumir(dados));
  expect(secao?.itens).toHaveLength(4);
  for (const [i, modelo] of ["thread", "eventos", "posix"].entries()) {
    const frase = secao?.itens?.[i] ?? "";
    expect(frase).toStartWith(`${modelo}: `);
    expect(frase).toMatch(
      /espera.*socket.*(memória|objeto).*bloque.*2,0 MiB de memória\.$/,
    );
  }
  expect(secao?.itens?.[3]).toContain("Sem um compilador de C");
  expect(secaoDosModelos({ ...dados, opcoes: {} }, [])).toEqual([]);
});

test.skipIf(process.platform === "win32")(
  "um comando mede todos e os compara",
  // Em uma máquina ocupada, os 200 ms de uma medição podem passar sem nenhuma resposta
  () =>
    melhorDe(3, async () => {
      using pasta = pastaTemporaria();
      await using carga = new Programa([
        ...comando("laboratorio/carga.ts"),
        ...["--modelos", "--tipo", "saudacao", "--rapido", "--rodadas", "1"],
        ...["--clientes", "1,4", "--saida", pasta.caminho],
      ]);
      const { codigo, saida } = await carga.fim(50_000);
      expect(saida).toContain("Nenhuma resposta se perdeu nem veio errada.");
      expect(codigo).toBe(0);
      const [, secao = ""] = saida.split("O que cada modelo troca\n");
      for (const modelo of ["sequencial", "thread", "eventos", "posix"])
        expect(secao).toMatch(new RegExp(`^- ${modelo}: [^-]*memória\\.$`, "m"));
    }),
);
