/** As contas: quantis, medianas e intervalos contra valores conhecidos, e o que se conclui. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { confrontar, prever } from "../laboratorio/espera/lei.ts";
import { arquivosDosDados, planilhaDosDados } from "../laboratorio/espera/planilha.ts";
import { planejarRodadas } from "../laboratorio/espera/plano.ts";
import { mostrar } from "../laboratorio/espera/quadro.ts";
import { ressalvasDaEspera } from "../laboratorio/espera/ressalvas.ts";
import {
  resumirEspera,
  rodadasAtipicas,
  rodadaTipica,
} from "../laboratorio/espera/resumo.ts";
import type { Atendimento, Dados, Rodada } from "../laboratorio/espera/tipos.ts";
import { guardarAnterior, prepararPasta } from "../laboratorio/relatorio/arquivos.ts";
import {
  atipicos,
  intervaloDaMediana,
  mediana,
  quantil,
} from "../laboratorio/relatorio/estatistica.ts";
import type { Modelo } from "../laboratorio/servidores/pedidos.ts";
import { pastaTemporaria } from "./apoio.ts";

/** Escreve na pasta os dados de um experimento. */
async function exportar(dados: Dados, pasta: string): Promise<void> {
  for (const [nome, conteudo] of arquivosDosDados(dados))
    await Bun.write(join(pasta, nome), conteudo);
}

describe("quantis e medianas", () => {
  test("são os do método 7, o do PERCENTIL do Excel", () => {
    expect(quantil([1, 2, 3, 4], 0.95)).toBeCloseTo(3.85, 12);
    expect(quantil([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 12);
    expect(quantil([50, 15, 40, 20, 35], 0.4)).toBeCloseTo(29, 12);
    expect(quantil([7], 0.95)).toBe(7);
    expect(mediana([9, 1, 5])).toBe(5);
    expect(mediana([4, 1, 3, 2])).toBe(2.5);
    expect(mediana([])).toBeNaN();
    expect(quantil([], 0.5)).toBeNaN();
  });

  test("não mudam a ordem dos valores recebidos", () => {
    const valores = [3, 1, 2];
    mediana(valores);
    expect(valores).toEqual([3, 1, 2]);
  });
});

describe("intervalo de confiança", () => {
  // Com n ímpar, a mediana reamostrada é um dos valores, e a chance de ela não passar do
  // j-ésimo é a de ao menos metade dos n sorteios cair entre os j menores (binomial).
  const binomial = (n: number, k: number): number =>
    k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k;
  const chanceDeNaoPassar = (n: number, j: number) => {
    let soma = 0;
    for (let k = (n + 1) / 2; k <= n; k++)
      soma += binomial(n, k) * (j / n) ** k * (1 - j / n) ** (n - k);
    return soma;
  };
  const exato = (valores: number[], fracao: number) => {
    const n = valores.length;
    const j = valores.findIndex((_, i) => chanceDeNaoPassar(n, i + 1) >= fracao);
    return valores[j] ?? Number.NaN;
  };

  test("da mediana coincide com o da conta exata, com 7, 9 e 11 rodadas", () => {
    for (const n of [7, 9, 11]) {
      const valores = Array.from({ length: n }, (_, i) => 100 + i * i);
      const esperado = {
        tipo: "ic95" as const,
        de: exato(valores, 0.025),
        ate: exato(valores, 0.975),
      };
      expect(esperado.de).toBeGreaterThan(100);
      for (const semente of [1, 2, 3]) {
        expect(intervaloDaMediana(valores.toReversed(), semente)).toEqual(esperado);
      }
    }
  });

  test("é o mesmo com a mesma semente", () => {
    const valores = [10.1, 12.7, 9.9, 30.4, 11.3, 10.8];
    expect(intervaloDaMediana(valores, 7)).toEqual(intervaloDaMediana(valores, 7));
  });

  test("com menos de 6 rodadas é só o mínimo e o máximo", () => {
    expect(intervaloDaMediana([5, 1, 3, 9, 2], 1)).toEqual({
      tipo: "min-max",
      de: 1,
      ate: 9,
    });
    expect(intervaloDaMediana([5, 1, 3, 9, 2, 4], 1).tipo).toBe("ic95");
  });
});

test("valores atípicos são os que passam da cerca externa, e só com rodadas bastantes", () => {
  expect(atipicos([100, 101, 102, 103, 104, 200])).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
  expect(atipicos([100, 101, 102, 103, 104, 106])).not.toContain(true);
  expect(atipicos([1, 100, 101, 102, 103, 104])[0]).toBe(true);
  expect(atipicos([1, 1, 1, 100])).not.toContain(true);
});

/** Uma rodada em que cada cliente recebe o primeiro byte no tempo dado, em ms. */
function rodada(
  servidor: string,
  numero: number,
  esperas: (number | null)[],
  mudar: Partial<Atendimento> = {},
): Rodada {
  const atendimentos = esperas.map((espera, i) => ({
    cliente: i + 1,
    partida_ms: 0,
    conectado_ms: 0.5,
    primeiroByte_ms: espera,
    ultimoByte_ms: espera === null ? null : espera + 1,
    bytes: espera === null ? 0 : 10,
    erro: espera === null ? "conexão recusada" : null,
    ...mudar,
  }));
  const fins = esperas.flatMap((espera) => (espera === null ? [] : [espera + 1]));
  return {
    servidor,
    atraso_ms: 100,
    clientes: esperas.length,
    rodada: numero,
    atendimentos,
    makespan_ms: fins.length > 0 ? Math.max(...fins) : null,
  };
}

function dados(rodadas: Rodada[], modelos: Record<string, Modelo>): Dados {
  return {
    versao: 1,
    experimento: "experimento1",
    ambiente: {
      cpu: "inventada",
      nucleos: 2,
      sistema: "Linux",
      memoria_bytes: 1,
      bun: Bun.version,
      data: "2025-01-01T00:00:00.000Z",
    },
    opcoes: {},
    servidores: Object.entries(modelos).map(([nome, modelo]) => ({
      nome,
      comando: nome,
      modelo,
    })),
    rodadas,
  };
}

describe("resumo", () => {
  const medidos = dados(
    [
      rodada("fila", 0, [900, 900, 900]),
      rodada("fila", 1, [100, 200, 299]),
      rodada("fila", 2, [102, 204, 303]),
      rodada("fila", 3, [110, 300, 499]),
      rodada("juntos", 0, [900, 900, 900]),
      rodada("juntos", 1, [100, 101, 102]),
      rodada("juntos", 2, [100, 104, null]),
      rodada("juntos", 3, [99, 100, 101]),
    ],
    { fila: "sequencial", juntos: "concorrente" },
  );

  test("traz a mediana das medianas das rodadas, sem a de aquecimento", () => {
    const [fila, juntos] = resumirEspera(medidos, 1);
    expect(fila).toMatchObject({
      servidor: "fila",
      clientes: 3,
      rodadas: 3,
      mediana_ms: 204,
      pontos_ms: [200, 204, 300],
      intervalo: { tipo: "min-max", de: 200, ate: 300 },
      maximo_ms: 499,
      makespan_ms: 304,
      aceleracao: 1,
      previsao_ms: 300,
      confere: true,
      falhas: 0,
    });
    expect(fila?.p95_ms).toBeCloseTo(
      quantil([100, 200, 299, 102, 204, 303, 110, 300, 499], 0.95),
      9,
    );
    expect(juntos).toMatchObject({
      mediana_ms: 101,
      pontos_ms: [101, 102, 100],
      makespan_ms: 103,
      previsao_ms: 100,
      confere: true,
      falhas: 1,
    });
    expect(juntos?.aceleracao).toBeCloseTo(304 / 103, 9);
  });

  test("não confere quando a medida se afasta da lei mais de um quarto", () => {
    const trocados = dados(medidos.rodadas, {
      fila: "concorrente",
      juntos: "sequencial",
    });
    expect(resumirEspera(trocados, 1).map(({ confere }) => confere)).toEqual([
      false,
      false,
    ]);
    const quase = (espera: number) =>
      resumirEspera(dados([rodada("a", 1, [espera - 1])], { a: "concorrente" }), 1)[0]
        ?.confere;
    expect([quase(124), quase(126), quase(76), quase(74)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("diz em palavras se a medida confere, e o que sugere quando não se sabe o modelo", () => {
    const [fila, juntos] = resumirEspera(medidos, 1);
    if (!fila || !juntos) throw new Error("faltam resumos");
    expect(confrontar(fila, "sequencial")).toBe(
      "fila: previsto N·T = 3 × 100 ms = 300 ms, medido 304 ms: confere (1,3 % a mais)",
    );
    expect(confrontar({ ...juntos, confere: false }, "concorrente")).toBe(
      "juntos: previsto T = 100 ms, medido 103 ms: não confere (3,0 % a mais)",
    );
    expect(confrontar(fila, "desconhecido")).toContain("um cliente de cada vez");
    expect(confrontar(juntos, "desconhecido")).toContain("todos ao mesmo tempo");
    expect(confrontar({ ...juntos, makespan_ms: 5 }, "desconhecido")).toBeNull();
    expect(confrontar({ ...juntos, atraso_ms: 0 }, "concorrente")).toBeNull();
  });

  test("fica sem o grupo em que ninguém foi atendido", () => {
    const sos = dados([rodada("a", 1, [null, null])], { a: "sequencial" });
    expect(resumirEspera(sos, 1)).toEqual([]);
  });

  test("a lei não prevê nada sem tempo de atendimento ou sem saber o modelo", () => {
    expect(prever("sequencial", 5, 100)).toBe(500);
    expect(prever("concorrente", 5, 100)).toBe(100);
    expect(prever("desconhecido", 5, 100)).toBeNull();
    expect(prever("sequencial", 5, 0)).toBeNull();
    expect(prever("sequencial", 5, null)).toBeNull();
  });

  test("a rodada típica é a de makespan mediano", () => {
    const fila = { servidor: "fila", atraso_ms: 100, clientes: 3 };
    expect(rodadaTipica(medidos.rodadas, fila)?.rodada).toBe(2);
    expect(rodadaTipica(medidos.rodadas, { ...fila, clientes: 4 })).toBeUndefined();
  });
});

describe("o que fica marcado, e não descartado", () => {
  const comDefeitos = dados(
    [
      ...[100, 101, 102, 103, 104, 300].map((espera, i) => rodada("a", i + 1, [espera])),
      rodada("b", 1, [1050], { conectado_ms: 1003 }),
      rodada("b", 2, [20]),
      rodada("b", 3, [null, 100]),
    ],
    { a: "concorrente", b: "desconhecido" },
  );

  test("rodadas que fogem das outras, conexões lentas, falhas e ATRASO_MS ignorado", () => {
    expect(rodadasAtipicas(comDefeitos.rodadas).map(({ rodada }) => rodada)).toEqual([6]);
    const notas = ressalvasDaEspera(comDefeitos).join("\n");
    expect(notas).toContain("a com 1 cliente e T = 100 ms, rodada 6 (301 ms)");
    expect(notas).toContain(
      "1 conexão demorou 900 ms ou mais: fila de conexões cheia, o sistema retransmitiu o SYN",
    );
    expect(notas).toContain("1 cliente não foi atendido, de 10: conexão recusada.");
    expect(notas).toContain("O servidor b responde antes do tempo de atendimento pedido");
    expect(notas).toContain("faça-o esperar ATRASO_MS milissegundos");
    expect(notas).not.toContain("O servidor a responde antes");
  });

  test("estão também no CSV", () => {
    const linhas = planilhaDosDados(comDefeitos).split("\r\n");
    expect(linhas).toHaveLength(1 + 10 + 1);
    expect(linhas.filter((linha) => linha.includes(";sim;;"))).toHaveLength(1);
    expect(linhas.find((linha) => linha.startsWith("b;100;1;1;"))).toEndWith(
      "fila de conexões cheia: o sistema retransmitiu o SYN",
    );
    expect(linhas.find((linha) => linha.startsWith("b;100;2;3;"))).toContain(
      "conexão recusada",
    );
  });

  test("um nome com ponto e vírgula ou aspas não quebra a planilha", async () => {
    using pasta = pastaTemporaria();
    const estranho = dados([rodada('a;"b"', 1, [1.5])], { 'a;"b"': "desconhecido" });
    await exportar(estranho, pasta.caminho);
    const texto = await Bun.file(join(pasta.caminho, "dados.csv")).bytes();
    expect([...texto.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(texto).split("\r\n")[1]).toStartWith(
      '"a;""b""";100;1;1;não;1;0;0,5;1,5;2,5;10;2,5;não;;',
    );
  });
});

describe("a medição interrompida", () => {
  const servidores = { a: "sequencial", b: "desconhecido" } as const;
  const pedida = { rodadas: 3, clientes: [1, 2], atraso: [100] };
  const completa = (numero: number) =>
    ["a", "b"].flatMap((nome) => [
      rodada(nome, numero, [100]),
      rodada(nome, numero, [100, 100]),
    ]);
  const nota = (rodadas: Rodada[], opcoes: Dados["opcoes"] = pedida) =>
    ressalvasDaEspera({ ...dados(rodadas, servidores), opcoes }).find((nota) =>
      nota.includes("interrompida"),
    );

  test("diz quantas rodadas foram feitas por inteiro, de quantas", () => {
    const [primeira, segunda] = [completa(1), completa(2)];
    const duas = [...primeira, ...segunda];
    expect(nota([...duas, rodada("a", 3, [100])])).toBe(
      "A medição foi interrompida: só 2 das 3 rodadas foram feitas.",
    );
    expect(nota(duas.slice(0, -1))).toBe(
      "A medição foi interrompida: só 1 das 3 rodadas foi feita.",
    );
    expect(nota(primeira.slice(0, 2))).toBe(
      "A medição foi interrompida antes do fim da primeira rodada.",
    );
  });

  test("não aparece quando tudo foi feito, nem com um servidor sem o atraso pedido", () => {
    const tres = [1, 2, 3].flatMap(completa);
    expect(nota(tres)).toBeUndefined();
    expect(nota([rodada("a", 0, [100, 100]), ...tres])).toBeUndefined();
    const comAlvo = tres.map((cada) =>
      cada.servidor === "b" ? { ...cada, atraso_ms: null } : cada,
    );
    const outroAtraso = tres
      .filter(({ servidor }) => servidor === "a")
      .map((cada) => ({ ...cada, atraso_ms: 0 }));
    const doisAtrasos = { ...pedida, atraso: [0, 100] };
    expect(nota([...comAlvo, ...outroAtraso], doisAtrasos)).toBeUndefined();
    expect(nota(tres, doisAtrasos)).toBeDefined();
  });
});

describe("o texto do terminal", () => {
  const duas = dados(
    [
      ...[1, 2].map((numero) => rodada("fila", numero, [100, 200])),
      ...[1, 2].map((numero) => rodada("meu", numero, [5, 5])),
    ],
    { fila: "sequencial", meu: "desconhecido" },
  );

  test("explica as colunas que as tabelas têm, e só essas", () => {
    const texto = mostrar(duas, resumirEspera(duas, 1));
    const [explicacao = "", tabelas = ""] = texto.split("\n\nCom 100 ms");
    const colunas = [...explicacao.matchAll(/^ {2}(\S.*?) {2}/gm)].map(
      ([, nome]) => nome,
    );
    const cabecalho = /^servidor +(.*)$/m.exec(tabelas)?.[1]?.split(/ {2,}/);
    expect(colunas).toEqual(cabecalho as string[]);
    expect(colunas).toContain("mín. a máx.");
    for (const linha of explicacao.split("\n"))
      expect(Bun.stringWidth(linha)).toBeLessThanOrEqual(80);
  });

  test("diz de que rodada é a linha do tempo, e não inventa atendimento", () => {
    const linhas = mostrar(duas, resumirEspera(duas, 1)).split("\n");
    expect(linhas).toContain(
      "fila (rodada 1, a de duração mediana):  · esperando  █ sendo atendido",
    );
    const aqui = linhas.indexOf("meu (rodada 1, a de duração mediana):  · esperando");
    expect(aqui).toBeGreaterThan(0);
    expect(linhas[aqui + 1]).toMatch(/^1 ·+ +5,00 ms$/);
  });
});

describe("guardar o resultado anterior", () => {
  const com = (data: string) => {
    const sos = dados([rodada("a", 1, [100])], { a: "sequencial" });
    return { ...sos, ambiente: { ...sos.ambiente, data } };
  };

  test("a pasta inteira ganha o nome da data dela, e nada se perde", async () => {
    using base = pastaTemporaria();
    const pasta = join(base.caminho, "experimento1");
    expect(guardarAnterior(pasta)).toBeNull();
    await exportar(com("2025-03-09T12:30:05"), pasta);
    await Bun.write(join(pasta, "relatorio.md"), "minhas respostas");

    const guardada = guardarAnterior(`${pasta}/`);
    expect(guardada).toBe(`${pasta}-2025-03-09-12h30m05`);
    expect(readdirSync(guardada ?? "").sort()).toEqual([
      "dados.csv",
      "dados.json",
      "relatorio.md",
    ]);
    expect(existsSync(pasta)).toBe(false);

    // Outro da mesma data não cobre o primeiro; um sem data fica com a do arquivo
    await exportar(com("2025-03-09T12:30:05"), pasta);
    expect(guardarAnterior(pasta)).toBe(`${pasta}-2025-03-09-12h30m05-2`);
    await Bun.write(join(pasta, "dados.json"), "{");
    expect(guardarAnterior(pasta)).toMatch(/-20\d\d-\d\d-\d\d-\d\dh\d\dm\d\d$/);
  });

  test("uma pasta que não pode mudar de nome é recusada antes de medir", async () => {
    using base = pastaTemporaria();
    prepararPasta(".");
    await exportar(com("2025-03-09T12:30:05"), base.caminho);
    const daqui = process.cwd();
    try {
      process.chdir(base.caminho);
      expect(() => prepararPasta(".")).toThrow("escolha outra com --saida");
      expect(() => prepararPasta(base.caminho)).toThrow("escolha outra com --saida");
    } finally {
      process.chdir(daqui);
    }
    expect(() => prepararPasta(base.caminho)).not.toThrow();
  });
});

test("o plano passa por tudo em cada rodada e muda a ordem dos servidores", () => {
  const servidores = ["a", "b", "c"].map((nome) => ({ nome, atrasos_ms: [0, 100] }));
  const plano = planejarRodadas(servidores, [1, 10], 4);
  expect(plano).toHaveLength(3 * 2 * 2 * 4);
  expect(new Set(plano.map((passo) => JSON.stringify(passo))).size).toBe(plano.length);
  const ordens = [1, 2, 3, 4].map((rodada) => {
    const daRodada = plano.filter((passo) => passo.rodada === rodada);
    return [...new Set(daRodada.map(({ servidor }) => servidor))].join("");
  });
  expect(ordens).toEqual(["abc", "bca", "cab", "abc"]);
});
