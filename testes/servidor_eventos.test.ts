/** O terceiro modelo: a saudação e o eco em uma thread só. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import {
  bytesVariados,
  comando,
  HA_SINAIS,
  Programa,
  Servidor,
  TEM_PROC,
} from "./apoio.ts";

setDefaultTimeout(30_000);

const ARQUIVO = "laboratorio/servidor_eventos.ts";
const SAUDACAO = "Olá, cliente! Você está conectado ao servidor TCP de eventos.";

const threads = (servidor: Servidor) => readdirSync(`/proc/${servidor.pid}/task`).length;

/** O servidor no modo de eco, já escutando. */
async function iniciarEco(): Promise<Servidor> {
  const servidor = new Servidor([...comando(ARQUIVO), "eco"], {
    ambiente: { HOST: "127.0.0.1", PORT: "0" },
  });
  await servidor.esperar(/porta \d+\.\.\.\n/);
  servidor.porta = Number(servidor.saida.match(/porta (\d+)/)?.[1]);
  return servidor;
}

describe("saudação", () => {
  test("atende todos ao mesmo tempo sem criar uma thread para cada um", async () => {
    await using servidor = await Servidor.iniciar(ARQUIVO, { ATRASO_MS: "300" });
    const antes = TEM_PROC ? threads(servidor) : 0;
    const inicio = performance.now();
    const respostas = await Promise.all(
      Array.from({ length: 20 }, async () => {
        using conexao = await servidor.conectar();
        return (await conexao.receberTudo()).toString();
      }),
    );
    const tempo = performance.now() - inicio;
    expect(respostas).toEqual(Array(20).fill(SAUDACAO));
    expect(tempo).toBeGreaterThan(295);
    expect(tempo).toBeLessThan(2 * 300);
    if (TEM_PROC) expect(threads(servidor)).toBeLessThan(antes + 10);
    expect(
      servidor.saida.match(/Conexão estabelecida com 127\.0\.0\.1:\d+\n/g),
    ).toHaveLength(20);
  });

  test("quem vai embora antes da resposta não atrapalha o próximo", async () => {
    await using servidor = await Servidor.iniciar(ARQUIVO, { ATRASO_MS: "50" });
    for (const ir of ["derrubar", "fechar"] as const) (await servidor.conectar())[ir]();
    using conexao = await servidor.conectar();
    expect((await conexao.receberTudo()).toString()).toBe(SAUDACAO);
    expect(servidor.vivo).toBe(true);
  });
});

describe("eco", () => {
  test("devolve cada byte, mesmo a quem demora a ler e para de enviar", async () => {
    await using servidor = await iniciarEco();
    const enviado = bytesVariados(16 << 20);
    using conexao = await servidor.conectar();
    const recebido = conexao.receber(enviado.length);
    conexao.pararDeLer();
    await conexao.enviar(enviado, (bytes) => bytes >= 2 << 20 && conexao.voltarALer());
    conexao.terminarEnvio();
    expect(Buffer.compare(await recebido, enviado)).toBe(0);
    expect(await conexao.receberTudo()).toHaveLength(0);
  });

  test("não mistura dois clientes, e um que se cala não segura o outro", async () => {
    await using servidor = await iniciarEco();
    using calado = await servidor.conectar();
    using conexao = await servidor.conectar();
    await conexao.enviar(Buffer.from("olá"));
    expect((await conexao.receber(4)).toString()).toBe("olá");
    await calado.enviar(Buffer.from("oi"));
    expect((await calado.receber(2)).toString()).toBe("oi");
    expect([conexao.aLer, calado.aLer]).toEqual([0, 0]);
  });
});

test.skipIf(!HA_SINAIS)(
  "Ctrl+C e SIGTERM encerram com 0, e a porta em uso com 1",
  async () => {
    for (const sinal of ["SIGINT", "SIGTERM"] as const) {
      await using servidor = await Servidor.iniciar(ARQUIVO, { ATRASO_MS: "60000" });
      using _conexao = await servidor.conectar();
      await using outro = new Programa(comando(ARQUIVO), {
        ambiente: { HOST: "127.0.0.1", PORT: `${servidor.porta}` },
      });
      expect(await outro.fim()).toMatchObject({
        codigo: 1,
        erros: `Erro ao iniciar o servidor: EADDRINUSE (127.0.0.1:${servidor.porta})\n`,
      });
      servidor.sinalizar(sinal);
      const { codigo, saida } = await servidor.fim(1_000);
      expect(codigo).toBe(0);
      expect(saida).toEndWith("\nServidor sendo encerrado pelo usuário.\n");
    }
  },
);
