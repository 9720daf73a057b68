/**
 * O que o painel decide sem página e sem rede: o estado, passo a passo; quem o servidor cita;
 * o que a página pode pedir; a frase de uma corrida; a planilha.
 */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Citacoes, portasCitadas } from "../laboratorio/painel/citacoes.ts";
import { lerComandoDaPagina } from "../laboratorio/painel/comandos.ts";
import {
  avancar,
  type Estado,
  estadoInicial,
  FAIXAS_GUARDADAS,
  LINHAS_GUARDADAS,
} from "../laboratorio/painel/estado.ts";
import type { Evento, EventoDeConexao } from "../laboratorio/painel/eventos.ts";
import { dizerOQueSeViu } from "../laboratorio/painel/frases.ts";
import { Mural } from "../laboratorio/painel/mural.ts";
import { reunirServidores } from "../laboratorio/painel/ofertas.ts";
import { planilhaDasCorridas } from "../laboratorio/painel/planilha.ts";
import { ErroDeUso } from "../laboratorio/comando/erros.ts";

const OFERTAS = [
  {
    nome: "sequencial",
    comando: "a",
    modelo: "sequencial",
    corre: true,
    nosso: true,
  },
  { nome: "thread", comando: "b", modelo: "concorrente", corre: true, nosso: true },
  { nome: "final", comando: "c", modelo: "concorrente", corre: false, nosso: true },
] as const;

const PEDIDO = {
  servidores: ["sequencial", "thread"],
  clientes: 2,
  atraso_ms: 100,
  previsoes: {},
};

const inicial = estadoInicial(
  { ofertas: [...OFERTAS], enderecos: [], turma: false, pedido: PEDIDO },
  8000,
);

/** Um fato de uma conexão ao vivo, ou da pista de um servidor. */
function fato(
  tipo: EventoDeConexao["tipo"],
  em_ms: number,
  conexao = 1,
  resto: Partial<EventoDeConexao> = {},
): EventoDeConexao {
  return { tipo, em_ms, corredor: null, conexao, ...resto };
}

/** O estado depois dos eventos, um a um. */
const percorrer = (eventos: Evento[], estado: Estado = inicial) =>
  eventos.reduce((anterior, evento) => avancar(anterior, [evento]), estado);

/** Uma corrida de dois clientes em um servidor, inventada. */
const CORRIDA: Evento[] = [
  {
    tipo: "preparou",
    em_ms: 1000,
    corrida: 1,
    data: "2026-03-09T12:30:00Z",
    clientes: 2,
    atraso_ms: 100,
    corredores: [
      { servidor: "sequencial", modelo: "sequencial", turma_ms: 150, lei_ms: 200 },
    ],
  },
  { tipo: "largou", em_ms: 2000 },
  fato("conectou", 2001, 1, { corredor: "sequencial" }),
  fato("esperando", 2001, 1, { corredor: "sequencial", porta: 50001 }),
  fato("conectou", 2001.5, 2, { corredor: "sequencial" }),
  fato("em atendimento", 2002, 1, { corredor: "sequencial" }),
  fato("respondeu", 2102, 1, { corredor: "sequencial" }),
  fato("encerrou", 2103, 1, { corredor: "sequencial" }),
  fato("falhou", 2203, 2, { corredor: "sequencial", motivo: "conexão; recusada" }),
  {
    tipo: "chegou",
    em_ms: 2204,
    chegada: { servidor: "sequencial", medido_ms: 102, falhas: 1 },
  },
  { tipo: "terminou", em_ms: 2205, valeu: true, frase: "viu-se isto" },
];

test("os servidores do projeto vêm sempre na mesma ordem, e os pedidos, depois", () => {
  const { todos, naCorrida, primeiro } = reunirServidores(
    ["meu=python3 a.py", "eventos", "thread=python3 b.py"],
    ["127.0.0.1:9"],
  );
  expect(todos.map(({ nome, modelo }) => [nome, modelo])).toEqual([
    ["sequencial", "sequencial"],
    ["thread", "desconhecido"],
    ["eventos", "concorrente"],
    ["posix", "concorrente"],
    ["final", "concorrente"],
    ["meu", "desconhecido"],
    ["127.0.0.1:9", "desconhecido"],
  ]);
  expect([naCorrida, primeiro]).toEqual([["thread", "eventos", "meu"], "meu"]);
});

describe("o estado", () => {
  test("um lote e os mesmos eventos um a um dão o mesmo estado, e o anterior não muda", () => {
    const antes = structuredClone(inicial);
    const aoVivo = [
      fato("conectou", 1, 7, { endereco: "10.0.0.1:5" }),
      fato("esperando", 2, 7, { porta: 50007 }),
      { tipo: "bytes", em_ms: 3, conexao: 7, ida: 10, volta: 20 } as const,
      fato("respondeu", 4, 7),
    ];
    const eventos = [...CORRIDA, ...aoVivo];
    expect(percorrer(eventos)).toEqual(avancar(inicial, eventos));
    expect(inicial).toEqual(antes);
    const meio = percorrer(eventos.slice(0, 5));
    const copia = structuredClone(meio);
    avancar(meio, eventos.slice(5));
    expect(meio).toEqual(copia);
  });

  test("uma corrida, passo a passo", () => {
    const fases = CORRIDA.map((_, k) => {
      const { corrida, preparando } = percorrer(CORRIDA.slice(0, k + 1));
      return [corrida?.fase, preparando, corrida?.pistas[0]?.faixas[0]?.fato];
    });
    expect(fases).toEqual([
      ["preparando", false, null],
      ["correndo", false, null],
      ["correndo", false, "conectou"],
      ["correndo", false, "esperando"],
      ["correndo", false, "esperando"],
      ["correndo", false, "em atendimento"],
      ["correndo", false, "respondeu"],
      ["correndo", false, "encerrou"],
      ["correndo", false, "encerrou"],
      ["correndo", false, "encerrou"],
      ["terminada", false, "encerrou"],
    ]);
    const { corrida, corridas, aviso } = percorrer(CORRIDA);
    expect(corrida?.pistas[0]?.faixas[0]).toMatchObject({
      conectou_ms: 2001,
      atendimento_ms: 2002,
      respondeu_ms: 2102,
      fim_ms: 2103,
      porta: 50001,
    });
    expect(corrida?.pistas[0]?.faixas[1]).toMatchObject({
      fato: "falhou",
      motivo: "conexão; recusada",
    });
    expect(aviso).toBe("viu-se isto");
    expect(corridas).toHaveLength(1);
    expect(corridas[0]?.pistas[0]).toMatchObject({ turma_ms: 150, lei_ms: 200 });
    expect(corridas[0]?.pistas[0]).not.toHaveProperty("faixas");
  });

  test("um fato atrasado, repetido ou depois do fim não muda a faixa", () => {
    const respondida = [fato("conectou", 1), fato("esperando", 2), fato("respondeu", 3)];
    const depois = percorrer([
      ...respondida,
      fato("em atendimento", 4),
      fato("respondeu", 5),
    ]);
    expect(depois.aoVivo.faixas).toEqual(percorrer(respondida).aoVivo.faixas);
    const acabada = percorrer([...respondida, fato("encerrou", 6)]);
    const tarde = percorrer([fato("falhou", 7)], acabada);
    expect(tarde.aoVivo.faixas).toEqual(acabada.aoVivo.faixas);
  });

  test("uma corrida que não valeu não entra na lista", () => {
    const estado = percorrer([
      ...CORRIDA.slice(0, 3),
      { tipo: "terminou", em_ms: 3000, valeu: false, frase: "não deu" },
    ]);
    expect([estado.corrida?.fase, estado.corridas.length]).toEqual(["sem efeito", 0]);
  });

  test("mudar o pedido prepara outra corrida, mas não no meio de uma", () => {
    const pediu = {
      tipo: "pediu",
      em_ms: 9,
      pedido: { ...PEDIDO, clientes: 7 },
    } as const;
    expect(percorrer([...CORRIDA.slice(0, 5), pediu]).preparando).toBe(false);
    const depois = percorrer([...CORRIDA, pediu]);
    expect([depois.preparando, depois.pedido.clientes]).toEqual([true, 7]);
  });

  test("as faixas, as linhas e as corridas têm limite, e o resto é contado", () => {
    const cheias = Array.from({ length: FAIXAS_GUARDADAS }, (_, k) =>
      fato("conectou", k, k + 1, { endereco: "10.0.0.1:5" }),
    );
    const acabam = cheias
      .slice(10, 30)
      .map(({ conexao }) => fato("encerrou", 999, conexao));
    const outras = Array.from({ length: 25 }, (_, k) =>
      fato("conectou", 1000 + k, FAIXAS_GUARDADAS + k + 1),
    );
    const { aoVivo } = percorrer([...cheias, ...acabam, ...outras]);
    expect(aoVivo.faixas).toHaveLength(FAIXAS_GUARDADAS);
    expect(aoVivo.conexoes).toBe(FAIXAS_GUARDADAS + 25);
    // Das acabadas, nenhuma ficou; das que continuam, só não couberam as cinco últimas
    expect(aoVivo.faixas.every(({ fim_ms }) => fim_ms === null)).toBe(true);
    expect(aoVivo.faixas.at(-1)?.conexao).toBe(FAIXAS_GUARDADAS + 20);

    const linhas = Array.from({ length: LINHAS_GUARDADAS + 3 }, (_, k) => ({
      tipo: "linha" as const,
      em_ms: k,
      texto: `${k}`,
    }));
    const { saida } = avancar(inicial, linhas).aoVivo;
    expect([saida.length, saida[0]]).toEqual([LINHAS_GUARDADAS, "3"]);
  });

  test("o mural junta os eventos em lotes, e conta as linhas que vêm demais", () => {
    const lotes: Evento[][] = [];
    using mural = new Mural(inicial, (lote) => void lotes.push(lote));
    mural.descarregar();
    expect(lotes).toEqual([]);
    for (let k = 0; k < LINHAS_GUARDADAS + 50; k++)
      mural.contar({ tipo: "linha", em_ms: k, texto: "x" });
    mural.contar(fato("conectou", 1));
    mural.descarregar();
    expect(lotes).toHaveLength(1);
    expect(mural.estado.aoVivo).toMatchObject({ linhasOmitidas: 50, conexoes: 1 });
    expect(mural.estado.aoVivo.saida).toHaveLength(LINHAS_GUARDADAS);
    expect(mural.estado).toEqual(avancar(inicial, lotes[0] ?? []));
  });
});

describe("quem o servidor cita", () => {
  test.each([
    ["Conexão estabelecida com 127.0.0.1:54321", [54321]],
    ["Conexão estabelecida com ('127.0.0.1', 54321)", [54321]],
    ["Novo cliente conectado: 127.0.0.1:54321", [54321]],
    ["Novo cliente conectado: ('::1', 54321, 0, 0)", [54321]],
    ["Conexão estabelecida com ::ffff:127.0.0.1:54321", [54321]],
    ["de 10.0.0.1:1 a 10.0.0.2:2", [1, 2]],
    ["Servidor TCP rodando na porta 8000...", []],
    ["são 12:30 e 15 segundos", []],
  ])("%s", (linha, portas) => {
    expect(portasCitadas(linha)).toEqual(portas);
  });

  test("a linha e a notícia da conexão podem chegar em qualquer ordem, e só contam uma vez", () => {
    const citadas: number[] = [];
    const citacoes = new Citacoes((conexao) => void citadas.push(conexao));
    citacoes.abrir(50001, 1);
    citacoes.ler("Conexão estabelecida com 127.0.0.1:50001");
    citacoes.ler("Mensagem de 127.0.0.1:50001: oi");
    citacoes.ler("Conexão estabelecida com 127.0.0.1:50002");
    citacoes.abrir(50002, 2);
    citacoes.abrir(50003, 3);
    citacoes.fechar(50003);
    citacoes.ler("Cliente 127.0.0.1:50003 desconectado.");
    expect(citadas).toEqual([1, 2]);
  });
});

describe("o que a página pode pedir", () => {
  const ler = (comando: unknown) =>
    lerComandoDaPagina(typeof comando === "string" ? comando : JSON.stringify(comando), [
      ...OFERTAS,
    ]);

  test("os comandos que existem, e as previsões só dos servidores que existem", () => {
    expect(ler({ comando: "disparar" })).toEqual({ comando: "disparar" });
    expect(ler({ comando: "trocar", servidor: "final", atraso_ms: 0 })).toEqual({
      comando: "trocar",
      servidor: "final",
      atraso_ms: 0,
    });
    const previsoes = { thread: 100, outro: 5, __proto__: 1 };
    expect(ler({ comando: "pedir", pedido: { ...PEDIDO, previsoes } })).toEqual({
      comando: "pedir",
      pedido: { ...PEDIDO, previsoes: { thread: 100 } },
    });
  });

  test.each([
    ["isto não é JSON"],
    ["null"],
    ["[]"],
    [{}],
    [{ comando: "executar", servidor: "rm -rf /" }],
    [{ comando: "trocar", servidor: "rm -rf /", atraso_ms: 0 }],
    [{ comando: "trocar", servidor: "thread", atraso_ms: 2001 }],
    [{ comando: "trocar", servidor: "thread", atraso_ms: -1 }],
    [{ comando: "trocar", servidor: "thread", atraso_ms: 1.5 }],
    [{ comando: "trocar", servidor: "thread", atraso_ms: "0" }],
    [{ comando: "trocar", servidor: ["thread"], atraso_ms: 0 }],
    [{ comando: "pedir" }],
    [{ comando: "pedir", pedido: { ...PEDIDO, servidores: [] } }],
    [{ comando: "pedir", pedido: { ...PEDIDO, servidores: ["final"] } }],
    [{ comando: "pedir", pedido: { ...PEDIDO, clientes: 101 } }],
    [{ comando: "pedir", pedido: { ...PEDIDO, clientes: 0 } }],
    [{ comando: "pedir", pedido: { ...PEDIDO, previsoes: { thread: -1 } } }],
    [{ comando: "pedir", pedido: { ...PEDIDO, previsoes: [] } }],
  ])("recusa %j", (comando) => {
    expect(() => ler(comando)).toThrow(ErroDeUso);
  });
});

describe("a frase da corrida", () => {
  const chegada = (servidor: string, medido_ms: number | null, falhas = 0) => ({
    servidor,
    medido_ms,
    falhas,
  });

  test("diz fila só do que foi fila, e juntos só do que foi junto", () => {
    const frase = dizerOQueSeViu(10, 100, [
      chegada("a", 1004),
      chegada("b", 101),
      chegada("c", 480),
    ]);
    expect(frase).toBe(
      "O último esperou 1.004 ms em a (fila: 10 × 100 ms), 101 ms em b (todos juntos) e 480 ms em c: b foi 9,9× mais rápido que a.",
    );
  });

  test("não chama de vencedor quem quase empatou, nem quem deixou alguém sem resposta", () => {
    expect(dizerOQueSeViu(10, 100, [chegada("a", 101), chegada("b", 110)])).toEndWith(
      "(todos juntos): quase empataram.",
    );
    const comFalha = dizerOQueSeViu(10, 100, [chegada("a", 101, 3), chegada("b", 1000)]);
    expect(comFalha).toContain("101 ms em a (todos juntos; 3 clientes sem resposta)");
    expect(comFalha).not.toContain("mais rápido");
    expect(dizerOQueSeViu(2, 100, [chegada("a", null, 2)])).toBe(
      "Ninguém foi atendido em a.",
    );
  });

  test("com T = 0 e com um cliente só não há fila para apontar", () => {
    expect(dizerOQueSeViu(10, 0, [chegada("a", 2), chegada("b", 30)])).toBe(
      "O último esperou 2,00 ms em a e 30,0 ms em b. Com T = 0 sobra o custo de cada modelo, que varia: repita.",
    );
    expect(dizerOQueSeViu(1, 100, [chegada("a", 101)])).toBe(
      "O cliente esperou 101 ms em a.",
    );
  });
});

test("a planilha tem uma linha por cliente, com os instantes desde a largada", () => {
  const { corrida } = percorrer(CORRIDA);
  const [cabecalho, ...linhas] = planilhaDasCorridas(corrida ? [corrida] : [])
    .replace("\uFEFF", "")
    .trimEnd()
    .split("\r\n");
  expect(cabecalho).toStartWith("corrida;data;servidor;clientes;atraso_ms;previsto");
  expect(linhas).toEqual([
    "1;2026-03-09T12:30:00Z;sequencial;2;100;150;200;102;1;1;2;102;103;",
    '1;2026-03-09T12:30:00Z;sequencial;2;100;150;200;102;2;1,5;;;203;"conexão; recusada"',
  ]);
});

test("a página do painel não tem erros de tipos", () => {
  const pagina = join(import.meta.dir, "../laboratorio/painel/pagina");
  const { exitCode, stdout } = Bun.spawnSync([
    process.execPath,
    "check",
    "-p",
    join(pagina, "tsconfig.json"),
  ]);
  expect({ exitCode, saida: stdout.toString() }).toMatchObject({ exitCode: 0 });
});
