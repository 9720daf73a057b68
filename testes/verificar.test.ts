/** O verificador aprova o que está certo, reprova o que está errado e não deixa rastro. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import { haPseudoTerminal, Processo } from "../laboratorio/servidores/processo.ts";
import type { Nota, Resultado } from "../laboratorio/verificacao/tipos.ts";
import { CORRETOS } from "./corretos/casos.ts";
import { CASOS, CASOS_NO_LINUX, RECOMENDADAS_NO_LINUX } from "./defeituosos/casos.ts";

const RAIZ = join(import.meta.dir, "..");
const DEFEITUOSOS = join(import.meta.dir, "defeituosos");
const CORRETOS_EM = join(import.meta.dir, "corretos");
const NO_LINUX = process.platform === "linux";
const ROTEIRO = join(RAIZ, "../shared/roteiro");
/** O Python de verdade: em muitas máquinas, `python3` é um script que o procura a cada vez. */
const PYTHON = Bun.which("python3") && oPythonDeVerdade();
const pasta = mkdtempSync(join(tmpdir(), "verificar-"));
afterAll(() => rmSync(pasta, { recursive: true, force: true }));

setDefaultTimeout(60_000);

function oPythonDeVerdade(): string {
  const comando = ["python3", "-c", "import sys; print(sys.executable)"];
  return Bun.spawnSync(comando).stdout.toString().trim();
}

/** Quantas conferências ao mesmo tempo: quase todas passam o tempo à espera. */
const JUNTAS = 8;

interface Conferencia {
  codigo: number;
  saida: string;
  erros: string;
  nota?: Nota;
  checagens: Resultado[];
}

/** Executa o verificador até o fim e lê o que ele gravou em JSON. */
async function conferir(...argumentos: string[]): Promise<Conferencia> {
  const json = join(pasta, `${crypto.randomUUID()}.json`);
  const [tipo = "", ...resto] = argumentos;
  const processo = Bun.spawn(
    [process.execPath, "run", "laboratorio/verificar.ts", tipo, "--json", json, ...resto],
    { cwd: RAIZ, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [saida, erros, codigo] = await Promise.all([
    new Response(processo.stdout).text(),
    new Response(processo.stderr).text(),
    processo.exited,
  ]);
  const dados = existsSync(json) ? JSON.parse(readFileSync(json, "utf-8")) : {};
  return { codigo, saida, erros, nota: dados.nota, checagens: dados.checagens ?? [] };
}

/** Uma fila com `JUNTAS` vagas: as conferências começam já; cada teste espera pela sua. */
const emEspera: (() => void)[] = [];
let vagas = JUNTAS;
async function agendar(...argumentos: string[]): Promise<Conferencia> {
  if (vagas === 0) await new Promise<void>((chamar) => emEspera.push(chamar));
  else vagas--;
  try {
    return await conferir(...argumentos);
  } finally {
    const proxima = emEspera.shift();
    if (proxima) proxima();
    else vagas++;
  }
}

const quais = (checagens: Resultado[], nivel: string, estado: string) =>
  checagens.filter((c) => c.nivel === nivel && c.estado === estado).map(({ id }) => id);

// As conferências mais demoradas vêm primeiro, para nenhuma ficar sozinha no fim

/** Quantas conexões já não couberam na tabela de TIME_WAIT do Linux; "" em outro sistema. */
function transbordosDeTimeWait(): string {
  if (!existsSync("/proc/net/netstat")) return "";
  const [nomes = [], valores = []] = readFileSync("/proc/net/netstat", "utf-8")
    .split("\n")
    .filter((linha) => linha.startsWith("TcpExt:"))
    .map((linha) => linha.split(" "));
  return valores[nomes.indexOf("TCPTimeWaitOverflow")] ?? "";
}

/** O bloco de código em Python do roteiro que contém `marca`. */
function listagemEmPython(marca: string): string {
  const textos = readdirSync(ROTEIRO).map((nome) =>
    readFileSync(join(ROTEIRO, nome), "utf-8"),
  );
  const blocos = [...textos.join("\n").matchAll(/```python\n(.*?)```/gs)];
  const bloco = blocos.find(([, codigo]) => codigo?.includes(marca))?.[1];
  if (bloco === undefined) throw new Error(`o roteiro não tem um bloco com ${marca}`);
  return bloco;
}

describe("as listagens em Python do roteiro passam em tudo o que é obrigatório", () => {
  if (!existsSync(ROTEIRO) || !PYTHON) {
    test.skip("sem o roteiro ao lado do projeto, ou sem python3", () => {});
    return;
  }
  const transbordos = transbordosDeTimeWait();
  const listagens = [
    ["saudacao", "listen(1)", "8000", ["reset", "reinicia"]],
    ["saudacao-concorrente", "listen(5)", "8000", ["porta_ocupada", "reinicia"]],
    ["eco", "lidar_com_cliente", "5555", ["letra_partida", "binario"]],
    ["eco-concorrente", "lidar_com_cliente", "5555", ["letra_partida", "binario"]],
    ["cliente", "fazer_requisicao", "8000", ["pedacos", "longa"]],
    ["cliente-final", "mensagem.encode()", "5555", ["pedacos", "longa"]],
    ["threads", "tarefa_simples", undefined, []],
  ] as const;
  for (const [tipo, marca, portaDoRoteiro, recomendadas] of listagens) {
    // A porta continua fixa no programa; só não é a mesma em dois testes
    const porta = `${portaLivre()}`;
    const codigo = listagemEmPython(marca);
    const arquivo = join(pasta, `${tipo}.py`);
    const fixado = portaDoRoteiro ? codigo.replaceAll(portaDoRoteiro, porta) : codigo;
    // Um servidor sem SO_REUSEADDR não reabre a porta fixa antes de um minuto; nele, e só
    // nele, a porta vem de PORT
    const reabre = !tipo.startsWith("saudacao");
    const programa = reabre
      ? fixado
      : fixado.replace(`PORT = ${porta}`, 'PORT = int(__import__("os").environ["PORT"])');
    const opcoes = portaDoRoteiro && reabre ? ["--porta", porta] : [];
    writeFileSync(arquivo, programa);
    const conferencia = agendar(tipo, ...opcoes, "--", PYTHON, arquivo);

    test(`${tipo}: ${marca}`, async () => {
      const { codigo, checagens, saida } = await conferencia;
      expect(quais(checagens, "obrigatoria", "falhou"), saida).toEqual([]);
      expect(quais(checagens, "obrigatoria", "nao_executado")).toEqual([]);
      expect(codigo).toBe(0);
      const falhas = checagens.filter(({ estado }) => estado === "falhou");
      // Com a tabela de TIME_WAIT cheia, o sistema não reserva a porta, e todos reiniciam nela
      const reserva = transbordosDeTimeWait() === transbordos;
      expect(falhas.map(({ id }) => id)).toEqual(
        expect.arrayContaining(recomendadas.filter((id) => id !== "reinicia" || reserva)),
      );
      for (const { porQue } of falhas) expect(porQue).toBeString();
    });
  }

  const sequencial = join(pasta, "sequencial.py");
  writeFileSync(
    sequencial,
    listagemEmPython("listen(1)").replace(
      "PORT = 8000",
      'PORT = int(__import__("os").environ["PORT"])',
    ),
  );
  const enganado = agendar("saudacao-concorrente", "--", PYTHON, sequencial);
  test("a sequencial, que responde na hora, não passa por concorrente", async () => {
    const { codigo, checagens } = await enganado;
    const achada = checagens.find(({ id }) => id === "concorrente");
    expect(achada?.estado).toBe("falhou");
    expect(codigo).toBe(1);
  });
});

/** O que executa um programa; nada, se não está nesta máquina. */
function executor(programa: string): string[] | undefined {
  if (!programa.endsWith(".py")) return [process.execPath, "run"];
  return PYTHON ? [PYTHON] : undefined;
}

/** A conferência de cada programa errado, pelo nome dele. */
const conferencias = new Map<string, Promise<Conferencia>>();

describe("cada programa errado é reprovado só pela checagem do seu defeito", () => {
  for (const [tipo, programa, checagem] of [
    ...CASOS,
    ...(NO_LINUX ? CASOS_NO_LINUX : []),
  ]) {
    const comando = executor(programa);
    if (!comando) {
      test.skip(`${programa}: sem python3 nesta máquina`, () => {});
      continue;
    }
    const conferencia = agendar(tipo, "--", ...comando, join(DEFEITUOSOS, programa));
    conferencias.set(programa, conferencia);

    test(`${tipo}: ${programa} → ${checagem}`, async () => {
      const { codigo, checagens, saida, erros } = await conferencia;
      expect(quais(checagens, "obrigatoria", "falhou"), saida + erros).toEqual([
        checagem,
      ]);
      expect(codigo).toBe(1);
      // As que não foram executadas dizem de quem dependem
      for (const { estado, motivo } of checagens) {
        if (estado === "nao_executado") expect(motivo).toStartWith("depende de “");
      }
      const falha = checagens.find(({ id }) => id === checagem);
      expect(falha?.esperado).not.toBe(falha?.recebido);
      expect(falha?.dica).toBeString();
    });
  }

  const sequencial = agendar(
    "saudacao-concorrente",
    "--",
    process.execPath,
    "run",
    "servidor_sequencial.ts",
  );
  test("a listagem sequencial do roteiro não passa por concorrente", async () => {
    const { codigo, checagens, saida } = await sequencial;
    expect(quais(checagens, "obrigatoria", "falhou"), saida).toEqual(["concorrente"]);
    expect(codigo).toBe(1);
  });

  test("são pelo menos 20, e nenhum ficou fora da lista", () => {
    const fora = ["comum.ts", "comum.py", "casos.ts", "saudacao_sem_atraso.ts"];
    const casos = [...CASOS, ...CASOS_NO_LINUX, ...RECOMENDADAS_NO_LINUX];
    const programas = readdirSync(DEFEITUOSOS)
      .filter((nome) => /\.(ts|py)$/.test(nome) && !fora.includes(nome))
      .sort();
    expect(casos.map(([, programa]) => programa).sort()).toEqual(programas);
    expect(programas.length).toBeGreaterThanOrEqual(20);
  });
});

describe.if(NO_LINUX && PYTHON !== null)(
  "quem deixa algo para trás passa no obrigatório, e a recomendada diz o que sobra",
  () => {
    for (const [tipo, programa, checagem] of RECOMENDADAS_NO_LINUX) {
      const comando = executor(programa) ?? [];
      const conferencia = agendar(tipo, "--", ...comando, join(DEFEITUOSOS, programa));
      test(`${tipo}: ${programa} → ${checagem}`, async () => {
        const { codigo, checagens, saida } = await conferencia;
        expect(quais(checagens, "recomendada", "falhou"), saida).toContain(checagem);
        expect(codigo, saida).toBe(0);
      });
    }
  },
);

describe("programas certos de um jeito incomum passam em tudo o que é obrigatório", () => {
  for (const [tipo, interpretador = "", ...argumentos] of CORRETOS) {
    const nome = [interpretador, ...argumentos].join(" ");
    if (!Bun.which(interpretador)) {
      test.skip(`${nome}: sem ${interpretador} nesta máquina`, () => {});
      continue;
    }
    const arquivo = join(CORRETOS_EM, argumentos.at(-1) ?? "");
    const qual = (interpretador === "python3" && PYTHON) || interpretador;
    const comando = [qual, ...argumentos.slice(0, -1), arquivo];
    const conferencia = agendar(tipo, "--", ...comando);
    test(`${tipo}: ${nome}`, async () => {
      const { codigo, checagens, saida, erros } = await conferencia;
      expect(quais(checagens, "obrigatoria", "falhou"), saida + erros).toEqual([]);
      expect(quais(checagens, "obrigatoria", "nao_executado"), saida).toEqual([]);
      expect(codigo).toBe(0);
    });
  }

  test("nenhum ficou fora da lista", () => {
    const programas = readdirSync(CORRETOS_EM).filter(
      (nome) => /\.(ts|py|cjs)$/.test(nome) && !/^(comum|casos)\./.test(nome),
    );
    const daLista = new Set(CORRETOS.map((caso) => caso.at(-1)));
    expect([...daLista].sort()).toEqual(programas.sort());
  });
});

/** Um comando que lê a mensagem na entrada e escreve a resposta. */
const EM_MAIUSCULAS = `"${process.execPath}" -e 'process.stdout.write((await Bun.stdin.text()).toUpperCase())'`;

describe("um texto diferente, de propósito", () => {
  const outros = ["saudacao_com_a_hora.ts", "eco_com_a_hora.ts"].map((nome) =>
    join(CORRETOS_EM, "diferentes", nome),
  );
  const [saudacao = "", eco = ""] = outros;
  const maiusculas = join(DEFEITUOSOS, "eco_maiusculas.ts");
  const bun = ["--", process.execPath, "run"];
  const casos: [nome: string, argumentos: string[], falham: string[]][] = [
    ["a hora na saudação", ["saudacao", ...bun, saudacao], ["saudacao"]],
    [
      "a hora na saudação, informada",
      ["saudacao", "--mensagem", "São \\d\\d:\\d\\d:\\d\\d\\.$", ...bun, saudacao],
      [],
    ],
    [
      "a hora na saudação, e outra coisa informada",
      ["saudacao", "--mensagem", "^Bom dia", ...bun, saudacao],
      ["saudacao"],
    ],
    ["um eco em maiúsculas", ["eco", ...bun, maiusculas], ["eco"]],
    [
      "um eco em maiúsculas, informado",
      ["eco", "--eco", "maiusculas", ...bun, maiusculas],
      [],
    ],
    [
      "um eco comum, quando se combinou maiúsculas",
      ["eco", "--eco", "maiusculas", ...bun, join(DEFEITUOSOS, "eco_em_fila.ts")],
      ["eco"],
    ],
    ["um eco com a hora", ["eco", ...bun, eco], ["eco"]],
  ];
  if (NO_LINUX) {
    casos.push(
      [
        "um eco em maiúsculas, por um comando",
        ["eco", "--eco", EM_MAIUSCULAS, ...bun, maiusculas],
        [],
      ],
      [
        "um eco com a hora, por um comando",
        ["eco", "--eco", 'printf "[%s] " $(date +%H:%M:%S); cat', ...bun, eco],
        [],
      ],
    );
  }
  for (const [nome, argumentos, falham] of casos) {
    const conferencia = agendar(...argumentos);
    test(`${nome}: ${falham.length > 0 ? "só o texto é reprovado" : "passa"}`, async () => {
      const { codigo, checagens, saida } = await conferencia;
      expect(quais(checagens, "obrigatoria", "falhou"), saida).toEqual(falham);
      expect(codigo, saida).toBe(falham.length > 0 ? 1 : 0);
      // Quem só mudou o texto não ouve falar de try/except
      expect(saida).not.toContain("try/except");
      expect(saida.includes("o texto é outro, e o resto foi conferido assim mesmo")).toBe(
        falham.length > 0,
      );
    });
  }
});

describe("as seis listagens passam em tudo, no obrigatório e no recomendado", () => {
  const listagens = [
    ["saudacao", "servidor_sequencial.ts"],
    ["saudacao", "servidor_thread.ts"],
    ["saudacao-concorrente", "servidor_thread.ts"],
    ["eco", "servidor_final.ts"],
    ["eco-concorrente", "servidor_final.ts"],
    ["cliente", "cliente.ts"],
    ["cliente-final", "cliente_final.ts"],
    ["threads", "threads_demo.ts"],
  ] as const;
  for (const [tipo, listagem] of listagens) {
    const conferencia = agendar(tipo, "--", process.execPath, "run", listagem);
    test(`${tipo}: ${listagem}`, async () => {
      const { codigo, nota, checagens, saida } = await conferencia;
      expect(checagens.length, saida).toBeGreaterThan(4);
      const fora = checagens.filter(({ estado }) => estado !== "passou");
      expect(
        fora.map(({ id }) => id),
        saida,
      ).toEqual([]);
      expect(nota?.recomendadas.passaram).toBe(nota?.recomendadas.total);
      expect(codigo).toBe(0);
    });
  }
});

describe("o que se mostra", () => {
  test("o que o programa escreve não comanda o terminal", async () => {
    const { saida } = await (conferencias.get(
      "saudacao_tagarela.ts",
    ) as Promise<Conferencia>);
    expect(saida).toContain("| abrindo a porta… \\u202eatrop"); // sem as cores, e sem inverter
    expect(saida).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  });

  const semAtraso = agendar(
    "saudacao-concorrente",
    "--",
    process.execPath,
    "run",
    join(DEFEITUOSOS, "saudacao_sem_atraso.ts"),
  );
  test("o que não dá para saber não fica verde, e diz o que falta", async () => {
    const { codigo, checagens, saida } = await semAtraso;
    expect(quais(checagens, "obrigatoria", "falhou")).toEqual([]);
    expect(quais(checagens, "obrigatoria", "nao_executado")).toEqual(["concorrente"]);
    expect(saida).toContain("ATRASO_MS");
    expect(codigo).toBe(1);
  });

  test.if(haPseudoTerminal())(
    "há cores em um terminal, e não com NO_COLOR nem com TERM=dumb",
    async () => {
      const defeituoso = join(DEFEITUOSOS, "cliente_decorado.ts");
      const partes = ["run", "laboratorio/verificar.ts", "cliente", "--"];
      const terminais: [ambiente: Record<string, string>, cores: boolean][] = [
        [{ NO_COLOR: "", TERM: "xterm" }, true],
        [{ NO_COLOR: "1", TERM: "xterm" }, false],
        [{ NO_COLOR: "", TERM: "dumb" }, false],
      ];
      for (const [ambiente, cores] of terminais) {
        await using programa = new Processo({
          comando: [process.execPath, ...partes, process.execPath, defeituoso],
          entrada: "terminal",
          ambiente,
          pasta: RAIZ,
        });
        expect(await programa.esperarFim(30_000)).toBe(true);
        expect(programa.saida).toContain("falhou");
        expect(programa.saida.includes("\x1b[31m✗ falhou\x1b[0m")).toBe(cores);
        expect(programa.saida.includes("\x1b[")).toBe(cores);
      }
    },
  );

  test("o tipo eco aceita um servidor que atende um cliente de cada vez", async () => {
    const { codigo, nota, saida } = await conferir(
      "eco",
      "--",
      process.execPath,
      "run",
      join(DEFEITUOSOS, "eco_em_fila.ts"),
    );
    expect(codigo, saida).toBe(0);
    expect(saida).toContain(`Obrigatórias: ${nota?.obrigatorias.total} de `);
  });

  test("a ajuda traz os tipos, as opções e os códigos de saída", async () => {
    const { codigo, saida } = await conferir("--ajuda");
    expect(codigo).toBe(0);
    for (const trecho of [
      "cliente-final",
      "--porta",
      "--json",
      "--mensagem",
      "--eco",
      "Exemplos",
    ]) {
      expect(saida).toContain(trecho);
    }
  });
});

describe("quando não dá para conferir, sai com 2 e diz o que fazer", () => {
  const programa = ["--", process.execPath, "run", "servidor_final.ts"];
  const casos: [nome: string, argumentos: string[], trecho: string][] = [
    ["sem TIPO", [], "falta o TIPO"],
    ["TIPO desconhecido", ["eco-concorente", ...programa], "quis dizer eco-concorrente"],
    [
      "TIPO pelo nome do roteiro",
      ["final", ...programa],
      "cliente-final ou eco-concorrente",
    ],
    [
      "--mensagem inválida",
      ["saudacao", "--mensagem", "Olá (", ...programa],
      "não é uma",
    ],
    ["--mensagem em um eco", ["eco", "--mensagem", "Olá", ...programa], "só vale para"],
    ["--eco vazio", ["eco", "--eco", " ", ...programa], "--eco precisa de"],
    [
      "--eco que não existe",
      ["eco", "--eco", "nao-existe-isso", ...programa],
      "de --eco",
    ],
    ["sem comando", ["eco"], "falta o comando"],
    ["sem --", ["eco", "python3", "servidor.py"], "ponha -- antes do comando"],
    [
      "programa que não existe",
      ["eco", "--", "nao-existe-isso"],
      "não encontrei o programa",
    ],
    ["opção desconhecida", ["eco", "--prota", "1", ...programa], "--porta"],
    ["porta inválida", ["eco", "--porta", "70000", ...programa], "65535"],
  ];
  for (const [nome, argumentos, trecho] of casos) {
    test(nome, async () => {
      const processo = Bun.spawn(
        [process.execPath, "run", "laboratorio/verificar.ts", ...argumentos],
        { cwd: RAIZ, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
      );
      const erros = await new Response(processo.stderr).text();
      expect(await processo.exited).toBe(2);
      expect(erros).toContain(trecho);
      expect(erros).not.toContain("    at ");
    });
  }

  test("porta fixa já ocupada", async () => {
    using dono = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { codigo, erros } = await conferir(
      "eco",
      "--porta",
      `${dono.port}`,
      ...programa,
    );
    expect(codigo).toBe(2);
    expect(erros).toContain(`a porta ${dono.port} já está em uso`);
  });

  test("arquivo de --json que não se pode gravar", async () => {
    const processo = Bun.spawn(
      [
        process.execPath,
        "run",
        "laboratorio/verificar.ts",
        "cliente",
        "--json",
        join(pasta, "nao/existe\0"),
        "--",
        process.execPath,
        "run",
        join(DEFEITUOSOS, "cliente_decorado.ts"),
      ].map((parte) => parte.replace("\0", "/x".repeat(3000))),
      { cwd: RAIZ, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
    const erros = await new Response(processo.stderr).text();
    expect(await processo.exited).toBe(2);
    expect(erros).toContain("não foi possível gravar");
  });
});

/** Os processos que ainda rodam com `trecho` na linha de comando. */
function comandosCom(trecho: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && pid !== `${process.pid}`)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf-8").includes(trecho);
      } catch {
        return false;
      }
    });
}

describe.if(process.platform === "linux")("nada fica para trás", () => {
  // Uma cópia com nome próprio, para não confundir com a de outro teste
  const copia = async (nome: string) => {
    const destino = join(pasta, `${crypto.randomUUID()}.ts`);
    const texto = await Bun.file(join(DEFEITUOSOS, nome)).text();
    await Bun.write(destino, texto.replace("./comum.ts", join(DEFEITUOSOS, "comum.ts")));
    return destino;
  };

  test("nem um filho em outra sessão que ignora o Ctrl+C", async () => {
    const programa = await copia("eco_segura_a_porta.ts");
    const { codigo } = await conferir("eco", "--", process.execPath, "run", programa);
    expect(codigo).toBe(1);
    expect(comandosCom(programa)).toEqual([]);
  });

  for (const sinal of ["SIGINT", "SIGTERM"] as const) {
    test(`nem com ${sinal} no meio da conferência`, async () => {
      const programa = await copia("eco_segura_a_porta.ts");
      const processo = Bun.spawn(
        [
          process.execPath,
          "run",
          "laboratorio/verificar.ts",
          "eco",
          "--",
          process.execPath,
          "run",
          programa,
        ],
        { cwd: RAIZ, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
      );
      const leitor = processo.stdout.getReader();
      let saida = "";
      while (!saida.includes("✓ passou")) {
        const { value, done } = await leitor.read();
        if (done) break;
        saida += new TextDecoder().decode(value);
      }
      expect(comandosCom(programa).length).toBeGreaterThan(1);
      processo.kill(sinal);
      expect(await processo.exited).toBe(2);
      expect(comandosCom(programa)).toEqual([]);
    });
  }
});
