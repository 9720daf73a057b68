/** Os dois clientes: o que mostram quando tudo vai bem, e quando não vai. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import { comando, type Fim, Programa, SAUDACOES, Servidor, textoDe } from "./apoio.ts";

setDefaultTimeout(30_000);

const CONECTADO = "Conectado ao servidor com sucesso!\n";
const PERGUNTA = "Digite sua mensagem ('sair' ou '' para fechar): ";
const ENCERRADA = "Conexão encerrada.\n";
const SEM_TERMINAL = process.platform === "win32";

/** Um servidor que, ao receber algo (ou já na chegada), faz o que `responder` mandar. */
function responde(quando: "open" | "data", responder: (conexao: Bun.Socket) => void) {
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: { data() {}, end() {}, [quando]: responder },
  });
}

/** Executa um cliente até o fim contra uma porta desta máquina. */
async function executar(
  arquivo: string,
  porta: number | string,
  entrada?: string,
  host = "127.0.0.1",
): Promise<Fim> {
  await using cliente = new Programa(comando(arquivo), {
    ambiente: { HOST: host, PORT: `${porta}` },
    entrada,
  });
  return await cliente.fim();
}

/** Confere uma falha contada em português, em uma linha, com o código 1 e sem pilha. */
function conferirFalha({ codigo, saida, erros }: Fim, antes = "", depois = ""): string {
  const linha = saida.slice(antes.length, saida.length - depois.length);
  expect(saida).toBe(antes + linha + depois);
  expect(linha).toMatch(/^Ocorreu um erro: .+ \(.+:.+\)\n$/);
  expect(linha).not.toMatch(/ at |\.ts\b|Error|errno|undefined|NaN|\[object/);
  expect(erros).toBe("");
  expect(codigo).toBe(1);
  return linha;
}

describe("cliente.ts", () => {
  test.each(Object.entries(SAUDACOES))(
    "mostra a saudação do %s",
    async (arquivo, texto) => {
      await using servidor = await Servidor.iniciar(arquivo);
      const fim = await executar("cliente.ts", servidor.porta);
      expect(fim).toEqual({
        codigo: 0,
        sinal: null,
        saida: `Resposta do servidor: ${texto}\n`,
        erros: "",
      });
    },
  );

  test("lê a resposta inteira: mais de 1024 bytes, e uma letra partida em dois pacotes", async () => {
    const texto = textoDe(1, 100);
    const bytes = Buffer.from(texto);
    const meio = bytes.indexOf("ç") + 1; // entre os dois bytes da letra
    using servidor = responde("open", async (conexao) => {
      conexao.write(bytes.subarray(0, meio));
      await Bun.sleep(50);
      conexao.end(bytes.subarray(meio));
    });
    const fim = await executar("cliente.ts", servidor.port);
    expect(fim.saida).toBe(`Resposta do servidor: ${texto}\n`);
    expect(fim.codigo).toBe(0);
  });

  test("servidor fora do ar", async () => {
    const port = portaLivre();
    const linha = conferirFalha(await executar("cliente.ts", port));
    expect(linha).toContain(`ECONNREFUSED (127.0.0.1:${port})`);
  });

  test("endereço que não existe", async () => {
    const fim = await executar("cliente.ts", 8000, undefined, "nao-existe.invalid");
    expect(conferirFalha(fim)).toContain("ENOTFOUND (nao-existe.invalid:");
  });

  test.each(["abc", "70000", "-1"])("PORT=%s", async (porta) => {
    const fim = await executar("cliente.ts", porta);
    expect(conferirFalha(fim)).toContain(`(127.0.0.1:${porta})`);
  });

  test("servidor que encerra sem responder", async () => {
    using servidor = responde("open", (conexao) => conexao.end());
    const linha = conferirFalha(await executar("cliente.ts", servidor.port));
    expect(linha).toContain("o servidor ");
  });

  test("resposta cortada: conexão derrubada (RST) no meio", async () => {
    using servidor = responde("open", async (conexao) => {
      conexao.write("Olá, cli");
      await Bun.sleep(50);
      conexao.terminate();
    });
    const linha = conferirFalha(await executar("cliente.ts", servidor.port));
    expect(linha).toContain("ECONNRESET");
  });

  test("resposta cortada no meio de uma letra", async () => {
    using servidor = responde(
      "open",
      (c) => void c.end(Buffer.from("Olá").subarray(0, 3)),
    );
    const linha = conferirFalha(await executar("cliente.ts", servidor.port));
    expect(linha).toContain("ERR_ENCODING_INVALID_ENCODED_DATA");
  });

  test.skipIf(SEM_TERMINAL)("Ctrl+C enquanto espera pela resposta", async () => {
    await conferirEspera("cliente.ts", "open");
  });
});

describe("cliente_final.ts", () => {
  test.each(["olá\n", "olá", "  olá \r\n", "olá\noutra linha\n"])(
    "por um pipe (%j): uma pergunta, o eco inteiro e o fim",
    async (entrada) => {
      await using servidor = await Servidor.iniciar("servidor_final.ts");
      const fim = await executar("cliente_final.ts", servidor.porta, entrada);
      expect(fim).toEqual({
        codigo: 0,
        sinal: null,
        saida: `${CONECTADO}${PERGUNTA}Servidor respondeu: olá\n${ENCERRADA}`,
        erros: "",
      });
      await servidor.esperar(
        /Mensagem de 127\.0\.0\.1:\d+: olá\nCliente .* desconectado/,
      );
    },
  );

  test("8 MiB, que não cabem em um envio só, vão e voltam inteiros", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    const texto = textoDe(1, 200_000).slice(0, 8 << 20);
    const fim = await executar("cliente_final.ts", servidor.porta, `${texto}\n`);
    const eco = fim.saida.slice(fim.saida.indexOf("respondeu: ") + 11, -ENCERRADA.length);
    expect(eco === `${texto}\n`).toBe(true);
    expect(fim.codigo).toBe(0);
  });

  test("um eco que chega em pedaços, com uma letra partida", async () => {
    const eco = Buffer.from("ação");
    using servidor = responde("data", async (conexao) => {
      for (const byte of eco) {
        conexao.write(Buffer.of(byte));
        await Bun.sleep(10);
      }
    });
    const fim = await executar("cliente_final.ts", servidor.port, "ação\n");
    expect(fim.saida).toEndWith(`Servidor respondeu: ação\n${ENCERRADA}`);
    expect(fim.codigo).toBe(0);
  });

  test.each(["sair\n", "SAIR\n", " Sair \n", "\n", "   \n", ""])(
    "%j encerra sem enviar nada",
    async (entrada) => {
      await using servidor = await Servidor.iniciar("servidor_final.ts");
      const fim = await executar("cliente_final.ts", servidor.porta, entrada);
      expect(fim.saida.replace(`${PERGUNTA}\n`, PERGUNTA)).toBe(
        CONECTADO + PERGUNTA + ENCERRADA,
      );
      expect(fim.erros).toBe("");
      expect(fim.codigo).toBe(0);
      await servidor.esperar(/Cliente .* desconectado\.\n/);
      expect(servidor.saida).not.toContain("Mensagem de");
    },
  );

  test("servidor fora do ar", async () => {
    const port = portaLivre();
    const fim = await executar("cliente_final.ts", port, "olá\n");
    const linha = conferirFalha(fim, "", ENCERRADA);
    expect(linha).toContain(`ECONNREFUSED (127.0.0.1:${port})`);
  });

  test("endereço que não existe", async () => {
    const fim = await executar("cliente_final.ts", 5555, "olá\n", "nao-existe.invalid");
    expect(conferirFalha(fim, "", ENCERRADA)).toContain("ENOTFOUND (nao-existe.invalid:");
  });

  test.each(["abc", "70000", "-1"])("PORT=%s", async (porta) => {
    const fim = await executar("cliente_final.ts", porta, "olá\n");
    expect(conferirFalha(fim, "", ENCERRADA)).toContain(`(127.0.0.1:${porta})`);
  });

  test("servidor que encerra sem responder", async () => {
    using servidor = responde("data", (conexao) => conexao.end());
    const fim = await executar("cliente_final.ts", servidor.port, "olá\n");
    const linha = conferirFalha(fim, CONECTADO + PERGUNTA, ENCERRADA);
    expect(linha).toContain("o servidor ");
  });

  test("servidor que encerra antes da pergunta", async () => {
    using servidor = responde("open", (conexao) => conexao.end());
    const fim = await executar("cliente_final.ts", servidor.port, "olá\n");
    conferirFalha(fim, CONECTADO + PERGUNTA, ENCERRADA);
  });

  test("uma resposta que não é um eco, mais curta que a mensagem", async () => {
    using servidor = responde("data", (conexao) => void conexao.write("Recebido!"));
    const fim = await executar("cliente_final.ts", servidor.port, "bem mais longa\n");
    expect(fim.saida).toBe(
      `${CONECTADO}${PERGUNTA}Servidor respondeu: Recebido!\n${ENCERRADA}`,
    );
    expect(fim.codigo).toBe(0);
  });

  test("eco cortado: o servidor encerra no meio, até de uma letra", async () => {
    for (const pedaco of ["o", Buffer.from("olá").subarray(0, 3)]) {
      using servidor = responde("data", (conexao) => void conexao.end(pedaco));
      const fim = await executar("cliente_final.ts", servidor.port, "olá\n");
      const linha = conferirFalha(fim, CONECTADO + PERGUNTA, ENCERRADA);
      expect(linha).toContain("o servidor ");
    }
  });

  test("eco cortado: conexão derrubada (RST)", async () => {
    using servidor = responde("data", async (conexao) => {
      conexao.write("o");
      await Bun.sleep(50);
      conexao.terminate();
    });
    const fim = await executar("cliente_final.ts", servidor.port, "olá\n");
    const linha = conferirFalha(fim, CONECTADO + PERGUNTA, ENCERRADA);
    expect(linha).toContain("ECONNRESET");
  });

  describe.skipIf(SEM_TERMINAL)("em um terminal", () => {
    test.each([
      ["olá, ação\r", "Servidor respondeu: olá, ação\r\nConexão encerrada.\r\n"],
      ["SAIR\r", "Conexão encerrada.\r\n"],
      ["\r", "Conexão encerrada.\r\n"],
      ["\x04", "Conexão encerrada.\r\n"], // Ctrl+D: fim da entrada
    ])("digitar %j e terminar sozinho", async (teclas, final) => {
      await using servidor = await Servidor.iniciar("servidor_final.ts");
      await using cliente = emTerminal("cliente_final.ts", servidor.porta);
      await cliente.esperar(PERGUNTA);
      cliente.digitar(teclas);
      const fim = await cliente.fim();
      expect(fim.saida).toEndWith(final);
      expect(fim.codigo).toBe(0);
      await servidor.esperar(/desconectado\.\n/);
      expect(servidor.saida.includes("Mensagem de")).toBe(teclas.startsWith("olá"));
    });

    test("Ctrl+C na pergunta", async () => {
      await using servidor = await Servidor.iniciar("servidor_final.ts");
      await using cliente = emTerminal("cliente_final.ts", servidor.porta);
      await cliente.esperar(PERGUNTA);
      cliente.digitar("\x03");
      await cliente.fim(1000);
      await servidor.esperar(/desconectado\.\n/);
      expect(servidor.saida).not.toContain("Mensagem de");
    });

    test("Ctrl+C enquanto espera pelo eco", async () => {
      await conferirEspera("cliente_final.ts", "data", "olá\r");
    });
  });
});

function emTerminal(arquivo: string, porta: number): Programa {
  return new Programa(comando(arquivo), {
    ambiente: { HOST: "127.0.0.1", PORT: `${porta}` },
    terminal: true,
  });
}

/** Contra um servidor que nunca responde: o cliente espera, e Ctrl+C o encerra na hora. */
async function conferirEspera(arquivo: string, quando: "open" | "data", teclas = "") {
  const { promise: chegou, resolve } = Promise.withResolvers<void>();
  using servidor = responde(quando, () => resolve());
  await using cliente = emTerminal(arquivo, servidor.port);
  if (teclas) {
    await cliente.esperar(PERGUNTA);
    cliente.digitar(teclas);
  }
  await chegou;
  await expect(cliente.fim(300)).rejects.toThrow("não terminou"); // espera de verdade
  cliente.digitar("\x03");
  const fim = await cliente.fim(1000);
  expect(fim.codigo).not.toBe(0);
  expect(fim.saida).not.toContain("respo");
  expect(fim.saida).not.toMatch(/ at |Error/);
}
