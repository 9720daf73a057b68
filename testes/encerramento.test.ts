/** Ctrl+C e SIGTERM encerram um servidor na hora, com quem estiver conectado. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { comando, HA_SINAIS, Programa, SERVIDORES, Servidor } from "./apoio.ts";

setDefaultTimeout(30_000);

const ULTIMA_LINHA = "\nServidor sendo encerrado pelo usuário.\n";

describe.skipIf(!HA_SINAIS).each(SERVIDORES)("%s", (arquivo) => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s: a última linha e o código 0 em menos de 1 s, no meio dos atendimentos",
    async (sinal) => {
      await using servidor = await Servidor.iniciar(arquivo, { ATRASO_MS: "60000" });
      const conexoes = await Promise.all(
        Array.from({ length: 5 }, () => servidor.conectar()),
      );
      // O servidor de eco conversa; os outros estão no meio de um sleep de 1 minuto
      if (arquivo === "servidor_final.ts")
        for (const conexao of conexoes) {
          await conexao.enviar("oi");
          await conexao.receber(2);
        }
      const atendidos = arquivo === "servidor_sequencial.ts" ? 1 : conexoes.length;
      await servidor.esperar(
        new RegExp(`((Novo cliente|Conexão).*\n(Mensagem.*\n)*){${atendidos}}`),
      );

      const inicio = performance.now();
      servidor.sinalizar(sinal);
      const fim = await servidor.fim();
      expect(performance.now() - inicio).toBeLessThan(1000);
      expect(fim.codigo).toBe(0);
      expect(fim.saida).toEndWith(ULTIMA_LINHA);
      expect(fim.saida.split(ULTIMA_LINHA)).toHaveLength(2);
      expect(fim.erros).toBe("");
      for (const conexao of conexoes)
        expect((await conexao.receberTudo().catch(() => "")).length).toBe(0);
    },
  );

  test("sem ninguém conectado, e de novo na mesma porta logo em seguida", async () => {
    await using servidor = await Servidor.iniciar(arquivo);
    using conexao = await servidor.conectar();
    if (arquivo === "servidor_final.ts") conexao.terminarEnvio();
    await conexao.receberTudo();
    servidor.sinalizar("SIGTERM");
    expect((await servidor.fim()).codigo).toBe(0);

    await using outro = await Servidor.iniciar(arquivo, { PORT: `${servidor.porta}` });
    expect(outro.porta).toBe(servidor.porta);
  });

  test("Ctrl+C em um terminal", async () => {
    await using servidor = new Programa(comando(arquivo), {
      ambiente: { HOST: "127.0.0.1", PORT: "0" },
      terminal: true,
    });
    await servidor.esperar(/\d+(\.\.\.)?\r\n/);
    servidor.digitar("\x03");
    const fim = await servidor.fim();
    expect(fim.codigo).toBe(0);
    expect(fim.saida).toEndWith("\r\nServidor sendo encerrado pelo usuário.\r\n");
  });
});
