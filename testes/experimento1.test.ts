/** O Experimento 1 de ponta a ponta, com servidores de verdade: a escada, a fila e os erros. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ErroDeUso } from "../laboratorio/comando/erros.ts";
import { medirRodada } from "../laboratorio/espera/medicao.ts";
import type { Dados, Rodada } from "../laboratorio/espera/tipos.ts";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import { sinalizar } from "../laboratorio/servidores/processo.ts";
import { ServidorEmTeste } from "../laboratorio/servidores/servidor_em_teste.ts";
import { comando, melhorDe, pastaTemporaria, Programa } from "./apoio.ts";

setDefaultTimeout(60_000);

const PROJETO = join(import.meta.dir, "..");
const EXPERIMENTO = join(PROJETO, "laboratorio/experimento1.ts");
const BUN = `"${process.execPath}"`;
const ROTEIRO = join(PROJETO, "../shared/roteiro/tutorial_servidor_tcp.md");

const SEM_THREADS = "Olá, cliente! Você está conectado ao servidor TCP.";
const COM_THREADS = "Olá, cliente! Você está conectado ao servidor TCP multithread.";

/** Executa o experimento na pasta dada e espera ele terminar. */
async function experimento(saida: string, opcoes: string[]) {
  const partes = [...comando(EXPERIMENTO), "--saida", saida, ...opcoes];
  await using programa = new Programa(partes);
  return await programa.fim(25_000);
}

async function lerDados(pasta: string): Promise<Dados> {
  return Bun.file(join(pasta, "dados.json")).json();
}

/** Um servidor de saudação mínimo, com `extra` a cada cliente (o n-ésimo). */
async function escreverServidor(pasta: string, extra: string): Promise<string> {
  const arquivo = join(pasta, "servidor.ts");
  await Bun.write(
    arquivo,
    `let n = 0;
    Bun.listen({
      hostname: "127.0.0.1",
      port: Number(process.argv[2] ?? process.env.PORT),
      socket: { data() {}, async open(conexao) { n++; ${extra} } },
    });
    console.log("escutando");`,
  );
  return `${BUN} run "${arquivo}"`;
}

/** Um servidor neste mesmo processo, que faz o que os avisos dados disserem. */
function servidorDeMentira(socket: Bun.SocketHandler) {
  const opcoes = { hostname: "127.0.0.1", port: 0, socket: { data() {}, ...socket } };
  return Bun.listen(opcoes);
}

/** Nunca antes do previsto; e, em uma máquina ocupada, até meio T depois. */
const perto = (medido: number | null, previsto: number) =>
  medido !== null && medido >= previsto - 10 && medido <= previsto + T / 2;

/** O que na medida contraria a lei, esperando que `fila` seja sequencial e `juntos` não. */
function contraALei({ rodadas }: Dados, fila: string, juntos: string): string[] {
  const contrarios = (nome: string, previsto: (k: number, t: number) => number) =>
    rodadas
      .filter(({ servidor, rodada }) => servidor === nome && rodada > 0)
      .flatMap(({ atendimentos, atraso_ms, clientes }) =>
        atendimentos
          .filter((a) => !perto(a.primeiroByte_ms, previsto(a.cliente, atraso_ms ?? 0)))
          .map((a) => `${nome}: cliente ${a.cliente} de ${clientes}`),
      );
  return [...contrarios(fila, (k, t) => k * t), ...contrarios(juntos, (_, t) => t)];
}

const CURTA = ["--rodadas", "1", "--clientes", "1", "--atraso", "0"];
const T = 300;
const MEDIDA = ["--rodadas", "1", "--clientes", "5", "--atraso", `${T}`];

describe("o experimento nos servidores do roteiro", () => {
  test("mostra a escada do sequencial e a linha reta das threads", async () => {
    await melhorDe(3, async () => {
      using pasta = pastaTemporaria();
      const { codigo, saida } = await experimento(pasta.caminho, MEDIDA);
      expect(codigo).toBe(0);
      const dados = await lerDados(pasta.caminho);
      expect(contraALei(dados, "sequencial", "thread")).toEqual([]);
      expect(dados.rodadas.filter(({ rodada }) => rodada > 0)).toHaveLength(2);
      expect(dados.rodadas.filter(({ rodada }) => rodada === 0)).toHaveLength(2);

      expect(saida).toMatch(/previsto N·T = 5 × 300 ms = 1\.500 ms, .* confere/);
      expect(saida).not.toContain("não confere");
      expect(saida.match(/^1 ·{0,5}█+ +\d+ ms$/gm)).toHaveLength(2);
      expect(saida.match(/^5 ·+█+ +1\.\d+ ms$/gm)).toHaveLength(1);
    });
  });

  test("trocados um pelo outro, a mesma conferência os acusa", async () => {
    await melhorDe(3, async () => {
      using pasta = pastaTemporaria();
      const trocados = [
        "--servidor",
        `sequencial=${BUN} run "${PROJETO}/servidor_thread.ts"`,
        "--servidor",
        `thread=${BUN} run "${PROJETO}/servidor_sequencial.ts"`,
      ];
      const { codigo, saida } = await experimento(pasta.caminho, [
        ...MEDIDA,
        ...trocados,
      ]);
      expect(codigo).toBe(0);
      const acusados = contraALei(await lerDados(pasta.caminho), "sequencial", "thread");
      expect(acusados).toContain("sequencial: cliente 5 de 5");
      expect(acusados).toContain("thread: cliente 5 de 5");
      expect(saida).toMatch(/^sequencial: .* parece atender todos ao mesmo tempo$/m);
      expect(saida).toMatch(/^thread: .* parece atender um cliente de cada vez$/m);
    });
  });

  test("--rapido faz poucas rodadas curtas, e CSV e JSON dizem o mesmo", async () => {
    using pasta = pastaTemporaria();
    const { codigo, saida } = await experimento(pasta.caminho, [
      ...["--rapido", "--clientes", "1,5"],
      ...["sequencial", "thread", "eventos", "posix"].flatMap((nome) => [
        "--servidor",
        nome,
      ]),
    ]);
    expect(codigo).toBe(0);

    const dados = await lerDados(pasta.caminho);
    expect(dados.versao).toBe(1);
    expect(dados.opcoes).toMatchObject({
      clientes: [1, 5],
      rodadas: 3,
      atraso: [0, 50],
    });
    expect(dados.servidores.map(({ modelo }) => modelo)).toEqual([
      "sequencial",
      "concorrente",
      "concorrente",
      "concorrente",
    ]);
    const csv = readFileSync(join(pasta.caminho, "dados.csv"), "utf-8");
    const [cabecalho, ...linhas] = csv.replace("\uFEFF", "").trimEnd().split("\r\n");
    const colunas = cabecalho?.split(";") ?? [];
    const doCsv = linhas.map((linha) => {
      const celulas = linha.split(";");
      const numero = (coluna: string) =>
        Number(celulas[colunas.indexOf(coluna)]?.replace(",", ".") || NaN);
      return [celulas[0], ...NUMERICAS.map(numero)];
    });
    const doJson = dados.rodadas.flatMap((rodada) =>
      rodada.atendimentos.map((a) => [
        rodada.servidor,
        rodada.atraso_ms ?? NaN,
        rodada.clientes,
        rodada.rodada,
        a.cliente,
        a.partida_ms,
        a.conectado_ms ?? NaN,
        a.primeiroByte_ms ?? NaN,
        a.ultimoByte_ms ?? NaN,
        a.bytes,
        rodada.makespan_ms ?? NaN,
      ]),
    );
    expect(doJson).toHaveLength(4 * 2 * (3 * (1 + 5) + 5));
    expect(doCsv).toEqual(doJson);

    for (const arquivo of saida.split("Arquivos:\n")[1]?.trim().split(/\s+/) ?? [])
      expect(existsSync(arquivo)).toBe(true);
    expect(existsSync(join(pasta.caminho, "relatorio.html"))).toBe(true);
  });
});

const NUMERICAS = [
  "atraso_ms",
  "clientes",
  "rodada",
  "cliente",
  "partida_ms",
  "conectado_ms",
  "primeiro_byte_ms",
  "ultimo_byte_ms",
  "bytes",
  "makespan_ms",
];

describe("outros servidores", () => {
  test("--alvo mede um servidor que já roda, sem tempo de atendimento nem previsão", async () => {
    using pasta = pastaTemporaria();
    await using servidor = await ServidorEmTeste.iniciar({
      nome: "thread",
      comando: comando(join(PROJETO, "servidor_thread.ts")),
    });
    const alvo = `localhost:${servidor.porta}`;
    const opcoes = ["--alvo", alvo, "--rodadas", "1", "--clientes", "3"];
    const { codigo } = await experimento(pasta.caminho, opcoes);
    expect(codigo).toBe(0);
    expect(servidor.vivo).toBe(true);
    const { rodadas } = await lerDados(pasta.caminho);
    expect(
      rodadas.map(({ servidor, atraso_ms, rodada }) => [servidor, atraso_ms, rodada]),
    ).toEqual([
      [alvo, null, 0],
      [alvo, null, 1],
    ]);
    expect(rodadas[1]?.atendimentos.map(({ bytes }) => bytes)).toEqual(
      Array(3).fill(Buffer.byteLength(COM_THREADS)),
    );
  });

  test("{porta} no comando recebe a porta escolhida", async () => {
    using pasta = pastaTemporaria();
    const servidor = await escreverServidor(pasta.caminho, `conexao.end("oi");`);
    const { codigo } = await experimento(pasta.caminho, [
      "--servidor",
      `meu=env PORT=1 ${servidor} {porta}`,
      ..."--rodadas 1 --clientes 1 --atraso 0".split(" "),
    ]);
    expect(codigo).toBe(0);
  });

  const temPython = Bun.which("python3") !== null && existsSync(ROTEIRO);
  test.skipIf(!temPython)(
    "os dois do roteiro em Python se revezam na mesma porta fixa (precisa de python3 e do roteiro)",
    async () => {
      using pasta = pastaTemporaria();
      const porta = portaLivre();
      const listagens = readFileSync(ROTEIRO, "utf-8").matchAll(/```python\n(.*?)```/gs);
      const servidores = [...listagens].slice(0, 2).map(([, codigo = ""], i) => {
        const arquivo = join(pasta.caminho, `servidor${i}.py`);
        return Bun.write(arquivo, codigo.replace("8000", `${porta}`)).then(() => [
          "--servidor",
          `python${i}=python3 ${arquivo}@${porta}`,
        ]);
      });
      const opcoes = [...(await Promise.all(servidores)).flat(), "--rodadas", "2"];
      const { codigo, erros } = await experimento(pasta.caminho, [
        ...opcoes,
        ..."--clientes 1,2 --atraso 0".split(" "),
      ]);
      expect([codigo, erros]).toEqual([0, expect.not.stringContaining("Erro")]);
      const { rodadas } = await lerDados(pasta.caminho);
      const atendimentos = rodadas.flatMap((rodada) => rodada.atendimentos);
      expect(atendimentos.every(({ erro }) => erro === null)).toBe(true);
      const tamanhos = (nome: string) => [
        ...new Set(
          rodadas
            .filter(({ servidor }) => servidor === nome)
            .flatMap((rodada) => rodada.atendimentos.map(({ bytes }) => bytes)),
        ),
      ];
      expect(tamanhos("python0")).toEqual([Buffer.byteLength(SEM_THREADS)]);
      expect(tamanhos("python1")).toEqual([Buffer.byteLength(COM_THREADS)]);
    },
  );
});

test("outra execução guarda a anterior, com as respostas, e não mistura os gráficos", async () => {
  using base = pastaTemporaria();
  const pasta = join(base.caminho, "saida");
  const medir = (atraso: string) =>
    experimento(pasta, ["--rodadas", "1", "--clientes", "1", "--atraso", atraso]);
  const primeira = await medir("5");
  expect(primeira.saida).not.toContain("anterior");
  await Bun.write(join(pasta, "relatorio.md"), "minhas respostas");

  const { codigo, saida } = await medir("0");
  expect(codigo).toBe(0);
  const guardada = /^O resultado anterior foi guardado em (.+)$/m.exec(saida)?.[1] ?? "";
  expect(guardada).toMatch(/saida-20\d\d-\d\d-\d\d-\d\dh\d\dm\d\d$/);
  expect(readFileSync(join(guardada, "relatorio.md"), "utf-8")).toBe("minhas respostas");
  expect(existsSync(join(guardada, "espera_5ms.svg"))).toBe(true);
  expect(existsSync(join(pasta, "espera_5ms.svg"))).toBe(false);
  expect(existsSync(join(pasta, "espera_0ms.svg"))).toBe(true);
});

test("o ambiente de quem mede não chega ao servidor, a não ser o que se pede", async () => {
  const ambiente = { HOST: "0.0.0.0", ATRASO_MS: "500", MAX_THREADS: "1" };
  const antes = { ...process.env };
  Object.assign(process.env, ambiente);
  try {
    const visto = async (pedido?: Record<string, string>) => {
      await using servidor = await ServidorEmTeste.iniciar({
        nome: "x",
        comando: [
          process.execPath,
          "-e",
          `const { HOST, ATRASO_MS, MAX_THREADS, PORT } = process.env;
           console.log("ambiente", HOST, ATRASO_MS, MAX_THREADS);
           Bun.listen({ hostname: HOST, port: Number(PORT), socket: { data() {} } });`,
        ],
        ambiente: pedido,
      });
      expect(await servidor.esperar((saida) => saida.includes("\n"), 5_000)).toBe(true);
      return servidor.linhas[0]?.texto;
    };
    expect(await visto()).toBe("ambiente 127.0.0.1 0 100");
    expect(await visto({ ATRASO_MS: "70" })).toBe("ambiente 127.0.0.1 70 100");
  } finally {
    for (const nome of Object.keys(ambiente)) {
      if (antes[nome] === undefined) delete process.env[nome];
      else process.env[nome] = antes[nome];
    }
  }
});

const passo = { servidor: "x", atraso_ms: 0, clientes: 2, rodada: 1 };
const medir = async (socket: Bun.SocketHandler, clientes = 2) => {
  using servidor = servidorDeMentira(socket);
  const endereco = { host: "127.0.0.1", porta: servidor.port };
  return await medirRodada(endereco, { ...passo, clientes });
};
const erros = ({ atendimentos }: Rodada) => atendimentos.map(({ erro }) => erro);

describe("a medição de um cliente", () => {
  test("anota os instantes na ordem em que acontecem, e os clientes por ordem de chegada", async () => {
    let chegadas = 0;
    const rodada = await medir(
      {
        async open(conexao) {
          const espera = [60, 20, 40][chegadas++] ?? 0;
          await Bun.sleep(espera);
          conexao.write("olá");
          await Bun.sleep(30);
          conexao.end("!");
        },
      },
      3,
    );
    expect(rodada.atendimentos.map(({ cliente }) => cliente)).toEqual([1, 2, 3]);
    const primeiros = rodada.atendimentos.map(
      ({ primeiroByte_ms }) => primeiroByte_ms ?? 0,
    );
    expect(primeiros).toEqual(primeiros.toSorted((a, b) => a - b));
    for (const [i, a] of rodada.atendimentos.entries()) {
      expect(a.erro).toBeNull();
      expect(a.bytes).toBe(5);
      expect(a.partida_ms).toBeLessThanOrEqual(a.conectado_ms ?? -1);
      expect(a.primeiroByte_ms).toBeGreaterThanOrEqual(20 * (i + 1) - 2);
      expect((a.ultimoByte_ms ?? 0) - (a.primeiroByte_ms ?? 0)).toBeGreaterThan(20);
    }
    expect(rodada.makespan_ms).toBe(rodada.atendimentos[2]?.ultimoByte_ms ?? null);
  });

  test("os clientes partem juntos: ninguém espera o outro se conectar", async () => {
    let abertas = 0;
    const todas = Promise.withResolvers<void>();
    const rodada = await medir(
      {
        async open(conexao) {
          if (++abertas === 20) todas.resolve();
          await todas.promise; // só responde quando os 20 estão conectados
          conexao.end("oi");
        },
      },
      20,
    );
    expect(erros(rodada)).toEqual(Array(20).fill(null));
  });

  test("quem não é atendido diz por quê, e os outros contam", async () => {
    let n = 0;
    const alternado = await medir({
      open: (conexao) => void (n++ === 0 ? conexao.end("oi") : conexao.end()),
    });
    expect(erros(alternado)).toEqual([
      null,
      "o servidor encerrou a conexão sem responder",
    ]);
    expect(alternado.makespan_ms).toBe(alternado.atendimentos[0]?.ultimoByte_ms ?? null);

    const cortado = await medir({
      open: (conexao) => void (conexao.write("o"), conexao.flush(), conexao.terminate()),
    });
    expect(erros(cortado)[0]).toBe(
      "o servidor interrompeu a conexão antes de terminar a resposta",
    );
    expect(cortado.makespan_ms).toBeNull();

    const porta = portaLivre();
    const ninguem = await medirRodada({ host: "127.0.0.1", porta }, passo);
    expect(erros(ninguem)[0]).toBe("conexão recusada: nenhum servidor nesta porta");
  });

  test("interrompida, não espera pelo prazo nem devolve uma rodada pela metade", async () => {
    using servidor = servidorDeMentira({ open() {} });
    const controle = new AbortController();
    const rodada = medirRodada(
      { host: "127.0.0.1", porta: servidor.port },
      passo,
      controle.signal,
    );
    controle.abort(new Error("basta"));
    await expect(rodada).rejects.toThrow("basta");
  });
});

// Cada um é um comando à parte, e nenhum mede tempos: correm juntos
describe.concurrent("erros, com o que fazer e saída 2", () => {
  const recusadas: [string, string[], string | RegExp][] = [
    [
      "opção desconhecida",
      ["--rodada", "3"],
      "Erro: não existe a opção --rodada (você quis dizer --rodadas?); veja as opções com --ajuda\n",
    ],
    [
      "número ruim",
      ["--rodadas", "muitas"],
      'Erro: --rodadas precisa de números inteiros de 1 a 1000, e não de "muitas"\n',
    ],
    [
      "lista ruim",
      ["--clientes", "1,0"],
      'Erro: --clientes precisa de números inteiros de 1 a 1000, e não de "0"\n',
    ],
    [
      "servidor desconhecido",
      ["--servidor", "tread"],
      'Erro: não conheço o servidor "tread" (você quis dizer thread?); use sequencial, thread, eventos, posix ou nome=comando\n',
    ],
    [
      "servidor com nome de algo que todo objeto tem",
      ["--servidor", "constructor"],
      /^Erro: não conheço o servidor "constructor".*; use sequencial, thread, eventos, posix ou nome=comando\n$/,
    ],
    [
      "servidor repetido",
      ["--servidor", "thread", "--servidor", "thread"],
      'Erro: há dois servidores chamados "thread"; dê outro nome a um\n',
    ],
    [
      "porta impossível",
      ["--servidor", "a=python3 s.py@70000"],
      'Erro: em "a=python3 s.py@70000", a porta deve ser um número de 1 a 65535\n',
    ],
    [
      "alvo sem porta",
      ["--alvo", "localhost"],
      'Erro: --alvo precisa de um endereço e uma porta, como 192.168.0.10:8000, e não de "localhost"\n',
    ],
    [
      "alvo fora do ar",
      ["--alvo", `127.0.0.1:${portaLivre()}`],
      /^Erro: nenhum servidor em 127\.0\.0\.1:\d+; inicie o servidor ou confira o endereço\n$/,
    ],
    [
      "comando que não existe",
      ["--servidor", "a=nao_existe_este_programa x"],
      /\nErro: não foi possível executar "nao_existe_este_programa x"; confira o nome do programa\n$/,
    ],
    [
      "comando que termina sem abrir a porta",
      ["--servidor", `a=${BUN} -e "console.log('faltou algo'); process.exit(1)"`],
      /\nErro: o servidor "a" terminou antes de abrir a porta \d+; as últimas linhas dele:\n {2}\| faltou algo\n$/,
    ],
  ];
  test.each(recusadas)("%s", async (_, opcoes, esperado) => {
    using pasta = pastaTemporaria();
    const { codigo, saida, erros } = await experimento(pasta.caminho, opcoes);
    if (typeof esperado === "string") expect(erros).toBe(esperado);
    else expect(erros).toMatch(esperado);
    expect([codigo, saida]).toEqual([2, ""]);
    expect(existsSync(join(pasta.caminho, "dados.json"))).toBe(false);
  });

  test("porta fixa que já tem dono", async () => {
    using pasta = pastaTemporaria();
    using dono = servidorDeMentira({});
    const { codigo, erros } = await experimento(pasta.caminho, [
      "--servidor",
      `a=python3 s.py@${dono.port}`,
    ]);
    expect(codigo).toBe(2);
    expect(erros).toContain(
      `Erro: a porta ${dono.port} já está em uso; feche o programa que a ocupa ou escolha outra porta\n`,
    );
  });

  test("pasta em que não se escreve", async () => {
    using pasta = pastaTemporaria();
    const arquivo = join(pasta.caminho, "arquivo");
    await Bun.write(arquivo, "");
    const { codigo, erros } = await experimento(join(arquivo, "x"), []);
    expect([codigo, erros]).toEqual([
      2,
      `Erro: não é possível escrever na pasta ${join(arquivo, "x")}; escolha outra com --saida\n`,
    ]);
  });

  test("arquivos que não se escrevem: mostra as tabelas, diz quais e por quê, código 2", async () => {
    using pasta = pastaTemporaria();
    const [csv, html] = ["dados.csv", "relatorio.html"].map((nome) =>
      join(pasta.caminho, nome),
    ) as [string, string];
    mkdirSync(csv);
    mkdirSync(html);
    const { codigo, saida, erros } = await experimento(pasta.caminho, CURTA);
    expect(codigo).toBe(2);
    expect(erros).toContain(
      `Erro: não foi possível escrever ${csv} e ${html}: há uma pasta com esse nome (EISDIR); `,
    );
    expect(saida).toContain("mediana");
    for (const nome of ["dados.json", "relatorio.md"]) {
      expect(saida).toContain(`\n  ${join(pasta.caminho, nome)}`);
      expect(existsSync(join(pasta.caminho, nome))).toBe(true);
    }
  });

  test.skipIf(process.platform === "win32")(
    "o limite de descritores é de quem mede, e o servidor não leva a culpa",
    async () => {
      using pasta = pastaTemporaria();
      const servidor = await escreverServidor(pasta.caminho, `conexao.end("oi");`);
      await using programa = new Programa([
        ...["sh", "-c", 'ulimit -n 60; exec "$@"', "sh", ...comando(EXPERIMENTO)],
        ...["--clientes", "100", "--rodadas", "1", "--atraso", "0"],
        ...["--saida", join(pasta.caminho, "saida")],
        ...["--servidor", `meu=${servidor}`],
      ]);
      const { codigo, saida } = await programa.fim();
      expect(codigo).toBe(0);
      expect(saida.replace(/\s+/g, " ")).toMatch(
        /- \d+ clientes não foram atendidos, de 100: o sistema não deixa abrir tantas conexões;/,
      );
      expect(saida).not.toContain("recusada");
    },
  );

  test.skipIf(process.platform !== "linux")(
    "um filho do servidor que fugiu do grupo e segura a saída não prende o experimento",
    async () => {
      using pasta = pastaTemporaria();
      const comando = await escreverServidor(
        pasta.caminho,
        `if (n === 1) {
          const filho = Bun.spawn(["setsid", "sleep", "20"], { stdout: "inherit" });
          await Bun.write(import.meta.dir + "/filho", String(filho.pid));
          filho.unref();
        }
        conexao.end("oi");`,
      );
      const inicio = performance.now();
      const { codigo } = await experimento(pasta.caminho, [
        ...CURTA,
        "--servidor",
        `fujao=${comando}`,
      ]);
      process.kill(
        Number(await Bun.file(join(pasta.caminho, "filho")).text()),
        "SIGKILL",
      );
      expect(codigo).toBe(0);
      expect(performance.now() - inicio).toBeLessThan(15_000);
    },
  );

  test("quem responde e não encerra, ou não responde, não passa do prazo", async () => {
    const [tagarela, mudo] = await Promise.all([
      medir({ open: (conexao) => void conexao.write("oi") }),
      medir({ open() {} }),
    ]);
    expect(erros(tagarela)[0]).toMatch(
      /^o servidor respondeu, mas não encerrou a conexão em 5(,\d)? s$/,
    );
    expect(erros(mudo)[0]).toMatch(/^o servidor não respondeu em 5(,\d)? s/);
  });

  test("um programa que nunca abre a porta não passa do prazo", async () => {
    const parado = ServidorEmTeste.iniciar({
      nome: "parado",
      comando: [
        process.execPath,
        "-e",
        "console.log('aqui'); setInterval(() => {}, 999)",
      ],
      prazo_ms: 500,
    });
    const erro = await parado.catch((erro: unknown) => erro);
    expect(erro).toBeInstanceOf(ErroDeUso);
    expect(`${erro}`).toMatch(
      /o servidor "parado" não abriu a porta \d+ em 0,5 s \(se o programa usa sempre a mesma porta, diga qual\); as últimas linhas dele:\n {2}\| aqui$/,
    );
  });

  test("servidor que morre no meio: o que já foi medido fica, com as últimas linhas dele", async () => {
    using pasta = pastaTemporaria();
    // Conexões: 1 da sonda, 2 do aquecimento e 3 de cada rodada; a 3ª rodada não termina
    const servidor = await escreverServidor(
      pasta.caminho,
      `if (n > 10) { console.log("não aguento mais"); process.exit(3); } conexao.end("oi");`,
    );
    const { codigo, saida, erros } = await experimento(pasta.caminho, [
      "--servidor",
      `frágil=${servidor}`,
      ..."--clientes 1,2 --rodadas 9 --atraso 0".split(" "),
    ]);
    expect(codigo).toBe(2);
    expect(erros).toMatch(
      /\nErro: o servidor "frágil" parou no meio de uma rodada com 2 clientes; as últimas linhas dele:\n {2}\| escutando\n {2}\| não aguento mais\n$/,
    );
    const { rodadas } = await lerDados(pasta.caminho);
    expect(
      rodadas.filter(({ makespan_ms }) => makespan_ms !== null).length,
    ).toBeGreaterThan(4);
    expect(rodadas.at(-1)?.atendimentos.some(({ erro }) => erro !== null)).toBe(true);
    expect(saida).toContain("não foi atendido");
    expect(existsSync(join(pasta.caminho, "relatorio.html"))).toBe(true);
  });
});

/** Se o processo já não executa, mesmo que o sistema ainda guarde o nome dele. */
function parou(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf-8"));
  } catch {
    return true;
  }
}

test.skipIf(process.platform === "win32")(
  "Ctrl+C para o servidor e os filhos dele, e guarda o que já foi medido",
  async () => {
    using pasta = pastaTemporaria();
    const servidor = await escreverServidor(
      pasta.caminho,
      `if (n === 1) {
        const filho = Bun.spawn(["sh", "-c", "trap '' TERM; sleep 30; true"]);
        process.on("SIGTERM", () => {}); // teimosos, os dois
        await Bun.write("pids", process.pid + " " + filho.pid);
      }
      await Bun.sleep(50);
      conexao.end("oi");`,
    );
    await using programa = new Programa(
      [
        ...comando(EXPERIMENTO),
        ..."--clientes 1 --rodadas 1000 --atraso 0 --saida".split(" "),
        pasta.caminho,
        "--servidor",
        `meu=${servidor}`,
      ],
      { pasta: pasta.caminho, terminal: true },
    );
    await programa.esperar(/rodada ([3-9]|\d\d+) de 1000/);
    const pids = readFileSync(join(pasta.caminho, "pids"), "utf-8")
      .split(" ")
      .map(Number);
    using _faxina = { [Symbol.dispose]: () => sinalizar(pids[0] ?? 0, "SIGKILL") };
    expect(pids.map(parou)).toEqual([false, false]);
    programa.digitar("\x03");
    const { codigo, saida } = await programa.fim();
    expect(codigo).toBe(130);
    expect(saida).toContain("Interrompido pelo usuário.");
    expect(pids.map(parou)).toEqual([true, true]);
    const { rodadas } = await lerDados(pasta.caminho);
    expect(rodadas.length).toBeGreaterThanOrEqual(3);
    for (const { atendimentos } of rodadas) expect(atendimentos[0]?.erro).toBeNull();
    const feitas = rodadas.filter(({ rodada }) => rodada > 0).length;
    expect(readFileSync(join(pasta.caminho, "relatorio.md"), "utf-8")).toContain(
      `- A medição foi interrompida: só ${feitas} das 1.000 rodadas`,
    );
    expect(existsSync(join(pasta.caminho, "relatorio.html"))).toBe(true);
  },
);

test("--ajuda mostra todas as opções e não mede nada", async () => {
  using pasta = pastaTemporaria();
  const { codigo, saida, erros } = await experimento(pasta.caminho, ["--ajuda"]);
  expect([codigo, erros]).toEqual([0, ""]);
  for (const opcao of [
    "--clientes lista",
    "--rodadas n",
    "--atraso lista",
    "--servidor nome",
    "--alvo host:porta",
    "--saida pasta",
    "--rapido",
    "--semente n",
    "--ajuda",
  ])
    expect(saida).toContain(`\n  ${opcao}`);
  expect(saida).toContain("(padrão: 1,2,5,10)");
  expect(saida).toStartWith("Uso: bun run laboratorio/experimento1.ts [opções]\n");
  expect(Math.max(...saida.split("\n").map((linha) => linha.length))).toBeLessThanOrEqual(
    90,
  );
});
