/** O quarto modelo: threads que chamam a libc, e bloqueiam no próprio sistema operacional. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import {
  bytesVariados,
  comando,
  Conexao,
  esperarParar,
  LISTAGENS,
  pastaTemporaria,
  Programa,
  Servidor,
  TEM_PROC,
  textoDe,
} from "./apoio.ts";

setDefaultTimeout(60_000);

const ARQUIVO = "laboratorio/servidor_posix.ts";
const SAUDACAO = "Olá, cliente! Você está conectado ao servidor TCP posix.";
const MiB = 1 << 20;
const RAIZ = join(import.meta.dir, "..");
const PRLIMIT = Bun.which("prlimit");
const PYTHON = Bun.which("python3");
const ROTEIRO = join(RAIZ, "../shared/roteiro");

/** Uma libc que envia só metade, e que a cada duas vezes é interrompida antes de fazer algo. */
const CC = Bun.which("cc");
const NO_WINDOWS = process.platform === "win32"; // não tem a libc
const LIBC_CAPRICHOSA = `
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
static _Thread_local unsigned vez;
static int falha(int erro) { errno = erro; return -1; }
ssize_t send(int fd, const void *dados, size_t n, int opcoes) {
  if (vez++ % 2) return falha(EINTR);
  return syscall(SYS_sendto, fd, dados, (n + 1) / 2, opcoes, 0, 0);
}
ssize_t recv(int fd, void *dados, size_t n, int opcoes) {
  if (vez++ % 2) return falha(EINTR);
  return syscall(SYS_recvfrom, fd, dados, n, opcoes, 0, 0);
}
int accept(int fd, struct sockaddr *endereco, socklen_t *tamanho) {
  if (vez++ % 2) return falha(ECONNABORTED);
  return syscall(SYS_accept, fd, endereco, tamanho);
}
`;

/** O servidor no modo de eco, já escutando. */
async function iniciarEco(
  ambiente: Record<string, string> = {},
  partes = comando(ARQUIVO),
  pasta = LISTAGENS,
): Promise<Servidor> {
  const servidor = new Servidor([...partes, "eco"], {
    ambiente: { HOST: "127.0.0.1", PORT: "0", ...ambiente },
    pasta,
  });
  await servidor.esperar(/porta \d+\.\.\.\n/);
  servidor.porta = Number(servidor.saida.match(/porta (\d+)/)?.[1]);
  return servidor;
}

/** Envia tudo, encerra o envio e confere que o eco é idêntico, até o fim da conexão. */
async function conferirEco(conexao: Conexao, dados: Uint8Array): Promise<void> {
  const [eco] = await Promise.all([
    conexao.receberTudo(20_000),
    conexao.enviar(dados).then(() => conexao.terminarEnvio()),
  ]);
  expect(eco.equals(dados)).toBe(true);
}

/** Um cliente novo é atendido, e o servidor não reclamou de nada. */
async function conferirProximo(servidor: Servidor): Promise<void> {
  using proximo = await servidor.conectar();
  await conferirEco(proximo, Buffer.from("próximo"));
  expect(servidor.vivo).toBe(true);
  expect(servidor.erros).toBe("");
}

/** Copia o servidor para a pasta, com um trecho trocado. */
async function copiarCom(pasta: string, trecho: string, novo: string): Promise<void> {
  for (const arquivo of ["posix/partida.ts", "posix/reserva.ts", "servidor_posix.ts"])
    cpSync(join(RAIZ, "laboratorio", arquivo), join(pasta, arquivo));
  const copia = join(pasta, "servidor_posix.ts");
  const original = readFileSync(copia, "utf-8");
  expect(original).toContain(trecho);
  await Bun.write(copia, original.replace(trecho, novo));
}

/** Como iniciar a cópia que está na pasta. */
function daCopia(pasta: string): [partes: string[], pasta: string] {
  return [comando("servidor_posix.ts"), pasta];
}

/** O que o servidor mostrou de um cliente, mensagem por mensagem. */
function mensagens(servidor: Servidor, { endereco }: Conexao): string[] {
  const inicio = `Mensagem de ${endereco}: `;
  return servidor.saida
    .split("\n")
    .filter((linha) => linha.startsWith(inicio))
    .map((linha) => linha.slice(inicio.length));
}

/** Os descritores que são sockets, e as marcas de abertura (flags) de cada um. */
function socketsDe({ pid }: Programa): { fd: string; marcas: number }[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    if (Number(fd) <= 2) return []; // a saída, que os testes leem por um socket
    try {
      if (!readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:")) return [];
      const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf-8");
      return { fd, marcas: parseInt(info.match(/flags:\s+(\d+)/)?.[1] ?? "", 8) };
    } catch {
      return []; // foi fechado nesse instante
    }
  });
}

/** Quantos Workers existem (Linux): cada um é uma thread do sistema com esse nome. */
function workersDe({ pid }: Programa): number {
  const nome = (thread: string) =>
    readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf-8");
  return readdirSync(`/proc/${pid}/task`).filter((t) => nome(t) === "Worker\n").length;
}

/** Espera um valor, de 5 em 5 ms. */
async function esperarValor<T>(valor: () => T, esperado: T): Promise<void> {
  const limite = performance.now() + 10_000;
  while (valor() !== esperado && performance.now() < limite) await Bun.sleep(5);
  expect(valor()).toBe(esperado);
}

describe.skipIf(NO_WINDOWS)("saudação", () => {
  test("cada cliente espera na sua thread, e ninguém pelo outro", async () => {
    await using servidor = await Servidor.iniciar(ARQUIVO, { ATRASO_MS: "500" });
    const inicio = performance.now();
    const respostas = await Promise.all(
      Array.from({ length: 10 }, async () => {
        using conexao = await servidor.conectar();
        return (await conexao.receberTudo()).toString();
      }),
    );
    expect(respostas).toEqual(Array(10).fill(SAUDACAO));
    expect(performance.now() - inicio).toBeGreaterThan(495);
    expect(performance.now() - inicio).toBeLessThan(10 * 500); // um depois do outro
    expect(
      servidor.saida.match(/Conexão estabelecida com 127\.0\.0\.1:\d+\n/g),
    ).toHaveLength(10);
  });

  test("com MAX_THREADS=2, os outros esperam a vez e nenhum se perde", async () => {
    await using servidor = await Servidor.iniciar(ARQUIVO, {
      ATRASO_MS: "20",
      MAX_THREADS: "2",
    });
    const conexoes = await Promise.all(
      Array.from({ length: 20 }, () => servidor.conectar()),
    );
    for (const conexao of conexoes)
      expect((await conexao.receberTudo()).toString()).toBe(SAUDACAO);
    if (TEM_PROC) await servidor.esperarWorkers(2);
  });

  test("quem desiste antes da resposta não atrapalha o próximo", async () => {
    await using servidor = await Servidor.iniciar(ARQUIVO, { ATRASO_MS: "20" });
    for (let vez = 0; vez < 20; vez++)
      (await servidor.conectar())[vez % 2 ? "derrubar" : "fechar"]();
    using conexao = await servidor.conectar();
    expect((await conexao.receberTudo()).toString()).toBe(SAUDACAO);
    expect(servidor.erros).toBe("");
    expect(servidor.saida).not.toContain("at "); // nenhum rastro de pilha
  });

  test.skipIf(!TEM_PROC)(
    "depois de 10 000 conexões, nenhum descritor nem thread a mais",
    async () => {
      await using servidor = await Servidor.iniciar(ARQUIVO, { MAX_THREADS: "10" });
      const saudar = async () => {
        using conexao = await servidor.conectar();
        expect((await conexao.receberTudo()).toString()).toBe(SAUDACAO);
      };
      const rajada = async (vezes: number) => {
        for (let vez = 0; vez < vezes; vez++)
          await Promise.all(Array.from({ length: 20 }, saudar));
      };
      await rajada(10);
      const descritores = () => readdirSync(`/proc/${servidor.pid}/fd`).length;
      await esperarValor(() => socketsDe(servidor).length, 1);
      const antes = descritores();
      await rajada(500);
      await esperarValor(() => socketsDe(servidor).length, 1);
      // Cada thread abre dois; se ainda nasceu uma, não é de uma conexão
      expect(descritores()).toBeLessThanOrEqual(antes + 2 * 10);
      expect(workersDe(servidor)).toBeLessThanOrEqual(10);
    },
  );
});

describe.skipIf(NO_WINDOWS)("eco", () => {
  test("64 MiB voltam idênticos a quem lê mais devagar do que envia", async () => {
    await using servidor = await iniciarEco();
    using conexao = await servidor.conectar();
    // Em letras: o servidor não tem o que trocar ao mostrá-las, e o teste demora menos
    const dados = Buffer.from(bytesVariados(48 * MiB).toString("base64"));
    const envio = conexao.enviar(dados);
    for (let lidos = 0; lidos < dados.length; lidos += MiB) {
      conexao.voltarALer();
      const eco = await conexao.receber(MiB, 20_000);
      if (!eco.equals(dados.subarray(lidos, lidos + MiB))) expect(lidos).toBe(-1);
      conexao.pararDeLer();
      await Bun.sleep(1); // mais devagar do que o servidor
    }
    await envio;
    conexao.voltarALer();
    conexao.terminarEnvio();
    expect((await conexao.receberTudo()).length).toBe(0);
  });

  test.skipIf(!TEM_PROC)(
    "quem nunca lê só para a sua thread, e não a memória",
    async () => {
      await using servidor = await iniciarEco();
      using primeiro = await servidor.conectar();
      await conferirEco(primeiro, bytesVariados(4 * MiB)); // o servidor já aquecido
      const antes = servidor.picoDeMemoria();

      using conexao = await servidor.conectar();
      conexao.pararDeLer();
      let enviados = 0;
      const envio = conexao.enviar(Buffer.alloc(64 * MiB, "x"), (b) => (enviados = b));
      envio.catch(() => {}); // derrubado ao fim do teste
      await esperarParar(() => enviados);
      expect(enviados).toBeGreaterThan(0);
      expect(enviados).toBeLessThan(32 * MiB); // quase tudo ficou com quem envia
      expect(servidor.picoDeMemoria() - antes).toBeLessThan(32 * 1024);
      await conferirProximo(servidor);
      conexao.derrubar();
      await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    },
  );

  test("quem derruba a conexão só acaba com ela, e o erro tem nome", async () => {
    await using servidor = await iniciarEco({ MAX_THREADS: "1" });
    for (let vez = 0; vez < 5; vez++) {
      using conexao = await servidor.conectar();
      await conexao.enviar("oi");
      await conexao.receber(2);
      conexao.derrubar();
      await servidor.esperar(
        `Erro na conexão com ${conexao.endereco}: recv ECONNRESET\nCliente ${conexao.endereco} desconectado.\n`,
      );
    }
    await conferirProximo(servidor);
  });

  test("quem some com o eco no meio não derruba o servidor (EPIPE, sem SIGPIPE)", async () => {
    await using servidor = await iniciarEco({ MAX_THREADS: "1" });
    for (let vez = 0; vez < 5; vez++) {
      using conexao = await servidor.conectar();
      conexao.pararDeLer();
      conexao.enviar(Buffer.alloc(32 * MiB)).catch(() => {});
      await servidor.esperar(`Mensagem de ${conexao.endereco}: `);
      conexao.derrubar();
      await servidor.esperar(
        new RegExp(`Erro na conexão com ${conexao.endereco}: (send|recv) E[A-Z]+\n`),
      );
    }
    await conferirProximo(servidor);
  });

  test("quem encerra o envio recebe o eco inteiro e depois o fim", async () => {
    await using servidor = await iniciarEco();
    for (const tamanho of [0, 1, 1024, 65_537, 3 * MiB + 1]) {
      using conexao = await servidor.conectar();
      await conferirEco(conexao, bytesVariados(tamanho));
      await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    }
  });

  test("uma letra partida entre dois pacotes é mostrada inteira", async () => {
    await using servidor = await iniciarEco();
    using conexao = await servidor.conectar();
    for (const byte of Buffer.from("aço 🧵 fim")) {
      await conexao.enviar(Buffer.of(byte));
      await conexao.receber(1);
    }
    await conexao.enviar(Buffer.from("é").subarray(0, 1)); // e meia letra no fim
    await conexao.receber(1);
    conexao.terminarEnvio();
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.`);
    expect(mensagens(servidor, conexao).join("")).toBe("aço 🧵 fim\uFFFD");
  });

  test("nenhum cliente comanda o terminal do servidor", async () => {
    await using servidor = await iniciarEco();
    using conexao = await servidor.conectar();
    const controles = Array.from({ length: 32 }, (_, i) => i).concat(
      Array.from({ length: 33 }, (_, i) => 127 + i),
    );
    const texto = "\x1b[2J%s%d" + String.fromCharCode(...controles) + "fim";
    await conferirEco(conexao, Buffer.from(texto));
    await servidor.esperar(/fim\n/);
    expect(servidor.saida).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(mensagens(servidor, conexao)[0]).toMatch(/^%1B\[2J%s%d%00%01.*%0A.*%9Ffim$/);
  });

  test.each(["100", "1"])(
    "500 clientes e %s threads: ninguém perde um byte",
    async (n) => {
      await using servidor = await iniciarEco({ MAX_THREADS: n });
      const conexoes = await Promise.all(
        Array.from({ length: 500 }, () => servidor.conectar()),
      );
      await Promise.all(
        conexoes.map((conexao, i) => conferirEco(conexao, Buffer.from(textoDe(i, 100)))),
      );
      for (const { endereco } of conexoes)
        await servidor.esperar(`Cliente ${endereco} desconectado.\n`);
      if (TEM_PROC) expect(servidor.picoDeMemoria()).toBeLessThan(350 * 1024);
    },
  );

  test("10 clientes ao mesmo tempo: cada um recebe o seu conteúdo, e só ele", async () => {
    await using servidor = await iniciarEco();
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        using conexao = await servidor.conectar();
        for (let vez = 0; vez < 20; vez++) {
          const texto = `${textoDe(i)} (vez ${vez})`;
          await conexao.enviar(texto);
          const eco = await conexao.receber(Buffer.byteLength(texto));
          expect(eco.toString("utf-8")).toBe(texto);
        }
        await conferirEco(conexao, bytesVariados(MiB, i + 1));
      }),
    );
  });
});

describe.skipIf(NO_WINDOWS)("descritores", () => {
  test.skipIf(!TEM_PROC)(
    "nenhum processo filho herda o servidor nem um cliente",
    async () => {
      await using servidor = await iniciarEco();
      using conexao = await servidor.conectar();
      await conexao.enviar("oi");
      await conexao.receber(2);
      const sockets = socketsDe(servidor);
      expect(sockets).toHaveLength(2); // o que escuta e o do cliente
      for (const { marcas } of sockets) expect(marcas & 0o2000000).toBe(0o2000000); // O_CLOEXEC
    },
  );

  test.skipIf(!TEM_PROC || !PRLIMIT)(
    "sem descritores (EMFILE), o servidor espera sem gastar processador e depois continua",
    async () => {
      await using servidor = await iniciarEco({ MAX_THREADS: "2" });
      const limitar = (quantos: number) =>
        Bun.spawnSync([
          PRLIMIT ?? "",
          `--pid=${servidor.pid}`,
          `--nofile=${quantos}:20000`,
        ]);
      const conversar = async (conexao: Conexao) => {
        await conexao.enviar("oi");
        expect((await conexao.receber(2)).toString()).toBe("oi");
      };
      using fica = await servidor.conectar();
      using sai = await servidor.conectar();
      await conversar(fica);
      await conversar(sai); // as duas threads estão ocupadas: nenhuma já espera em accept()
      expect(limitar(3).exitCode).toBe(0);
      sai.fechar();
      await servidor.esperar(`Cliente ${sai.endereco} desconectado.`);

      using segundo = await servidor.conectar();
      await segundo.enviar("espera");
      const antes = servidor.processador();
      await Bun.sleep(1_000);
      expect(servidor.processador() - antes).toBeLessThan(300); // de 1 000 ms
      expect(segundo.aLer).toBe(0);
      await conversar(fica); // quem já está não percebe

      limitar(20000);
      expect((await segundo.receber(6)).toString()).toBe("espera");
      segundo.fechar();
      await conferirProximo(servidor);
    },
  );

  test.skipIf(!TEM_PROC || !Bun.which("sh"))(
    "com poucos descritores, há menos threads, e todos são atendidos",
    async () => {
      await using servidor = await iniciarEco({}, [
        "sh",
        "-c",
        'ulimit -n 64; exec "$@"',
        "sh",
        ...comando(ARQUIVO),
      ]);
      const conexoes = await Promise.all(
        Array.from({ length: 40 }, () => servidor.conectar()),
      );
      await servidor.esperarWorkers(11); // (64 - 32) / 3: três descritores cada uma
      await Promise.all(conexoes.map((c, i) => conferirEco(c, Buffer.from(textoDe(i)))));
      await servidor.esperarWorkers(11);
      await conferirProximo(servidor);
    },
  );
});

describe.skipIf(NO_WINDOWS)("começo e fim", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s encerra com as threads bloqueadas em accept(), recv() e send()",
    async (sinal) => {
      await using servidor = await iniciarEco();
      using calado = await servidor.conectar();
      using semLer = await servidor.conectar();
      semLer.pararDeLer();
      let enviados = 0;
      semLer.enviar(Buffer.alloc(32 * MiB, "x"), (b) => (enviados = b)).catch(() => {});
      await servidor.esperar(`Mensagem de ${semLer.endereco}: `);
      await servidor.esperar(`Novo cliente conectado: ${calado.endereco}`);
      await esperarParar(() => enviados); // o send() bloqueou
      const inicio = performance.now();
      servidor.sinalizar(sinal);
      const { codigo, saida, erros } = await servidor.fim();
      expect(performance.now() - inicio).toBeLessThan(2_000);
      expect(codigo).toBe(0);
      expect(saida).toEndWith("\nServidor sendo encerrado pelo usuário.\n");
      expect(erros).toBe("");
      expect(await calado.receberTudo().catch(() => "")).toHaveLength(0);

      await using outro = await iniciarEco({ PORT: `${servidor.porta}` });
      expect(outro.porta).toBe(servidor.porta); // e recomeça logo na mesma porta
    },
  );

  test("Ctrl+C em um terminal", async () => {
    await using servidor = new Programa(comando(ARQUIVO), {
      ambiente: { HOST: "localhost", PORT: "0" },
      terminal: true,
    });
    await servidor.esperar(/\d+\.\.\.\r\n/);
    servidor.digitar("\x03");
    const fim = await servidor.fim();
    expect(fim.codigo).toBe(0);
    expect(fim.saida).toEndWith("\r\nServidor sendo encerrado pelo usuário.\r\n");
  });

  test("o que está errado no começo é uma linha só, e o código é 1", async () => {
    await using ocupante = await iniciarEco();
    const casos: [Record<string, string>, RegExp][] = [
      [{ PORT: `${ocupante.porta}` }, /^Erro ao iniciar o servidor: .*EADDRINUSE.*\n$/],
      [{ HOST: "192.0.2.1" }, /^Erro ao iniciar o servidor: .*EADDRNOTAVAIL.*\n$/],
      [{ HOST: "nome.invalido" }, /^Erro ao iniciar o servidor: HOST .*IPv4.*\n$/],
      [{ HOST: "::1" }, /^Erro ao iniciar o servidor: HOST .*IPv4.*\n$/],
      [{ PORT: "8000a" }, /^Erro ao iniciar o servidor: PORT .*0 a 65535.*\n$/],
      [{ MAX_THREADS: "0" }, /^Erro ao iniciar o servidor: MAX_THREADS .*\n$/],
    ];
    for (const [ambiente, linha] of casos) {
      await using programa = new Programa(comando(ARQUIVO), {
        ambiente: { HOST: "127.0.0.1", PORT: "0", ...ambiente },
      });
      const { codigo, saida, erros } = await programa.fim();
      expect(erros).toMatch(linha);
      expect(codigo).toBe(1);
      expect(saida).toBe("");
    }
  });

  test.skipIf(!TEM_PROC || !CC)(
    "envio pela metade, chamada interrompida (EINTR) e cliente que desistiu (ECONNABORTED)",
    async () => {
      using pasta = pastaTemporaria();
      const caprichosa = join(pasta.caminho, "libc_caprichosa.so");
      await Bun.write(join(pasta.caminho, "caprichosa.c"), LIBC_CAPRICHOSA);
      const fonte = join(pasta.caminho, "caprichosa.c");
      const cc = Bun.spawnSync([CC ?? "", "-shared", "-fPIC", "-o", caprichosa, fonte]);
      expect(cc.stderr.toString()).toBe("");
      await copiarCom(pasta.caminho, '"libc.so.6"', JSON.stringify(caprichosa));
      await using servidor = await iniciarEco({}, ...daCopia(pasta.caminho));
      for (let vez = 0; vez < 3; vez++) {
        using conexao = await servidor.conectar();
        await conferirEco(conexao, bytesVariados(MiB, vez + 1));
        await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
      }
      expect(servidor.saida).not.toContain("Erro");
      expect(servidor.erros).toBe("");
    },
  );

  test.skipIf(process.platform !== "linux")(
    "onde não há a libc, como no Windows, diz isso em uma linha",
    async () => {
      using pasta = pastaTemporaria();
      await copiarCom(pasta.caminho, '"libc.so.6"', '"libc-ausente.so"');
      const [partes, onde] = daCopia(pasta.caminho);
      await using programa = new Programa(partes, {
        ambiente: { PORT: "0" },
        pasta: onde,
      });
      const { codigo, erros } = await programa.fim();
      expect(erros).toMatch(/^Erro ao iniciar o servidor: .*libc.*Linux.*macOS.*\n$/);
      expect(codigo).toBe(1);
    },
  );

  test("um engano em quem atende mostra o que e onde, e o servidor continua", async () => {
    using pasta = pastaTemporaria();
    const recebe = "    const dados = recv(conexao);\n";
    const engano = '    if (dados[0] === 33) throw new Error("engano meu");\n';
    await copiarCom(pasta.caminho, recebe, recebe + engano);
    await using servidor = await iniciarEco({}, ...daCopia(pasta.caminho));
    using conexao = await servidor.conectar();
    await conexao.enviar("!");
    await servidor.esperar(/Erro na conexão com \S+: .*engano meu/);
    await servidor.esperar(/servidor_posix\.ts:\d+/);
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
    await conferirProximo(servidor);
  });
});

test.skipIf(NO_WINDOWS)(
  "a thread que para é substituída, e o que aconteceu é mostrado",
  async () => {
    using pasta = pastaTemporaria();
    await copiarCom(
      pasta.caminho,
      "    send(conexao, dados);",
      "    libc.close(conexao);",
    );
    await using servidor = await iniciarEco(
      { MAX_THREADS: "1" },
      ...daCopia(pasta.caminho),
    );
    for (let vez = 0; vez < 2; vez++) {
      using conexao = await servidor.conectar();
      await conexao.enviar("oi");
      await servidor.esperar(`Mensagem de ${conexao.endereco}: oi\n`);
      await esperarValor(() => servidor.erros.split("close EBADF").length - 1, vez + 1);
    }
    expect(servidor.vivo).toBe(true);
  },
);

describe.skipIf(NO_WINDOWS)("com os outros", () => {
  test("o verificador aprova o eco e a saudação", async () => {
    const conferencias = [
      ["eco-concorrente", "--", "bun", "run", ARQUIVO, "eco"],
      ["saudacao-concorrente", "--mensagem", SAUDACAO, "--", "bun", "run", ARQUIVO],
    ];
    const conferir = async (partes: string[]) => {
      await using verificador = new Programa(
        [...comando("laboratorio/verificar.ts"), ...partes],
        { pasta: RAIZ },
      );
      const { codigo, saida } = await verificador.fim(40_000);
      expect(saida).toContain("passou em todas as checagens obrigatórias");
      expect(saida).not.toContain("✗");
      expect(codigo).toBe(0);
    };
    await Promise.all(conferencias.map(conferir));
  });

  test("os clientes deste projeto", async () => {
    await using saudacao = await Servidor.iniciar(ARQUIVO);
    await using cliente = new Programa(comando("cliente.ts"), {
      ambiente: { PORT: `${saudacao.porta}` },
    });
    expect((await cliente.fim()).saida).toBe(`Resposta do servidor: ${SAUDACAO}\n`);

    await using eco = await iniciarEco();
    await using final = new Programa(comando("cliente_final.ts"), {
      ambiente: { PORT: `${eco.porta}` },
      entrada: "ação 🧵\n",
    });
    expect((await final.fim()).saida).toContain("Servidor respondeu: ação 🧵\n");
  });

  test.skipIf(!PYTHON || !existsSync(ROTEIRO))("os clientes do roteiro", async () => {
    await using saudacao = await Servidor.iniciar(ARQUIVO);
    await using eco = await iniciarEco();
    const textos = readdirSync(ROTEIRO)
      .filter((nome) => nome.endsWith(".md"))
      .map((nome) => readFileSync(join(ROTEIRO, nome), "utf-8"));
    const listagens = textos.flatMap(
      (texto) => texto.match(/^```python\n.*?^```/gms) ?? [],
    );
    const casos = [
      ["fazer_requisicao", /localhost", 8000/, `localhost", ${saudacao.porta}`, SAUDACAO],
      ["Ocorreu um erro", /PORT = 5555/, `PORT = ${eco.porta}`, "respondeu: Olá, ação!"],
    ] as const;
    for (const [trecho, porta, nova, resposta] of casos) {
      const listagem = listagens.find((uma) => uma.includes(trecho)) ?? "";
      expect(listagem).toMatch(porta);
      const programa = listagem.replace(/^```.*\n?/gm, "").replace(porta, nova);
      await using cliente = new Programa([PYTHON ?? "python3", "-c", programa], {
        ambiente: { PYTHONUTF8: "1" },
        entrada: "Olá, ação!\n",
      });
      const { codigo, saida } = await cliente.fim();
      expect(saida).toContain(resposta);
      expect(codigo).toBe(0);
    }
  });
});
