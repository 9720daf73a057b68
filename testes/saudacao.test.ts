/** Os servidores que saúdam: o que cada cliente recebe, e quanto espera por isso. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { melhorDe, SAUDACOES, Servidor, TEM_PROC } from "./apoio.ts";

setDefaultTimeout(30_000);

const T = 200; // duração de cada atendimento (ms)

/** Quanto cada um de N clientes simultâneos esperou pela resposta (ms), em ordem. */
async function esperas(servidor: Servidor, clientes: number): Promise<number[]> {
  const inicio = performance.now();
  const tempos = await Promise.all(
    Array.from({ length: clientes }, async () => {
      using conexao = await servidor.conectar();
      await conexao.receber(1);
      return performance.now() - inicio;
    }),
  );
  return tempos.sort((a, b) => a - b);
}

/** Com N clientes ao mesmo tempo, o k-ésimo é atendido em k·T. */
async function conferirEscada(servidor: Servidor): Promise<void> {
  const tempos = await esperas(servidor, 10);
  for (const [i, tempo] of tempos.entries()) {
    const previsto = (i + 1) * T;
    expect(tempo).toBeGreaterThan(previsto * 0.95);
    expect(tempo).toBeLessThan(previsto * 1.1 + T / 2);
  }
}

/** Com N clientes ao mesmo tempo, todos são atendidos em T: nem duas levas caberiam. */
async function conferirConcorrencia(servidor: Servidor): Promise<void> {
  const tempos = await esperas(servidor, 10);
  expect(tempos[0]).toBeGreaterThan(T * 0.95);
  expect(tempos.at(-1)).toBeLessThan(T * 1.9);
}

describe.each(Object.entries(SAUDACOES))("%s", (arquivo, saudacao) => {
  test("envia a saudação inteira, encerra a conexão e diz com quem falou", async () => {
    await using servidor = await Servidor.iniciar(arquivo);
    using conexao = await servidor.conectar();
    expect((await conexao.receberTudo()).toString("utf-8")).toBe(saudacao);
    await servidor.esperar(`Conexão estabelecida com ${conexao.endereco}\n`);
  });

  test("responde também a quem envia algo e para de enviar", async () => {
    await using servidor = await Servidor.iniciar(arquivo, { ATRASO_MS: "50" });
    using conexao = await servidor.conectar();
    await conexao.enviar(Buffer.alloc(1 << 20));
    conexao.terminarEnvio();
    expect((await conexao.receberTudo()).toString("utf-8")).toBe(saudacao);
  });

  test("500 clientes ao mesmo tempo: todos recebem a saudação, e a memória cabe", async () => {
    await using servidor = await Servidor.iniciar(arquivo);
    const conexoes = await Promise.all(
      Array.from({ length: 500 }, () => servidor.conectar()),
    );
    const respostas = await Promise.all(conexoes.map((c) => c.receberTudo(20_000)));
    expect(new Set(respostas.map(String))).toEqual(new Set([saudacao]));
    if (TEM_PROC) expect(servidor.picoDeMemoria()).toBeLessThan(450 * 1024);
    for (const conexao of conexoes)
      await servidor.esperar(`Conexão estabelecida com ${conexao.endereco}\n`);
  });
});

test("servidor_sequencial.ts: 10 clientes são atendidos em fila, um a cada 0,2 s", async () => {
  await using servidor = await Servidor.iniciar("servidor_sequencial.ts", {
    ATRASO_MS: `${T}`,
  });
  await melhorDe(3, () => conferirEscada(servidor));
});

test("servidor_thread.ts: 10 clientes são atendidos ao mesmo tempo, em 0,2 s", async () => {
  await using servidor = await Servidor.iniciar("servidor_thread.ts", {
    ATRASO_MS: `${T}`,
  });
  await melhorDe(3, () => conferirConcorrencia(servidor));
});

test("a conferência da concorrência reprova o servidor_sequencial.ts", async () => {
  await using servidor = await Servidor.iniciar("servidor_sequencial.ts", {
    ATRASO_MS: `${T}`,
  });
  await expect(conferirConcorrencia(servidor)).rejects.toThrow("toBeLessThan");
});

test("servidor_thread.ts: com MAX_THREADS=2, quatro clientes são atendidos em duas levas", async () => {
  await using servidor = await Servidor.iniciar("servidor_thread.ts", {
    ATRASO_MS: `${T}`,
    MAX_THREADS: "2",
  });
  await melhorDe(3, async () => {
    const tempos = await esperas(servidor, 4);
    expect(tempos[1]).toBeLessThan(T * 1.9);
    expect(tempos[2]).toBeGreaterThan(T * 1.95);
    expect(tempos[3]).toBeLessThan(T * 2.9);
  });
});
