/** Um cliente com problema termina sozinho, com a linha dele; o próximo é atendido. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  bytesVariados,
  comando,
  esperarParar,
  LISTAGENS,
  pastaTemporaria,
  Programa,
  SAUDACOES,
  Servidor,
  SERVIDORES,
  TEM_PROC,
} from "./apoio.ts";

setDefaultTimeout(30_000);

/** Linhas do roteiro, onde se põe um defeito. */
const ECO = "conexao.sendall(dados);";
const ATRASO = "Bun.sleepSync(ATRASO_MS);";

/** O que o servidor diz ao cliente; o de eco não diz nada seu. */
function saudacaoDe(arquivo: string): string | undefined {
  return (SAUDACOES as Record<string, string>)[arquivo];
}

/** O próximo cliente é atendido, e o servidor não reclamou de nada fora das linhas dele. */
async function conferirProximo(
  servidor: Servidor,
  saudacao?: string,
  reclamou = false,
): Promise<void> {
  using proximo = await servidor.conectar();
  if (saudacao === undefined) {
    await proximo.enviar("próximo");
    proximo.terminarEnvio();
  }
  const resposta = (await proximo.receberTudo()).toString("utf-8");
  expect(resposta).toBe(saudacao ?? "próximo");
  expect(servidor.saida).not.toContain("undefined");
  expect(servidor.vivo).toBe(true);
  if (!reclamou) expect(servidor.erros).toBe("");
}

test.each(SERVIDORES)(
  "%s: quem desiste antes até de ser aceito não estraga as linhas do servidor",
  async (arquivo) => {
    await using servidor = await Servidor.iniciar(arquivo);
    for (let vez = 0; vez < 20; vez++) (await servidor.conectar()).derrubar();
    await conferirProximo(servidor, saudacaoDe(arquivo));
  },
);

describe("servidor_final.ts", () => {
  test("um cliente derrubado (RST)", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    using conexao = await servidor.conectar();
    await conexao.enviar("oi");
    await conexao.receber(2);
    conexao.derrubar();
    await servidor.esperar(new RegExp(`Erro na conexão com ${conexao.endereco}: .+\n`));
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    await conferirProximo(servidor);
  });

  test("um programa cliente que morre no meio da conversa", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    await using cliente = new Programa(comando("cliente_final.ts"), {
      ambiente: { PORT: `${servidor.porta}` },
      terminal: true,
    });
    await cliente.esperar("Digite sua mensagem");
    cliente.sinalizar("SIGKILL");
    await servidor.esperar(/Cliente 127\.0\.0\.1:\d+ desconectado\.\n/);
    await conferirProximo(servidor);
  });

  test("quem não diz nada não atrapalha ninguém", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    using quieto = await servidor.conectar();
    await servidor.esperar(`Novo cliente conectado: ${quieto.endereco}\n`);
    await conferirProximo(servidor);
    await quieto.enviar("agora sim");
    expect((await quieto.receber(9)).toString()).toBe("agora sim");
    quieto.fechar();
    await servidor.esperar(`Cliente ${quieto.endereco} desconectado.\n`);
  });

  test("quem enviou muito, nunca leu e foi derrubado libera a thread", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts", {
      MAX_THREADS: "1",
    });
    using conexao = await servidor.conectar();
    conexao.pararDeLer();
    conexao.enviar(Buffer.alloc(64 << 20)).catch(() => {});
    await servidor.esperar(`Mensagem de ${conexao.endereco}: `);
    conexao.derrubar();
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    await conferirProximo(servidor);
  });

  test("quem é derrubado bem na hora da resposta libera a thread", async () => {
    using copia = await comDefeito("servidor_final.ts", [
      ECO,
      `Bun.sleepSync(50); ${ECO}`, // dá tempo de ser derrubado
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_final.ts",
      { MAX_THREADS: "1" },
      copia.caminho,
    );
    for (let vez = 0; vez < 10; vez++) {
      using conexao = await servidor.conectar();
      await conexao.enviar("oi");
      await servidor.esperar(`Mensagem de ${conexao.endereco}: oi\n`);
      conexao.derrubar();
      await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    }
    await conferirProximo(servidor);
  });

  test("o que chega espera a vez na ordem, mesmo que a pausa demore a valer", async () => {
    using copia = await comDefeito("servidor_final.ts", ["socket.pause()", "void 0"]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    const dados = bytesVariados(10_000_000);
    for (let vez = 0; vez < 3; vez++) {
      using conexao = await servidor.conectar();
      const envio = conexao.enviar(dados).then(() => conexao.terminarEnvio());
      expect((await conexao.receberTudo()).equals(dados)).toBe(true);
      await envio;
    }
  });

  test("recv() depois de close() dá o fim, e a thread fica livre", async () => {
    using copia = await comDefeito("servidor_final.ts", [
      ECO,
      `if (String(dados) === "/sair") conexao.close(); else ${ECO}`,
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_final.ts",
      { MAX_THREADS: "1" },
      copia.caminho,
    );
    using conexao = await servidor.conectar();
    await conexao.enviar("/sair");
    expect((await conexao.receberTudo()).length).toBe(0);
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    await conferirProximo(servidor);
  });

  test("quem desiste enquanto espera a vez não ocupa a thread", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts", {
      MAX_THREADS: "1",
    });
    using primeiro = await servidor.conectar();
    await servidor.esperar(`Novo cliente conectado: ${primeiro.endereco}\n`);
    using derrubado = await servidor.conectar();
    if (TEM_PROC) await servidor.esperarConexoes(2); // já aceito, e na fila
    derrubado.derrubar();
    using desistente = await servidor.conectar();
    desistente.fechar();
    using paciente = await servidor.conectar();
    await paciente.enviar("esperei");
    paciente.terminarEnvio();

    await primeiro.enviar("sou o primeiro");
    await primeiro.receber(14); // ninguém passou na frente
    expect(servidor.saida.match(/Novo cliente/g)).toHaveLength(1);
    primeiro.fechar();
    expect((await paciente.receberTudo()).toString()).toBe("esperei");
    for (const { endereco } of [primeiro, derrubado, desistente, paciente])
      await servidor.esperar(`Cliente ${endereco} desconectado.\n`);
    await conferirProximo(servidor);
  });

  test("uma exceção na thread de um cliente mostra o erro e a linha, e é só dele", async () => {
    using copia = await comDefeito("servidor_final.ts", [
      ECO,
      `if (String(dados) === "falhe") throw new Error("falha de propósito"); ${ECO}`,
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using vizinho = await servidor.conectar();
    using conexao = await servidor.conectar();
    await conexao.enviar("falhe");
    expect((await conexao.receberTudo()).length).toBe(0);
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    expect(servidor.saida).toContain(`Erro na conexão com ${conexao.endereco}:`);
    expect(servidor.saida).toContain("falha de propósito");
    expect(servidor.saida).toMatch(/servidor_final\.ts:\d+/);
    await vizinho.enviar("continuo aqui");
    expect((await vizinho.receber(13)).toString()).toBe("continuo aqui");
    await conferirProximo(servidor);
  });

  test("process.exit() na thread é um engano só daquele cliente", async () => {
    using copia = await comDefeito("servidor_final.ts", [
      ECO,
      `if (String(dados) === "falhe") process.exit(); ${ECO}`,
    ]);
    for (const threads of ["1", "100"]) {
      await using servidor = await Servidor.iniciar(
        "servidor_final.ts",
        { MAX_THREADS: threads },
        copia.caminho,
      );
      using conexao = await servidor.conectar();
      await conexao.enviar("falhe");
      using naFila = await servidor.conectar();
      await naFila.enviar("e eu?");
      expect((await conexao.receberTudo().catch(() => "")).length).toBe(0);
      expect((await naFila.receber(5)).toString()).toBe("e eu?");
      await servidor.esperarErro(/servidor_final\.ts:\d+/);
      naFila.fechar();
      await conferirProximo(servidor, undefined, true);
    }
  });

  test.each([
    ["setTimeout(() => { throw new Error('de propósito'); });"],
    ["void Promise.reject(new Error('de propósito'));"],
  ])("um erro solto aparece com a linha, e nenhum cliente o sente: %s", async (falha) => {
    using copia = await comDefeito("servidor_final.ts", [ECO, `${falha} ${ECO}`]);
    for (const threads of ["1", "2"]) {
      await using servidor = await Servidor.iniciar(
        "servidor_final.ts",
        { MAX_THREADS: threads },
        copia.caminho,
      );
      for (let cliente = 0; cliente < 30; cliente++) {
        using conexao = await servidor.conectar();
        await conexao.enviar("oi");
        expect((await conexao.receber(2)).toString()).toBe("oi");
        conexao.fechar();
      }
      await servidor.esperarErro(/servidor_final\.ts:\d+/);
      await conferirProximo(servidor, undefined, true);
    }
  });

  test("quem é derrubado com muitos envios pendentes libera a thread", async () => {
    using copia = await comDefeito("servidor_final.ts", [
      ECO,
      `Bun.sleepSync(50); for (let i = 0; i < 200; i++) conexao.sendall("k".repeat(965));`,
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_final.ts",
      { MAX_THREADS: "1" },
      copia.caminho,
    );
    for (let vez = 0; vez < 8; vez++) {
      using conexao = await servidor.conectar();
      await conexao.enviar("oi");
      await servidor.esperar(`Mensagem de ${conexao.endereco}: oi\n`);
      conexao.derrubar();
      await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    }
  });

  test.skipIf(!TEM_PROC)(
    "quem é derrubado com a caixa cheia não deixa a memória dele para trás",
    async () => {
      using copia = await comDefeito("servidor_final.ts", [
        "console.log(`Mensagem de ${endereco}: ${conexao.decode(dados)}`);",
        "", // calado, para não se medir o que ele escreve
      ]);
      await using servidor = await Servidor.iniciar(
        "servidor_final.ts",
        {},
        copia.caminho,
      );
      const dados = bytesVariados(4_000_000);
      const derrubarCheios = async (quantos: number) => {
        for (let vez = 0; vez < quantos; vez++) {
          using conexao = await servidor.conectar();
          conexao.pararDeLer();
          let enviados = 0;
          const envio = conexao.enviar(dados, (bytes) => (enviados = bytes));
          await esperarParar(() => enviados, 20);
          conexao.derrubar();
          await envio.catch(() => {});
          await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
        }
      };
      await derrubarCheios(10); // o que se cria uma vez só
      const antes = servidor.picoDeMemoria();
      await derrubarCheios(40);
      expect(servidor.picoDeMemoria() - antes).toBeLessThan(48 << 10);
    },
  );
});

describe.each(Object.entries(SAUDACOES))("%s", (arquivo, saudacao) => {
  test("um cliente derrubado, outro que se vai e um que fica quieto", async () => {
    await using servidor = await Servidor.iniciar(arquivo, { ATRASO_MS: "100" });
    using derrubado = await servidor.conectar();
    await servidor.esperar(`Conexão estabelecida com ${derrubado.endereco}\n`);
    derrubado.derrubar(); // no meio do atendimento
    using desistente = await servidor.conectar();
    desistente.fechar();
    using quieto = await servidor.conectar();
    expect((await quieto.receberTudo()).toString()).toStartWith("Olá");
    await servidor.esperar(`Conexão estabelecida com ${desistente.endereco}\n`);
    await conferirProximo(servidor, saudacao);
  });

  test("quem desiste enquanto espera a vez não impede os outros", async () => {
    await using servidor = await Servidor.iniciar(arquivo, {
      ATRASO_MS: "100",
      MAX_THREADS: "1",
    });
    using primeiro = await servidor.conectar();
    using derrubado = await servidor.conectar();
    if (TEM_PROC) await servidor.esperarConexoes(2); // já aceito, e na fila
    derrubado.derrubar();
    using desistente = await servidor.conectar();
    desistente.fechar();
    using paciente = await servidor.conectar();
    for (const conexao of [primeiro, paciente])
      expect((await conexao.receberTudo()).toString()).toStartWith("Olá");
    for (const { endereco } of [derrubado, desistente])
      await servidor.esperar(`Conexão estabelecida com ${endereco}\n`);
    await conferirProximo(servidor, saudacao);
  });
});

describe("servidor_thread.ts", () => {
  const saudacao = SAUDACOES["servidor_thread.ts"];

  /** Só com o primeiro cliente de todas as threads acontece a falha. */
  const seForOPrimeiro = (falha: string) => `
    let primeiro = true;
    try { require("node:fs").mkdirSync(process.env.JA_FALHOU); } catch { primeiro = false; }
    if (primeiro) { ${falha} }`;

  test("uma exceção na thread de um cliente mostra o erro e a linha, e é só dele", async () => {
    using copia = await comDefeito("servidor_thread.ts", [
      ATRASO,
      `${ATRASO} ${seForOPrimeiro(`throw new Error("falha de propósito");`)}`,
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_thread.ts",
      { ATRASO_MS: "100", JA_FALHOU: join(copia.caminho, "ja_falhou") },
      copia.caminho,
    );
    const conexoes = await Promise.all([servidor.conectar(), servidor.conectar()]);
    const respostas = await Promise.all(conexoes.map((c) => c.receberTudo()));
    expect(respostas.map((r) => r.length > 0).sort()).toEqual([false, true]);
    await conferirProximo(servidor, saudacao, true);
    expect(servidor.saida + servidor.erros).toContain("falha de propósito");
    expect(servidor.saida + servidor.erros).toMatch(/servidor_thread\.ts:\d+/);
  });

  test("um erro solto aparece com a linha, e nenhum cliente o sente", async () => {
    using copia = await comDefeito("servidor_thread.ts", [
      ATRASO,
      `setTimeout(() => { throw new Error("de propósito"); }); ${ATRASO}`,
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_thread.ts",
      { MAX_THREADS: "2" },
      copia.caminho,
    );
    for (let cliente = 0; cliente < 30; cliente++)
      await conferirProximo(servidor, saudacao, true);
    await servidor.esperarErro(/servidor_thread\.ts:\d+/);
  });

  test("quem é derrubado com muitos envios pendentes libera a thread", async () => {
    using copia = await comDefeito("servidor_thread.ts", [
      ATRASO,
      `Bun.sleepSync(50); for (let i = 0; i < 200; i++) conexao.sendall("k".repeat(965));`,
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_thread.ts",
      { MAX_THREADS: "1" },
      copia.caminho,
    );
    for (let vez = 0; vez < 6; vez++) {
      using conexao = await servidor.conectar();
      await servidor.esperar(`Conexão estabelecida com ${conexao.endereco}\n`);
      conexao.derrubar();
    }
    using ultimo = await servidor.conectar();
    await ultimo.receber(965);
  });
});

describe.skipIf(!TEM_PROC)("as threads", () => {
  test.each(["servidor_thread.ts", "servidor_final.ts"])(
    "%s: a thread que ficou livre atende o próximo cliente",
    async (arquivo) => {
      await using servidor = await Servidor.iniciar(arquivo);
      for (let vez = 0; vez < 40; vez++)
        await conferirProximo(servidor, saudacaoDe(arquivo));
      // O cliente vê o fim da conexão um instante antes de a thread ficar livre
      expect(servidor.workers()).toBeLessThanOrEqual(4);
    },
  );

  test.each(["servidor_thread.ts", "servidor_final.ts"])(
    "%s: cada cliente conectado tem uma thread só dele, até MAX_THREADS",
    async (arquivo) => {
      await using servidor = await Servidor.iniciar(arquivo, {
        ATRASO_MS: "60000",
        MAX_THREADS: "30",
      });
      const conexoes = await Promise.all(
        Array.from({ length: 60 }, () => servidor.conectar()),
      );
      await servidor.esperar(/((Novo cliente|Conexão estabelecida).*\n){30}/);
      await servidor.esperarWorkers(30);
      for (const conexao of conexoes) conexao.derrubar();
    },
  );
});

/** Copia uma listagem para uma pasta só dela, com cada trecho trocado pelo defeito. */
async function comDefeito(arquivo: string, ...trocas: [string, string][]) {
  let texto = await Bun.file(join(LISTAGENS, arquivo)).text();
  for (const [trecho, defeito] of trocas) {
    expect([trecho, texto.split(trecho).length - 1]).toEqual([trecho, 1]);
    texto = texto.replace(trecho, () => defeito);
  }
  const copia = pastaTemporaria();
  await Bun.write(join(copia.caminho, arquivo), texto);
  return copia;
}
