/** A linha de comando dos programas do laboratório. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ErroDeUso, PedidoDeAjuda } from "../laboratorio/comando/erros.ts";
import {
  type Comando,
  escolha,
  inteiro,
  inteiros,
  lerComando,
  ligar,
  opcional,
  texto,
  textoDeAjuda,
  textos,
} from "../laboratorio/comando/opcoes.ts";
import { parseArgs } from "../laboratorio/comando/parse_args.ts";
import { dividirComando } from "../laboratorio/servidores/pedidos.ts";
import { comando, pastaTemporaria, Programa } from "./apoio.ts";

setDefaultTimeout(60_000);

const COMANDO = {
  uso: "bun run exemplo.ts",
  descricao: "Um comando de exemplo.",
  opcoes: {
    rodadas: inteiro(1, 100, {
      valor: "n",
      descricao: "quantas rodadas",
      padrao: "10",
    }),
    clientes: inteiros(1, 100, {
      valor: "lista",
      descricao: "quantos clientes",
      padrao: "1,2",
    }),
    servidor: textos({ valor: "nome", descricao: "um servidor" }),
    motor: opcional(
      escolha(["docker", "podman"], { valor: "nome", descricao: "um motor" }),
    ),
    saida: texto({ valor: "pasta", descricao: "onde escrever", padrao: "aqui" }),
    rapido: ligar({
      descricao: "só um ensaio",
      troca: { rodadas: "3", clientes: "1" },
    }),
  },
  exemplos: ["bun run exemplo.ts --rapido"],
};
const COM_SOLTOS = { ...COMANDO, soltos: "TIPO", depois: "comando…" };

const ler = (...linha: string[]) => lerComando(COMANDO, linha).opcoes;

function recusa(acao: () => unknown): string {
  try {
    acao();
  } catch (erro) {
    if (erro instanceof ErroDeUso) return erro.message;
    throw erro;
  }
  throw new Error("não foi recusado");
}

describe("opções", () => {
  test("valores, listas, opções de ligar e repetidas", () => {
    const lido = ler(
      "--rodadas",
      "3",
      "--clientes=1,5, 10,5",
      "--rapido",
      "--servidor",
      "a=python3 s.py --x",
      "--servidor=b=c=d",
    );
    expect(lido).toMatchObject({
      rodadas: 3,
      clientes: [1, 5, 10],
      rapido: true,
      servidor: ["a=python3 s.py --x", "b=c=d"],
    });
  });

  test("sem elas, valem os padrões", () => {
    const padroes = { rodadas: 10, clientes: [1, 2], servidor: [], motor: undefined };
    expect(ler()).toEqual({ ...padroes, saida: "aqui", rapido: false });
  });

  test("uma opção troca os padrões das outras, e não o que o usuário escreveu", () => {
    expect(ler("--rapido")).toMatchObject({ rodadas: 3, clientes: [1] });
    expect(ler("--rapido", "--rodadas", "7")).toMatchObject({
      rodadas: 7,
      clientes: [1],
    });
  });

  test("de uma que não repete, vale a última", () => {
    expect(ler("--rodadas", "3", "--rodadas", "4").rodadas).toBe(4);
    expect(ler("--saida", "a", "--saida", "b").saida).toBe("b");
  });

  test("argumentos soltos e o que vem depois de --", () => {
    const lido = lerComando(COM_SOLTOS, ["eco", "--rapido", "--", "py", "--rapido=1"]);
    expect([lido.soltos, lido.depois]).toEqual([["eco"], ["py", "--rapido=1"]]);
  });

  test("escolha entre valores", () => {
    expect(ler("--motor", "podman").motor).toBe("podman");
    expect(recusa(() => ler("--motor", "podmn"))).toBe(
      '--motor não pode ser "podmn"; use docker ou podman (você quis dizer podman?)',
    );
  });
});

describe("recusas, em uma linha e com o que fazer", () => {
  test.each([
    [
      ["--rodada", "3"],
      "não existe a opção --rodada (você quis dizer --rodadas?); veja as opções com --ajuda",
    ],
    [["--xyz=1"], "não existe a opção --xyz; veja as opções com --ajuda"],
    [["-z"], "não existe a opção -z; veja as opções com --ajuda"],
    [["--no-rapido"], "não existe a opção --no-rapido; veja as opções com --ajuda"],
    [["--rodadas"], "a opção --rodadas precisa de um valor: --rodadas n"],
    [["--rodadas", "--rapido"], "a opção --rodadas precisa de um valor: --rodadas n"],
    [["--servidor", ""], "a opção --servidor precisa de um valor: --servidor nome"],
    [["--rapido=sim"], "a opção --rapido não leva valor; escreva só ela"],
    [
      ["solto"],
      'não entendi "solto"; as opções começam com dois hífens, veja-as com --ajuda',
    ],
    [["--", "x"], "este comando não usa nada depois de --; veja --ajuda"],
  ])("%j", (linha, mensagem) => {
    expect(recusa(() => ler(...linha))).toBe(mensagem);
  });

  test.each(["tres", "1.5", "1,5", "0", "101", "1e2", "0x10", " ", "-3"])(
    "--rodadas=%s",
    (valor) => {
      expect(recusa(() => ler(`--rodadas=${valor}`))).toContain(
        "--rodadas precisa de números inteiros de 1 a 100, e não de ",
      );
    },
  );

  test.each(["1,,2", "1;2", "1,dois", ","])("--clientes=%s", (valor) => {
    expect(recusa(() => ler(`--clientes=${valor}`))).toContain(
      "--clientes precisa de números inteiros de 1 a 100",
    );
  });
});

describe("o -- que o Bun tira quando vem logo depois do script", () => {
  const SO_DEPOIS = { ...COMANDO, depois: "comando…" };
  const depois = (...linha: string[]) => lerComando(SO_DEPOIS, linha).depois;

  test("a linha que começa por um argumento solto é toda ela o comando", () => {
    expect(depois("python3", "s.py")).toEqual(["python3", "s.py"]);
    expect(depois("python3", "s.py", "--rodadas", "-x")).toEqual(
      "python3 s.py --rodadas -x".split(" "),
    );
    expect(depois("npm", "start", "--", "--porta", "{porta}")).toEqual(
      "npm start -- --porta {porta}".split(" "),
    );
  });

  test("com uma opção antes, o -- chega, e um solto continua a ser um engano", () => {
    expect(depois("--rapido", "--", "npm", "start", "--", "x")).toEqual(
      "npm start -- x".split(" "),
    );
    const recusado =
      "; as opções começam com dois hífens e o comando vem depois de --, veja-as com --ajuda";
    expect(recusa(() => depois("--clientes", "1", "10", "--", "python3"))).toBe(
      `não entendi "10"${recusado}`,
    );
    expect(recusa(() => depois("--rapido", "python3"))).toBe(
      `não entendi "python3"${recusado}`,
    );
  });

  test("em um comando com TIPO, o primeiro solto é o TIPO", () => {
    const lido = lerComando(COM_SOLTOS, ["eco", "--rapido", "--", "py"]);
    expect([lido.soltos, lido.depois]).toEqual([["eco"], ["py"]]);
    expect(lerComando(COM_SOLTOS, ["eco"]).depois).toEqual([]);
  });

  // O comando de verdade: quem tira o -- é o Bun, antes de o programa começar
  const LABORATORIO = join(import.meta.dir, "../laboratorio");
  const QUEM_LEVA = { "carga.ts": [], "verificar.ts": ["saudacao"] };

  test.concurrent("são estes os comandos que levam algo depois de --", async () => {
    const arquivos = readdirSync(LABORATORIO).filter((nome) => nome.endsWith(".ts"));
    const textos = await Promise.all(
      arquivos.map((nome) => Bun.file(join(LABORATORIO, nome)).text()),
    );
    const comandos = arquivos.filter((_, i) =>
      textos[i]?.includes("await executarComando("),
    );
    const usos = await Promise.all(
      comandos.map(async (nome) => {
        await using programa = new Programa([
          ...comando(join(LABORATORIO, nome)),
          "--ajuda",
        ]);
        return (await programa.fim()).saida.split("\n")[0] ?? "";
      }),
    );
    expect(comandos.filter((_, i) => usos[i]?.includes(" -- ")).sort()).toEqual(
      Object.keys(QUEM_LEVA),
    );
  });

  test.concurrent.each(Object.entries(QUEM_LEVA))("bun run %s", async (nome, antes) => {
    using pasta = pastaTemporaria();
    const alvo = [
      process.execPath,
      "-e",
      "console.error('sou ' + 6 * 7); process.exit(3)",
    ];
    await using programa = new Programa(
      [...comando(join(LABORATORIO, nome)), ...antes, "--", ...alvo],
      { pasta: pasta.caminho },
    );
    const { saida, erros } = await programa.fim();
    expect(saida + erros).toContain("  | sou 42\n");
    expect(saida + erros).not.toContain("não entendi");
  });
});

describe("--ajuda", () => {
  test("vem antes de qualquer medição, também como --help e -h", () => {
    for (const pedido of ["--ajuda", "--help", "-h"]) {
      expect(() => ler("--rodadas", "3", pedido)).toThrow(PedidoDeAjuda);
    }
  });

  test("mostra o uso, as opções alinhadas e os exemplos", () => {
    expect(textoDeAjuda(COM_SOLTOS))
      .toBe(`Uso: bun run exemplo.ts TIPO [opções] -- comando…

Um comando de exemplo.

Opções:
  --rodadas n       quantas rodadas (padrão: 10)
  --clientes lista  quantos clientes (padrão: 1,2)
  --servidor nome   um servidor (pode repetir)
  --motor nome      um motor
  --saida pasta     onde escrever (padrão: aqui)
  --rapido          só um ensaio: --rodadas 3 --clientes 1
  --ajuda           mostra este texto

Exemplos:
  bun run exemplo.ts --rapido`);
  });

  test("quebra as descrições longas sem passar de 80 colunas", () => {
    const longa = ligar({ descricao: "palavra ".repeat(30).trim() });
    const comando: Comando = { ...COMANDO, opcoes: { longa } };
    const linhas = textoDeAjuda(comando).split("\n");
    expect(Math.max(...linhas.map((linha) => linha.length))).toBeLessThanOrEqual(80);
    expect(linhas.join(" ").match(/palavra/g)).toHaveLength(30);
  });
});

describe("um comando dividido em partes", () => {
  test.each<[string, string[]]>([
    ["python3 servidor.py", ["python3", "servidor.py"]],
    ["  python3   a.py  ", ["python3", "a.py"]],
    [`python3 "meu servidor.py" {porta}`, ["python3", "meu servidor.py", "{porta}"]],
    [`sh -c 'echo "oi"; exec x'`, ["sh", "-c", 'echo "oi"; exec x']],
    [`a --nome="b c"d ''`, ["a", "--nome=b cd", ""]],
    [
      String.raw`C:\Python\python.exe a\b.py`,
      [String.raw`C:\Python\python.exe`, String.raw`a\b.py`],
    ],
  ])("%s", (comando, partes) => {
    expect(dividirComando(comando)).toEqual(partes);
  });

  test("vazio ou com aspas sem par é recusado", () => {
    expect(recusa(() => dividirComando("  "))).toBe("falta o comando do servidor");
    expect(recusa(() => dividirComando(`a "b`))).toContain("aspas sem par");
    expect(recusa(() => dividirComando("a b'"))).toContain("aspas sem par");
  });
});

// As duas leituras têm de dar o mesmo: a nossa e, onde está instalada, a da @std/cli.
const DA_STD = join(import.meta.dir, "../node_modules/@std/cli/parse_args.ts");
const instalada = existsSync(DA_STD);
const leituras: [string, typeof parseArgs][] = [["nossa", parseArgs]];
if (instalada) leituras.push(["da @std/cli", (await import(DA_STD)).parseArgs]);
else test.skip("parseArgs, a da @std/cli: ela não está instalada", () => {});

describe.each(leituras)("parseArgs, a %s", (_, ler) => {
  const opcoes = {
    string: ["n", "lista", "_"],
    boolean: ["ligar", "ajuda"],
    collect: ["lista"],
    alias: { ajuda: ["h"] },
    "--": true,
  };
  const vazio = {
    _: [],
    ligar: false,
    ajuda: false,
    h: false,
    lista: [],
    "--": [],
  };
  test.each<[string[], object]>([
    [[], {}],
    [["--n", "3", "4"], { n: "3", _: ["4"] }],
    [["--n=3=4"], { n: "3=4" }],
    [["--n"], { n: "" }],
    [["--n", "-1"], { n: "", "1": true }],
    [["--lista", "a", "--lista=b"], { lista: ["a", "b"] }],
    [["--ligar", "x"], { ligar: true, _: ["x"] }],
    [["--ligar", "false", "x"], { ligar: false, _: ["x"] }],
    [["--ligar=false"], { ligar: false }],
    [["--ligar=talvez"], { ligar: true }],
    [["-h"], { ajuda: true, h: true }],
    [["-", "--", "--n", "3"], { _: ["-"], "--": ["--n", "3"] }],
    [["--estranha=1"], { estranha: expect.anything() }],
  ])("%j", (linha, esperado) => {
    expect(ler(linha, opcoes)).toEqual({ ...vazio, ...esperado });
  });

  test("avisa do que não foi declarado, e deixa de fora", () => {
    const avisos: unknown[] = [];
    const lido = ler(["--x=1", "solto", "--n", "3", "-z"], {
      ...opcoes,
      unknown: (argumento, nome) => (avisos.push([argumento, nome]), false),
    });
    expect(avisos).toEqual([
      ["--x=1", "x"],
      ["solto", undefined],
      ["-z", "z"],
    ]);
    expect(lido).toEqual({ ...vazio, n: "3" });
  });
});
