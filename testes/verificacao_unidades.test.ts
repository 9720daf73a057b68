/** O que decide uma conferência: estados, dependências, prazos, nota e texto. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ErroDeUso } from "../laboratorio/comando/erros.ts";
import { cumprida, Espera } from "../laboratorio/servidores/aguardar.ts";
import { comAtraso, semOAtraso } from "../laboratorio/verificacao/atraso_python.ts";
import { CenaServidor } from "../laboratorio/verificacao/cena_servidor.ts";
import { executarChecagens } from "../laboratorio/verificacao/execucao.ts";
import {
  emJson,
  pintor,
  relatarChecagem,
  relatarNota,
} from "../laboratorio/verificacao/relato.ts";
import {
  descrever,
  ehRastro,
  primeiraDiferenca,
  visivel,
} from "../laboratorio/verificacao/texto.ts";
import {
  calcularNota,
  type Cena,
  type Checagem,
  codigoDeSaida,
  type Estado,
  Falha,
  NaoExecutado,
  type Resultado,
  TextoDiferente,
} from "../laboratorio/verificacao/tipos.ts";

setDefaultTimeout(60_000);

/** Um servidor certo, com a menor fila, que só começa a atender quando ela já transbordou. */
const FILA_CHEIA = `
import os, socket, time
servidor = socket.socket()
servidor.bind(("127.0.0.1", int(os.environ["PORT"])))
servidor.listen(1)
time.sleep(0.7)
while True:
    conexao, _ = servidor.accept()
    conexao.sendall(b"oi")
    conexao.close()
`;

const semCor = pintor(false);

/** Uma cena que só anota o que lhe pedem. */
function cenaAnotada() {
  const passos: string[] = [];
  const cena: Cena = {
    secao: "Seção",
    antes: async () => void passos.push("antes"),
    depois: async (estado: Estado) => void passos.push(estado),
    ultimasLinhas: () => ["1", "2", "3", "4", "5", "6"],
  };
  return { cena, passos };
}

function checagem(
  id: string,
  verificar: () => Promise<void>,
  mais: Partial<Checagem<Cena>> = {},
): Checagem<Cena> {
  return {
    id,
    nome: `faz ${id}`,
    verificar,
    ...mais,
  };
}

const passar = async () => {};
const falhar = async () => {
  throw new Falha("A", "B", "dica");
};

describe("execução", () => {
  test("quem depende do que não passou não é executado, em cadeia", async () => {
    const { cena } = cenaAnotada();
    let executou = false;
    const resultados = await executarChecagens(
      [
        checagem("a", passar),
        checagem("b", falhar, { depende: ["a"] }),
        checagem("c", async () => void (executou = true), { depende: ["a", "b"] }),
        checagem("d", passar, { depende: ["c"] }),
        checagem("e", passar, { depende: ["a"] }),
      ],
      cena,
    );
    expect(resultados.map(({ estado }) => estado)).toEqual([
      "passou",
      "falhou",
      "nao_executado",
      "nao_executado",
      "passou",
    ]);
    expect(executou).toBe(false);
    expect(resultados[2]?.motivo).toBe("depende de “faz b”");
    expect(resultados[3]?.motivo).toBe("depende de “faz c”");
  });

  test("quem só diz outro texto falhou, e as que dependem dele são feitas", async () => {
    const { cena, passos } = cenaAnotada();
    const outroTexto = async () => {
      throw new TextoDiferente("A", "B", "dica");
    };
    const resultados = await executarChecagens(
      [checagem("a", outroTexto), checagem("b", passar, { depende: ["a"] })],
      cena,
    );
    expect(resultados.map(({ estado }) => estado)).toEqual(["falhou", "passou"]);
    expect(passos).toEqual(["antes", "passou", "antes", "passou"]);
    expect(relatarChecagem(resultados[0]!, "Seção", semCor)).toContain(
      "      o texto é outro, e o resto foi conferido assim mesmo",
    );
  });

  test("o que não se diz de uma checagem é o comum", async () => {
    const [resultado] = await executarChecagens(
      [{ id: "a", nome: "faz a", verificar: passar }],
      cenaAnotada().cena,
    );
    expect(resultado).toMatchObject({ nivel: "obrigatoria", secao: "Seção" });
  });

  test("depender de uma checagem que não existe nunca passa", async () => {
    const [resultado] = await executarChecagens(
      [checagem("a", passar, { depende: ["x"] })],
      cenaAnotada().cena,
    );
    expect(resultado?.estado).toBe("nao_executado");
  });

  test("uma falha leva o esperado, o recebido, a dica e as 5 últimas linhas", async () => {
    const [resultado] = await executarChecagens(
      [checagem("a", falhar, { porQue: "importa" })],
      cenaAnotada().cena,
    );
    expect(resultado).toMatchObject({
      estado: "falhou",
      esperado: "A",
      recebido: "B",
      dica: "dica",
      porQue: "importa",
      ultimasLinhas: ["2", "3", "4", "5", "6"],
    });
  });

  test("quem não termina no prazo falhou", async () => {
    const { cena, passos } = cenaAnotada();
    const [resultado] = await executarChecagens(
      [checagem("a", () => new Promise(() => {}), { prazo_ms: 20 })],
      cena,
    );
    expect(resultado?.estado).toBe("falhou");
    expect(resultado?.recebido).toContain("0,02 s");
    expect(passos).toEqual(["antes", "falhou"]);
  });

  test("uma falha que vem depois do prazo não derruba o verificador", async () => {
    const tarde = Promise.withResolvers<void>();
    const [resultado] = await executarChecagens(
      [checagem("a", () => tarde.promise, { prazo_ms: 5 })],
      cenaAnotada().cena,
    );
    tarde.reject(new Error("tarde demais"));
    await Bun.sleep(1);
    expect(resultado?.estado).toBe("falhou");
  });

  test("o que não dá para saber é não executado, com o motivo", async () => {
    const naoSei = async () => {
      throw new NaoExecutado("responde na hora");
    };
    const [resultado] = await executarChecagens(
      [checagem("a", naoSei)],
      cenaAnotada().cena,
    );
    expect(resultado).toMatchObject({
      estado: "nao_executado",
      motivo: "responde na hora",
    });
  });

  test("um programa que não inicia é falha dele; um erro nosso não é", async () => {
    const { cena } = cenaAnotada();
    const naoInicia: Cena = {
      ...cena,
      antes: async () => {
        throw new ErroDeUso("o servidor terminou; as últimas linhas dele:\n  | tchau");
      },
    };
    const [resultado] = await executarChecagens([checagem("a", passar)], naoInicia);
    expect(resultado).toMatchObject({
      estado: "falhou",
      recebido: "o servidor terminou",
    });

    const defeito = async () => {
      throw new TypeError("defeito nosso");
    };
    await expect(executarChecagens([checagem("a", defeito)], cena)).rejects.toThrow(
      TypeError,
    );
  });

  test("quem cuida do próprio início não espera o preparo", async () => {
    const { cena, passos } = cenaAnotada();
    await executarChecagens([checagem("a", passar, { semPreparo: true })], cena);
    expect(passos).toEqual(["passou"]);
  });
});

const resultado = (mais: Partial<Resultado> = {}): Resultado => ({
  id: "a",
  secao: "Seção",
  nome: "faz a",
  nivel: "obrigatoria",
  estado: "passou",
  duracao_ms: 1,
  ...mais,
});

describe("nota e código de saída", () => {
  const passou = resultado();
  const falhou = resultado({ estado: "falhou" });
  const naoExecutado = resultado({ estado: "nao_executado" });
  const recomendada = resultado({ nivel: "recomendada", estado: "falhou" });

  test("as recomendadas contam à parte e não mudam o código", () => {
    const nota = calcularNota([passou, recomendada]);
    expect(nota).toEqual({
      obrigatorias: { passaram: 1, total: 1 },
      recomendadas: { passaram: 0, total: 1 },
    });
    expect(codigoDeSaida(nota)).toBe(0);
  });

  test("uma obrigatória que falhou, ou que não foi executada, dá 1", () => {
    expect(codigoDeSaida(calcularNota([passou, falhou]))).toBe(1);
    expect(codigoDeSaida(calcularNota([passou, naoExecutado]))).toBe(1);
  });

  test("nenhuma checagem não é aprovação", () => {
    expect(codigoDeSaida(calcularNota([]))).toBe(1);
  });
});

describe("relato", () => {
  test("o título da seção só aparece quando muda", () => {
    expect(relatarChecagem(resultado(), undefined, semCor)).toEqual([
      "",
      "Seção",
      "  ✓ passou: faz a",
    ]);
    expect(relatarChecagem(resultado(), "Seção", semCor)).toEqual(["  ✓ passou: faz a"]);
  });

  test("uma falha mostra tudo, com os controles à vista", () => {
    const falha = resultado({
      nivel: "recomendada",
      estado: "falhou",
      esperado: "A",
      recebido: "B\x1b[2J",
      dica: "C",
      porQue: "D",
      ultimasLinhas: ["fim\r\x07"],
    });
    expect(relatarChecagem(falha, "Seção", semCor)).toEqual([
      "  ✗ falhou: faz a (recomendada)",
      "      esperado: A",
      "      recebido: B\\x1b[2J",
      "      dica: C",
      "      por que importa: D",
      "      últimas linhas do programa:",
      "        | fim\\r\\x07",
    ]);
  });

  test("um programa calado é dito calado", () => {
    const falha = resultado({ estado: "falhou", ultimasLinhas: [] });
    expect(relatarChecagem(falha, "Seção", semCor)).toContain(
      "      o programa não escreveu nada",
    );
  });

  test("não executado diz por quê", () => {
    const parada = resultado({ estado: "nao_executado", motivo: "depende de “x”" });
    expect(relatarChecagem(parada, "Seção", semCor)).toEqual([
      "  – não executado (depende de “x”): faz a",
    ]);
  });

  test("há cor só quando se pede", () => {
    expect(relatarChecagem(resultado(), "Seção", pintor(true))[0]).toContain("\x1b[32m");
    expect(relatarNota(calcularNota([resultado()]), semCor).join("\n")).not.toContain(
      "\x1b",
    );
  });

  test("o JSON tem a versão, a nota e cada checagem", () => {
    const resultados = [resultado(), resultado({ estado: "falhou" })];
    const dados = JSON.parse(emJson({ tipo: "eco", comando: ["x"], resultados }));
    expect(dados).toMatchObject({ versao: 1, tipo: "eco", comando: ["x"] });
    expect(dados.nota.obrigatorias).toEqual({ passaram: 1, total: 2 });
    expect(dados.checagens).toEqual(resultados);
  });
});

describe("o atraso de um programa em Python", () => {
  const casos: [comando: string, opcoes: string | undefined, resto?: string][] = [
    ["python3 servidor.py", undefined],
    ["python3 -u servidor.py -I", undefined],
    ["bun run -I servidor.ts", undefined],
    ["python3 -I servidor.py 8000", "python3 -I", "servidor.py 8000"],
    ["/usr/bin/python3.12 -SuE servidor.py", "/usr/bin/python3.12 -SuE", "servidor.py"],
    ["python3 -X dev -I servidor.py", "python3 -X dev -I", "servidor.py"],
    ["python3 -Wignore -Im servidor", "python3 -Wignore -I", "-m servidor"],
    ["python3 -I -c codigo", "python3 -I", "-c codigo"],
  ];
  for (const [comando, opcoes, resto] of casos) {
    test(comando, () => {
      const novo = comAtraso(comando.split(" "));
      if (opcoes === undefined) return expect(novo.join(" ")).toBe(comando);
      const programa = novo.findIndex((parte) => parte.endsWith("executar.py"));
      expect(novo.slice(0, programa).join(" ")).toBe(opcoes);
      expect(novo.slice(programa + 1).join(" ")).toBe(resto ?? "");
    });
  }

  test("não aparece em um rastro de pilha", () => {
    const rastro = [
      '  File "servidor.py", line 9, in atender',
      "    conexao.sendall(dados)",
      '  File "/x/_verificacao_do_roteiro.py", line 30, in enviar_depois',
      "    return enviar(self, *args)",
      "           ^^^^^^^^^^^^^^^^^^^",
      "BrokenPipeError: [Errno 32] Broken pipe",
    ];
    expect(semOAtraso(rastro)).toEqual([rastro[0]!, rastro[1]!, rastro[5]!]);
  });
});

describe("texto", () => {
  test("todo caractere de controle fica visível, e os acentos ficam como são", () => {
    expect(visivel("olá\x1b[31m\n\x7f\x9b")).toBe("olá\\x1b[31m\\n\\x7f\\x9b");
    expect(visivel("a\u202eb")).toBe("a\\u202eb");
  });

  test("um texto longo é cortado sem partir um caractere", () => {
    expect(visivel("😀".repeat(10), 3)).toBe("😀😀😀…");
    expect(visivel("abc", 3)).toBe("abc");
  });

  test("bytes em uma frase", () => {
    expect(descrever(Buffer.from("Olá"))).toBe("4 bytes: “Olá”");
    expect(descrever(Buffer.alloc(0))).toBe("nada (0 bytes)");
    expect(descrever(Buffer.alloc(2048, "a"))).toStartWith("2.048 bytes: “aaa");
  });

  test("a primeira diferença", () => {
    expect(primeiraDiferenca(Buffer.from("abc"), Buffer.from("abc"))).toBe(-1);
    expect(primeiraDiferenca(Buffer.from("abc"), Buffer.from("abd"))).toBe(2);
    expect(primeiraDiferenca(Buffer.from("abc"), Buffer.from("ab"))).toBe(2);
    expect(primeiraDiferenca(Buffer.from("ab"), Buffer.from("abc"))).toBe(2);
  });

  test("rastros de pilha de várias linguagens, e nenhuma mensagem comum", () => {
    for (const linha of [
      "Traceback (most recent call last):",
      "    at abrir (/casa/servidor.ts:12:7)",
      "      at /casa/servidor.ts:12:7",
      'Exception in thread "main" java.net.BindException: Address already in use',
      "panic: listen tcp :8000: bind: address already in use",
    ]) {
      expect(ehRastro(linha), linha).toBe(true);
    }
    for (const linha of [
      "Erro ao iniciar o servidor: a porta 8000 já está em uso; mude PORT.",
      "Servidor sendo encerrado pelo usuário.",
      "  at last, tudo certo",
    ]) {
      expect(ehRastro(linha), linha).toBe(false);
    }
  });
});

describe("espera", () => {
  test("acorda com o aviso, e só se a condição valer", async () => {
    const espera = new Espera();
    let pronto = false;
    const resposta = espera.ate(() => pronto, 5_000);
    espera.avisar();
    pronto = true;
    espera.avisar();
    expect(await resposta).toBe(true);
  });

  test("sem aviso, desiste no prazo", async () => {
    expect(await new Espera().ate(() => false, 5)).toBe(false);
  });

  test("uma promessa que não se cumpre a tempo", async () => {
    expect(await cumprida(new Promise(() => {}), 5)).toBe(false);
    expect(await cumprida(Promise.resolve(), 1_000)).toBe(true);
  });
});

describe("um pedido a um servidor", () => {
  const lerOi = async (cliente: { ler(n: number, ms: number): Promise<Buffer> }) => {
    const resposta = await cliente.ler(2, 8_000);
    if (`${resposta}` !== "oi") throw new Falha("oi", `${resposta}`, "");
  };

  test.concurrent.skipIf(process.platform !== "linux" || !Bun.which("python3"))(
    "é refeito quando o sistema descarta o cliente, com a fila cheia, e diz por que demora",
    async () => {
      const avisos: string[] = [];
      const avisar = (aviso: string) => void avisos.push(aviso);
      const comando = ["python3", "-c", FILA_CHEIA];
      await using cena = new CenaServidor({ comando, avisar }, "Seção", lerOi);
      await cena.reiniciar();
      await Promise.all(Array.from({ length: 10 }, () => cena.pedir(cena.porta, 8_000)));
      expect(avisos).toEqual([expect.stringContaining("A fila de conexões do programa")]);
    },
    30_000,
  );

  test.concurrent(
    "não é refeito quando o servidor tem o cliente e não o atende",
    async () => {
      let conexoes = 0;
      using mudo = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: { open: () => void conexoes++, data() {} },
      });
      const cena = new CenaServidor({ comando: [] }, "Seção", async (cliente) => {
        const lidos = await cliente.ler(1, 1_500);
        if (lidos.length === 0) throw new Falha("algo", "nada", "");
      });
      const pedido = cena.pedir(mudo.port, 4_000).catch((erro: unknown) => erro);
      expect(await pedido).toBeInstanceOf(Falha);
      expect(conexoes).toBe(1);
    },
  );
});
