/** Como um servidor começa: os endereços do roteiro, e o que diz quando não consegue. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { comando, Conexao, Programa, SERVIDORES, Servidor } from "./apoio.ts";

setDefaultTimeout(30_000);

const INICIO = "Erro ao iniciar o servidor: ";

/** Executa o servidor e confere que ele desiste com uma linha só, que contém `trecho`. */
async function conferirDesistencia(
  arquivo: string,
  ambiente: Record<string, string>,
  trecho: string,
): Promise<void> {
  await using servidor = new Programa(comando(arquivo), {
    ambiente: { HOST: "127.0.0.1", PORT: "0", ...ambiente },
  });
  const { codigo, saida, erros } = await servidor.fim();
  expect(saida).toBe("");
  expect(erros).toMatch(/^.+\n$/); // uma linha só
  expect(erros).toStartWith(INICIO);
  expect(erros).toContain(trecho);
  expect(erros).not.toMatch(/ at .+:\d+:|\.ts|Error:|errno|undefined|NaN|\[object/);
  expect(codigo).toBe(1);
}

describe.each(SERVIDORES)("%s", (arquivo) => {
  const [host, porta] =
    arquivo === "servidor_final.ts" ? ["127.0.0.1", 5555] : ["0.0.0.0", 8000];

  test("sem opções, usa o endereço e a porta do roteiro", async () => {
    await using servidor = new Programa(comando(arquivo));
    // Se a porta do roteiro tem outro dono nesta máquina, é o que o servidor dirá
    const abriu = await servidor.esperar("\n").then(
      () => true,
      () => false,
    );
    if (!abriu) {
      const { erros } = await servidor.fim();
      expect(erros).toBe(`${INICIO}EADDRINUSE (${host}:${porta})\n`);
    } else {
      expect(servidor.saida).toContain(`${porta}`);
      if (process.platform === "linux") {
        // 127.0.0.2 também é esta máquina: só atende por ele quem aceita qualquer endereço
        const outro = Conexao.abrir(porta, "127.0.0.2").then((c) => c.derrubar());
        if (host === "0.0.0.0") await outro;
        else await expect(outro).rejects.toThrow();
      }
    }
  });

  test("a linha de início é a do roteiro", async () => {
    await using servidor = await Servidor.iniciar(arquivo);
    const linha = {
      "servidor_sequencial.ts": `Servidor TCP rodando na porta ${servidor.porta}...`,
      "servidor_thread.ts": `Servidor TCP multithread rodando na porta ${servidor.porta}...`,
      "servidor_final.ts": `Servidor pronto para receber conexões em 127.0.0.1:${servidor.porta}`,
    }[arquivo];
    expect(servidor.saida).toBe(`${linha}\n`);
  });

  test("porta em uso", async () => {
    await using dono = await Servidor.iniciar(arquivo);
    await conferirDesistencia(
      arquivo,
      { PORT: `${dono.porta}` },
      `EADDRINUSE (127.0.0.1:${dono.porta})`,
    );
    using conexao = await dono.conectar(); // o dono da porta segue atendendo
    conexao.terminarEnvio();
    await conexao.receberTudo();
  });

  test("endereço que não é desta máquina", async () => {
    await conferirDesistencia(
      arquivo,
      { HOST: "192.0.2.1" },
      "EADDRNOTAVAIL (192.0.2.1:0)",
    );
  });

  test("nome que não existe", async () => {
    await conferirDesistencia(arquivo, { HOST: "nao.existe.invalid" }, ".invalid:0)");
  });

  const invalidos = [
    ["PORT", "70000"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", "abc"],
    ...(arquivo === "servidor_final.ts" ? [] : [["ATRASO_MS", "x"]]),
    ...(arquivo === "servidor_final.ts" ? [] : [["ATRASO_MS", "-5"]]),
    ...(arquivo === "servidor_sequencial.ts" ? [] : [["MAX_THREADS", "x"]]),
    ...(arquivo === "servidor_sequencial.ts" ? [] : [["MAX_THREADS", "0"]]),
  ] as [string, string][];

  test.each(invalidos)("%s=%s", async (variavel, valor) => {
    const trecho = variavel === "PORT" ? `127.0.0.1:${valor})` : variavel;
    await conferirDesistencia(arquivo, { [variavel]: valor }, trecho);
  });
});
