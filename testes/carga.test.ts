/**
 * A carga: as contas que ela faz, o gerador diante de servidores que erram, e o comando
 * inteiro contra servidores de verdade.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { casosDe } from "../laboratorio/carga/casos.ts";
import { haLugar } from "../laboratorio/carga/conntrack.ts";
import { Gerador } from "../laboratorio/carga/controle.ts";
import { especies } from "../laboratorio/carga/falhas.ts";
import { Latencias } from "../laboratorio/carga/latencias.ts";
import { fonteDeMensagens } from "../laboratorio/carga/mensagens.ts";
import { emIgualdade } from "../laboratorio/carga/contra_o_python.ts";
import { COMANDO, lerOpcoes } from "../laboratorio/carga/opcoes.ts";
import { recursosDoGrupo } from "../laboratorio/carga/recursos.ts";
import { ressalvas } from "../laboratorio/carga/relatorio.ts";
import { exigencias, type Resistencia } from "../laboratorio/carga/resistencia.ts";
import { graficoDaVelocidade } from "../laboratorio/carga/graficos.ts";
import { resumir } from "../laboratorio/carga/resumo.ts";
import { tabelaDaVelocidade } from "../laboratorio/carga/tabelas.ts";
import { planejar } from "../laboratorio/carga/rodadas.ts";
import { sondar } from "../laboratorio/carga/sonda.ts";
import type { Amostra, DadosDaCarga, Pedido } from "../laboratorio/carga/tipos.ts";
import { comando, melhorDe, pastaTemporaria, Programa, TEM_PROC } from "./apoio.ts";

setDefaultTimeout(60_000);

const CARGA = join(import.meta.dir, "../laboratorio/carga.ts");
const SAUDACAO = "Olá!";

describe("as contas", () => {
  test("os quantis das latências têm 1 % de precisão, e a máxima é exata", () => {
    const latencias = new Latencias();
    for (let i = 1000; i >= 1; i--) latencias.anotar(i / 100); // de 0,01 a 10 ms
    const perto = (valor: number | null, certo: number) =>
      expect(Math.abs((valor ?? 0) / certo - 1)).toBeLessThan(0.0101);
    expect(latencias.quantas).toBe(1000);
    perto(latencias.quantil(0.5), 5);
    perto(latencias.quantil(0.99), 9.9);
    perto(latencias.quantil(0.001), 0.01);
    expect(latencias.quantil(1)).toBe(10);
    expect(latencias.maxima_ms).toBe(10);
  });

  test("sem respostas não há latência, e não zero", () => {
    const latencias = new Latencias();
    expect(latencias.quantil(0.5)).toBeNull();
    expect(latencias.maxima_ms).toBeNull();
  });

  test("a razão compara rodada com rodada, e depois toma a mediana", () => {
    const dados = comAmostras([
      ["a", 1, 100],
      ["a", 2, 1000],
      ["a", 3, 10],
      ["b", 1, 100],
      ["b", 2, 500],
      ["b", 3, 200],
    ]);
    const [a, b] = resumosDe(dados);
    expect(a?.porSegundo).toEqual({ mediana: 100, minimo: 10, maximo: 1000 });
    expect(a?.razao).toEqual({ mediana: 1, minimo: 1, maximo: 1 });
    // as razões são 1, 0,5 e 20; a das medianas seria 2
    expect(b?.razao).toEqual({ mediana: 1, minimo: 0.5, maximo: 20 });
    expect(b?.megabytesPorSegundo).toBeCloseTo((200 * 64) / 1e6, 9);
  });

  test("quem não respondeu nada não serve de referência", () => {
    const [, b] = resumosDe(
      comAmostras([
        ["a", 1, 0],
        ["b", 1, 500],
      ]),
    );
    expect(b?.razao).toBeNull();
  });

  test("os erros de todas as rodadas se somam, e as ressalvas os contam", () => {
    const dados = comAmostras([
      ["a", 1, 100],
      ["a", 2, 100],
    ]);
    for (const { medicao } of dados.amostras) medicao.erros = { "saudação cortada": 2 };
    expect(resumosDe(dados)[0]?.erros).toEqual({ "saudação cortada": 4 });
    expect(ressalvas(dados, resumir(dados))[0]).toBe(
      "a, 10 clientes, mensagens de 64 bytes: 4 erros, saudação cortada.",
    );
  });

  test("diz, ao lado do número, quando o limite pode ter sido o do gerador", () => {
    const lido = (alcance: number, gerador: number, servidor: number | null) => {
      const dados = comAmostras([["a", 1, 90]]);
      for (const amostra of dados.amostras) {
        amostra.medicao.cpuDoGerador = gerador;
        amostra.cpuDoServidor = servidor;
      }
      dados.alcance = comAmostras([["referência", 1, alcance]]).amostras;
      const casos = resumir(dados);
      const [grupo] = tabelaDaVelocidade("eco", casos).grupos;
      const svg = graficoDaVelocidade("eco", ["a"], casos).svg.texto;
      const ressalva = ressalvas(dados, casos).filter((uma) =>
        uma.startsWith("Onde se lê ≥"),
      );
      return [grupo?.linhas[0]?.[1], svg.includes("≥ 90"), ressalva.length];
    };
    const COM = ["≥ 90", true, 1];
    const SEM = ["90", false, 0];
    // Cada resposta custa mais ao gerador que ao servidor, e ninguém está à toa
    expect(lido(1000, 0.7, 0.5)).toEqual(COM);
    expect(lido(1000, 0.5, 0.7)).toEqual(SEM);
    expect(lido(1000, 0.03, 0.01)).toEqual(SEM); // um servidor que dorme
    // Onde não se sabe do servidor, um núcleo inteiro do gerador
    expect(lido(1000, 0.95, null)).toEqual(COM);
    expect(lido(1000, 0.8, null)).toEqual(SEM);
    // Perto do que ele alcança, se ele estava mesmo ocupado
    expect(lido(100, 0.6, 0.9)).toEqual(COM);
    expect(lido(100, 0.2, 0.9)).toEqual(SEM);
  });

  test("os casos são os do roteiro, e a ordem dos servidores se inverte a cada rodada", () => {
    expect(casosDe("saudacao").map(({ clientes }) => clientes)).toEqual([1, 10, 100]);
    expect(casosDe("eco").map((caso) => [caso.clientes, caso.tamanho_bytes])).toEqual([
      [1, 64],
      [10, 64],
      [100, 64],
      [4, 65_536],
    ]);
    const servidores = ["a", "b"].map((nome) => ({
      pedido: { nome, partes: [] },
      descoberta: { familia: "saudacao" as const, saudacao: Buffer.alloc(0) },
    }));
    const ordem = planejar(servidores, [1, 10], 2).map(
      ({ servidor, caso, rodada }) => `${rodada}${servidor.pedido.nome}${caso.clientes}`,
    );
    expect(ordem).toEqual(["1a1", "1b1", "1a10", "1b10", "2b1", "2a1", "2b10", "2a10"]);
  });

  test("cada mensagem é outra, do tamanho pedido, e sempre a mesma para o mesmo par", () => {
    const mensagens = fonteDeMensagens([64]);
    const vistas = new Set<string>();
    for (let cliente = 0; cliente < 20; cliente++)
      for (let numero = 0; numero < 50; numero++)
        vistas.add(mensagens(cliente, numero).toString());
    expect(vistas.size).toBe(1000);
    expect([...vistas].every((texto) => /^[\w+/]{64}$/.test(texto))).toBe(true);
    expect(fonteDeMensagens([64])(3, 7).equals(mensagens(3, 7))).toBe(true);
    expect(fonteDeMensagens([1, 4096])(0, 1).length).toBe(4096);
  });

  test("em cem clientes, dezesseis se comportam mal", () => {
    const contagem = Object.groupBy(especies(100), (especie) => especie);
    expect(
      Object.fromEntries(Object.entries(contagem).map(([nome, v]) => [nome, v?.length])),
    ).toEqual({ interrompe: 5, "meio-fecha": 5, "nunca lê": 5, lixo: 1, normal: 84 });
    expect(especies(1)).toEqual(["normal"]);
  });

  test("espera lugar na tabela de conexões do sistema, se há uma", () => {
    expect(haLugar(60_000, null, null)).toBe(true);
    expect(haLugar(60_000, 200_000, 262_144)).toBe(true);
    expect(haLugar(60_000, 210_000, 262_144)).toBe(false);
    expect(haLugar(60_000, 40_000, 65_536)).toBe(false);
    expect(haLugar(60_000, 30_000, 65_536)).toBe(true);
  });

  test("em igualdade, a listagem em Python só muda na porta e na fila de conexões", () => {
    expect(emIgualdade("HOST = ''\nPORT = 8000  # Porta\ns.listen(1)\nfim")).toBe(
      `HOST = ''\nPORT = int(__import__("os").environ["PORT"])  # Porta\ns.listen(512)\nfim`,
    );
    expect(emIgualdade("with socket.create_server((HOST, PORT)) as s:")).toBe(
      "with socket.create_server((HOST, PORT), backlog=512) as s:",
    );
  });

  test.if(TEM_PROC)("os recursos são os do grupo inteiro, e null sem grupo", () => {
    const nossos = recursosDoGrupo(process.pid);
    expect(nossos?.memoria_bytes).toBeGreaterThan(10 * 1024 * 1024);
    expect(nossos?.threads).toBeGreaterThan(0);
    expect(nossos?.descritores).toBeGreaterThan(2);
    expect(recursosDoGrupo(2 ** 30)).toBeNull();
  });
});

describe("as exigências da prova de resistência", () => {
  const passaram = (prova: Resistencia) => exigencias(prova).map(({ passou }) => passou);

  test("quem não erra nem cresce cumpre todas", () => {
    expect(passaram(prova({}))).toEqual([true, true, true, true]);
  });

  test("um erro só já conta", () => {
    const erros = { "eco diferente do que foi enviado": 1 };
    expect(passaram(prova({ erros }))).toEqual([false, true, true, true]);
  });

  test("não responder nada não é cumprir", () => {
    expect(passaram(prova({ respostas: 0 }))).toEqual([false, true, true, true]);
  });

  test("memória que só cresce é acusada", () => {
    const vaza = prova({ memoria_mib: (s) => 50 + s / 2 });
    expect(passaram(vaza)).toEqual([true, false, true, true]);
  });

  test("crescer no primeiro quinto, até o tamanho normal, é permitido", () => {
    const cresce = prova({ memoria_mib: (s) => (s < 20 ? s * 10 : 200) });
    expect(passaram(cresce)).toEqual([true, true, true, true]);
  });

  test("thread ou descritor que sobra é acusado", () => {
    expect(passaram(prova({ threads: 30 }))).toEqual([true, true, false, true]);
    expect(passaram(prova({ descritores: 11 }))).toEqual([true, true, true, false]);
  });

  test("o que o sistema não informa não passa nem falha", () => {
    const cega = {
      ...prova({}),
      instantes: [],
      repousoInicial: null,
      repousoFinal: null,
    };
    expect(passaram(cega)).toEqual([true, null, null, null]);
  });
});

describe("o gerador confere cada byte", () => {
  test("um servidor de eco correto não tem erros, com mensagens de todo tamanho", async () => {
    const medicao = await medirEco((conexao, dados) => escrever(conexao, dados), {
      tamanhos_bytes: [1, 64, 65_536],
      mensagensPorConexao: 10,
    });
    expect(medicao.erros).toEqual({});
    expect(medicao.respostas).toBeGreaterThan(10);
    expect(medicao.conversas.normal).toBeGreaterThan(3);
    expect(medicao.p50_ms).toBeGreaterThan(0);
  });

  const DEFEITOS: [nome: string, defeito: Responder, erro: string][] = [
    [
      "troca um byte de vez em quando",
      (conexao, dados, n) => {
        if (n % 10 === 0) dados[dados.length >> 1] = 0x21;
        escrever(conexao, dados);
      },
      "eco diferente do que foi enviado",
    ],
    [
      "inverte as metades",
      (conexao, dados, n) => {
        const meio = dados.length >> 1;
        const trocado = [dados.subarray(meio), dados.subarray(0, meio)];
        escrever(conexao, n % 10 === 0 ? Buffer.concat(trocado) : dados);
      },
      "eco diferente do que foi enviado",
    ],
    [
      "engole a última letra",
      (conexao, dados, n) => {
        escrever(conexao, n % 10 === 0 ? dados.subarray(0, -1) : dados);
      },
      "sem a resposta inteira em 0.2 s",
    ],
    [
      "responde duas vezes",
      (conexao, dados, n) => {
        escrever(conexao, n % 10 === 0 ? Buffer.concat([dados, dados]) : dados);
      },
      "eco diferente do que foi enviado",
    ],
    [
      "encerra no meio da resposta",
      (conexao, dados, n) => {
        if (n % 10 === 0) conexao.end(dados.subarray(0, 10));
        else escrever(conexao, dados);
      },
      "o servidor encerrou a conexão antes do fim do eco",
    ],
    [
      "derruba a conexão",
      (conexao, dados, n) => {
        if (n % 10 === 0) conexao.terminate();
        else escrever(conexao, dados);
      },
      "conexão interrompida pelo servidor",
    ],
    [
      "devolve a cada um a mensagem do anterior",
      (conexao, dados, n) => {
        escrever(conexao, n % 10 === 0 ? anterior : dados);
        anterior = Buffer.from(dados);
      },
      "eco diferente do que foi enviado",
    ],
  ];
  let anterior: Buffer = Buffer.alloc(64, "x");

  test.each(DEFEITOS)("acusa o servidor que %s", async (_nome, defeito, erro) => {
    // Só se desiste depressa de quem não responde: uma máquina ocupada também demora
    const prazo_ms = erro.startsWith("sem a resposta") ? 200 : 5_000;
    const { erros, respostas } = await medirEco(defeito, { prazo_ms });
    expect(Object.keys(erros)).toEqual([erro]);
    expect(respostas).toBeGreaterThan(0); // e continua, depois do erro
  });

  test("acusa a saudação cortada, a trocada e a que não vem", async () => {
    const casos: [resposta: (n: number) => string | null, erro: string][] = [
      [(n) => (n % 10 === 0 ? SAUDACAO.slice(0, -1) : SAUDACAO), "saudação cortada"],
      [(n) => (n % 10 === 0 ? "Olé!" : SAUDACAO), "saudação diferente da esperada"],
      [
        (n) => (n % 10 === 0 ? SAUDACAO + "!" : SAUDACAO),
        "saudação diferente da esperada",
      ],
      [(n) => (n % 10 === 0 ? "" : SAUDACAO), "saudação cortada"],
      [(n) => (n % 10 === 0 ? null : SAUDACAO), "sem a resposta inteira em 0.2 s"],
    ];
    for (const [resposta, erro] of casos) {
      using servidor = servidorDeSaudacao(resposta);
      const prazo_ms = erro.startsWith("sem a resposta") ? 200 : 5_000;
      const { erros } = await medir(servidor.port, { familia: "saudacao", prazo_ms });
      expect(Object.keys(erros)).toEqual([erro]);
    }
  });

  test("conta as conexões recusadas, sem um laço sem fim", async () => {
    const { erros, respostas } = await medir(1, {});
    expect(respostas).toBe(0);
    expect(Object.keys(erros)).toEqual(["conexão recusada"]);
    expect(erros["conexão recusada"]).toBeLessThan(200);
  });

  const gerador = new Gerador();
  afterAll(() => gerador[Symbol.asyncDispose]());

  function medir(porta: number, mudancas: Partial<Pedido>) {
    const familia = "eco";
    const saudacao = Buffer.from(SAUDACAO);
    const tempos = { medicao_ms: 300, prazo_ms: 200 };
    return gerador.medir({
      porta,
      familia,
      saudacao,
      clientes: 4,
      ...tempos,
      ...mudancas,
    });
  }

  async function medirEco(responder: Responder, mudancas: Partial<Pedido> = {}) {
    let n = 0;
    using servidor = Bun.listen<Buffer>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (conexao) => void (conexao.data = Buffer.alloc(0)),
        data: (conexao, dados) => responder(conexao, dados, ++n),
        drain: (conexao) => escrever(conexao, Buffer.alloc(0)),
      },
    });
    return await medir(servidor.port, mudancas);
  }
});

describe("a sonda descobre o que o servidor faz", () => {
  test("eco", async () => {
    using servidor = servidorDeEco();
    expect((await sondar(servidor.port)).familia).toBe("eco");
  });

  test("saudação, com a saudação inteira", async () => {
    using servidor = servidorDeSaudacao(() => SAUDACAO);
    const { familia, saudacao } = await sondar(servidor.port);
    expect(familia).toBe("saudacao");
    expect(saudacao.toString()).toBe(SAUDACAO);
  });

  test("saudação, ainda que demore mais do que a sonda espera em silêncio", async () => {
    using servidor = servidorDeSaudacao(() => SAUDACAO, 600);
    const { familia, saudacao } = await sondar(servidor.port);
    expect(familia).toBe("saudacao");
    expect(saudacao.toString()).toBe(SAUDACAO);
  });
});

describe("as opções", () => {
  test("sem comando, os três servidores do roteiro", () => {
    const { servidores, clientes, rodadas, resistencia_ms } = lerOpcoes([]);
    expect(servidores.map(({ nome }) => nome)).toEqual(["sequencial", "thread", "final"]);
    expect({ clientes, rodadas, resistencia_ms }).toEqual({
      clientes: [1, 10, 100],
      rodadas: 5,
      resistencia_ms: null,
    });
  });

  test("servidores com nome, comando e porta fixa", () => {
    const { servidores } = lerOpcoes([
      "--servidor",
      'meu=python3 "meu servidor.py"@8000',
      "--porta",
      "9000",
      "--",
      "./outro",
      "-x",
    ]);
    expect(
      servidores.map(({ nome, partes, porta }) => ({ nome, partes, porta })),
    ).toEqual([
      { nome: "meu", partes: ["python3", "meu servidor.py"], porta: 8000 },
      { nome: "servidor", partes: ["./outro", "-x"], porta: 9000 },
    ]);
  });

  test("os servidores deste projeto pelo nome, o de eco também", () => {
    const nomes = ["sequencial", "thread", "eventos", "final"];
    const { servidores } = lerOpcoes(nomes.flatMap((nome) => ["--servidor", nome]));
    expect(servidores.map(({ nome }) => nome)).toEqual(nomes);
    for (const { partes, pasta = "" } of servidores)
      expect(existsSync(join(pasta, partes?.at(-1) ?? ""))).toBe(true);
    expect(() => lerOpcoes(["--servidor", "finl"])).toThrow("você quis dizer final?");
  });

  test("a duração, em minutos ou segundos", () => {
    expect(lerOpcoes(["--duracao", "5min"]).resistencia_ms).toBe(300_000);
    expect(lerOpcoes(["--duracao", "90s"]).resistencia_ms).toBe(90_000);
  });

  test.each([
    [["--duracao", "5"], "--duracao precisa de um tempo"],
    [["--porta", "8000"], "--porta é do comando que vem depois de --"],
    [["--servidor", "a=x", "--servidor", "a=y"], 'há dois servidores chamados "a"'],
    [["--servidor", "a=x@80", "--servidor", "b=y@80"], "há dois servidores na porta 80"],
    [["--tipo", "chat"], '--tipo não pode ser "chat"'],
    [["--duracao", "5s", "--clientes", "1,2"], "--clientes é um número só"],
    [["--rodadas", "0"], "--rodadas precisa de números inteiros"],
    [["--clientes", "dez"], "--clientes precisa de números inteiros"],
    [["--velocidade"], "não existe a opção --velocidade"],
  ])("%p é recusado com uma explicação", (linha, mensagem) => {
    expect(() => lerOpcoes(linha)).toThrow(mensagem);
  });
});

// Em uma máquina ocupada, os 200 ms de uma medição podem passar sem nenhuma resposta
test(
  "o comando mede os três servidores, e tabela, JSON e CSV concordam",
  () =>
    melhorDe(3, async () => {
      using temporaria = pastaTemporaria();
      const pasta = join(temporaria.caminho, "carga");
      await Bun.write(join(pasta, "dados.json"), "de outra vez");
      await using carga = executar(
        pasta,
        ...["--rapido", "--rodadas", "1", "--clientes", "10"],
      );
      const { codigo, saida, erros } = await carga.fim(80_000);
      expect(saida).toContain("Nenhuma resposta se perdeu nem veio errada.");
      expect(codigo).toBe(0);
      expect(saida + erros).not.toContain("\x1b");
      expect(erros).toContain("100 %");
      const [, anterior] =
        saida.match(/O resultado anterior foi guardado em (.+)\n/) ?? [];
      expect(await Bun.file(join(`${anterior}`, "dados.json")).text()).toBe(
        "de outra vez",
      );

      const dados: DadosDaCarga = await Bun.file(join(pasta, "dados.json")).json();
      expect(dados.servidores.map(({ nome, familia }) => `${nome} ${familia}`)).toEqual([
        "sequencial saudacao",
        "thread saudacao",
        "final eco",
      ]);
      expect(dados.amostras.length).toBe(1 + 1 + 2);
      for (const { medicao, tamanho_bytes, servidor } of dados.amostras) {
        const { saudacao } = dados.servidores.find(({ nome }) => nome === servidor) ?? {};
        const bytes = tamanho_bytes || Buffer.byteLength(saudacao ?? "");
        expect(medicao.respostas).toBeGreaterThan(0);
        expect(medicao.bytes).toBe(medicao.respostas * bytes);
        expect(medicao.p50_ms ?? 0).toBeLessThanOrEqual(medicao.p99_ms ?? 0);
        expect(medicao.p99_ms ?? 0).toBeLessThanOrEqual(medicao.maximo_ms ?? 0);
      }
      if (TEM_PROC)
        for (const { servidor, clientes, recursos } of dados.amostras) {
          expect(recursos?.pico_bytes).toBeGreaterThan(10 * 1024 * 1024);
          if (servidor === "thread" || servidor === "final")
            expect(recursos?.threads).toBeGreaterThan(clientes); // uma thread por cliente
        }

      const [colunas = "", ...linhas] = readFileSync(join(pasta, "dados.csv"), "utf8")
        .replace("\uFEFF", "")
        .trimEnd()
        .split("\r\n")
        .map((linha) => linha.split(";"));
      const coluna = (nome: string) => colunas.indexOf(nome);
      expect(linhas.map((linha) => linha[coluna("respostas")])).toEqual(
        dados.amostras.map(({ medicao }) => `${medicao.respostas}`),
      );
      expect(linhas.map((linha) => linha[coluna("servidor")])).toEqual(
        dados.amostras.map(({ servidor }) => servidor),
      );
      // a velocidade de cada amostra está na tabela, no HTML e no gráfico
      const html = readFileSync(join(pasta, "relatorio.html"), "utf8");
      const svg = readFileSync(join(pasta, "carga_eco.svg"), "utf8");
      const doEco = dados.amostras.filter(({ familia }) => familia === "eco");
      for (const { medicao } of doEco) {
        const velocidade = Math.round((medicao.respostas * 1000) / medicao.duracao_ms);
        const texto = velocidade.toLocaleString("pt-BR");
        for (const onde of [saida, html, svg]) expect(onde).toContain(texto);
      }
      expect(svg.match(/class="barra"/g)?.length).toBe(doEco.length);
    }),
  180_000,
);

// Cada um é um comando à parte, que quase só espera: correm juntos
describe.concurrent("o comando", () => {
  test.skipIf(!existsSync("/dev/full"))(
    "com o disco cheio, mostra as tabelas, diz o arquivo e o motivo, e dá saída 2",
    async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      symlinkSync("/dev/full", join(pasta, "dados.csv"));
      mkdirSync(join(pasta, "carga_eco.svg"));
      await using carga = executar(
        pasta,
        ...["--rapido", "--rodadas", "1", "--clientes", "1", "--", ...comando(FINAL)],
      );
      const { codigo, saida, erros } = await carga.fim(30_000);
      expect(codigo).toBe(2);
      expect(erros).toContain(
        `Erro: não foi possível escrever ${join(pasta, "dados.csv")}: o disco está cheio (ENOSPC); `,
      );
      expect(erros).toContain(
        `Erro: não foi possível escrever ${join(pasta, "carga_eco.svg")}: há uma pasta com esse nome (EISDIR); `,
      );
      expect(saida).toContain("Nenhuma resposta se perdeu nem veio errada.");
      const dados: DadosDaCarga = await Bun.file(join(pasta, "dados.json")).json();
      expect(dados.amostras).toHaveLength(2);
    },
    60_000,
  );

  test("quem não responde a tempo dá saída 1, e ninguém diz que nada se perdeu", async () => {
    using temporaria = pastaTemporaria();
    const pasta = temporaria.caminho;
    await using carga = executar(
      pasta,
      ...["--rapido", "--rodadas", "1", "--clientes", "1", "--"],
      ...(await programa(
        pasta,
        `Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  async open(c) { await Bun.sleep(700); c.end("Olá!"); }, data() {} } });`,
      )),
    );
    const { codigo, saida } = await carga.fim(30_000);
    expect(saida).toContain(
      "servidor, 1 cliente: nenhuma resposta chegou a tempo em 1 de 1 rodada",
    );
    expect(saida).not.toContain("Nenhuma resposta se perdeu");
    expect(codigo).toBe(1);
  }, 60_000);

  test("um servidor que erra dá saída 1 e o motivo", async () => {
    using temporaria = pastaTemporaria();
    const pasta = temporaria.caminho;
    await using carga = executar(
      pasta,
      ...["--rapido", "--rodadas", "1", "--clientes", "2", "--"],
      ...(await programa(
        pasta,
        `let n = 0;
Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  data(c, dados) { if (++n % 10 === 0) dados[0] ^= 1; c.write(dados); } } });`,
      )),
    );
    const { codigo, saida } = await carga.fim(30_000);
    expect(codigo).toBe(1);
    expect(saida.replace(/\s+/g, " ")).toContain("eco diferente do que foi enviado");
    expect(saida).not.toContain("Nenhuma resposta se perdeu");
  }, 60_000);

  test.each([
    ["não existe", ["nenhum-programa-com-este-nome"], "não foi possível executar"],
    [
      "termina sem abrir a porta",
      ["bun", "-e", "throw new Error('sem porta')"],
      "sem porta",
    ],
  ])("um comando que %s é um erro de uso, saída 2", async (_nome, partes, mensagem) => {
    using temporaria = pastaTemporaria();
    await using carga = executar(temporaria.caminho, "--", ...partes);
    const { codigo, erros } = await carga.fim();
    expect(codigo).toBe(2);
    expect(erros).toContain("Erro: ");
    expect(erros).toContain(mensagem);
    expect(erros).not.toContain("o próprio laboratório falhou");
  });

  test.skipIf(process.platform === "win32")(
    "o limite de descritores é da máquina, e o servidor não leva a culpa",
    async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      const opcoes = ["--rapido", "--rodadas", "1", "--clientes", "1,100"];
      await using carga = new Programa([
        ...["sh", "-c", 'ulimit -n 60; exec "$@"', "sh", ...comando(CARGA)],
        ...["--saida", pasta, ...opcoes, "--"],
        ...(await programa(
          pasta,
          `Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  data: (c, dados) => void c.write(dados) } });`,
        )),
      ]);
      const { codigo, saida, erros } = await carga.fim(30_000);
      expect(erros).toContain("Erro: o gerador de carga chegou ao limite");
      expect(erros).toContain("ulimit -n 4096");
      expect(saida + erros).not.toContain("conexão recusada");
      expect(codigo).toBe(2);
      const dados: DadosDaCarga = await Bun.file(join(pasta, "dados.json")).json();
      expect(dados.amostras.map(({ clientes }) => clientes)).toEqual([1]);
    },
    60_000,
  );

  test("quem não saúda nem ecoa é um erro de uso, em uma frase inteira", async () => {
    using temporaria = pastaTemporaria();
    const pasta = temporaria.caminho;
    await using carga = executar(
      pasta,
      "--",
      ...(await programa(
        pasta,
        `Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  open(c) { setTimeout(() => c.end(), 100); }, data() {} } });`,
      )),
    );
    const { codigo, erros } = await carga.fim();
    expect(erros).toContain(
      'Erro: o servidor "servidor" não saúda nem devolve o que recebe; confira o programa',
    );
    expect(codigo).toBe(2);
  });

  test("um servidor que para no meio dá saída 2, as últimas linhas e o que já se mediu", async () => {
    using temporaria = pastaTemporaria();
    const pasta = temporaria.caminho;
    const [bun = "", arquivo = ""] = await programa(
      pasta,
      `let n = 0;
Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  data(c, dados) {
    if (dados.length > 64) { console.error("não aguentei"); process.exit(3); }
    c.write(dados);
  } } });`,
    );
    await using carga = executar(
      pasta,
      ...["--rapido", "--clientes", "2", "--", bun, arquivo],
    );
    const { codigo, erros } = await carga.fim(30_000);
    expect(erros).toContain('o servidor "servidor" terminou durante a medição');
    expect(erros).toContain("| não aguentei");
    expect(codigo).toBe(2);
    const dados: DadosDaCarga = await Bun.file(join(pasta, "dados.json")).json();
    expect(dados.amostras.length).toBe(1);
  }, 60_000);

  test("--ajuda explica todas as opções e não mede nada", async () => {
    await using carga = executar(undefined, "--ajuda");
    const { codigo, saida, erros } = await carga.fim();
    expect({ codigo, erros }).toEqual({ codigo: 0, erros: "" });
    for (const nome of Object.keys(COMANDO.opcoes)) expect(saida).toContain(`--${nome}`);
    expect(saida).toContain("-- comando…");
  });

  test.if(TEM_PROC)(
    "o Ctrl+C guarda o que já se mediu e não deixa nada para trás",
    async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      await using carga = new Programa(
        [
          ...[...comando(CARGA), "--saida", pasta, "--rapido", "--rodadas", "100"],
          ...["--clientes", "1", "--", ...comando(FINAL)],
        ],
        { terminal: true },
      );
      await carga.esperar("rodada 2 de 100", 30_000);
      const filhos = descendentes(carga.pid);
      expect(filhos.length).toBeGreaterThan(0); // o gerador e, se já iniciado, o servidor
      carga.digitar("\x03");
      const { codigo, saida } = await carga.fim();
      expect(codigo).toBe(130);
      expect(saida).toContain("Interrompido");
      expect(filhos.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      const dados: DadosDaCarga = await Bun.file(join(pasta, "dados.json")).json();
      expect(dados.amostras.length).toBeGreaterThanOrEqual(2);
    },
    60_000,
  );
});

describe.concurrent("a prova de resistência", () => {
  test("aprova quem resiste", async () => {
    using temporaria = pastaTemporaria();
    const pasta = temporaria.caminho;
    await using carga = executar(
      pasta,
      ...["--duracao", "2s", "--clientes", "20", "--", ...comando(SEQUENCIAL)],
    );
    const { codigo, saida } = await carga.fim(30_000);
    expect(saida).not.toContain("não cumprida");
    expect(codigo).toBe(0);
    const { provas } = await Bun.file(join(pasta, "dados.json")).json();
    expect(Object.keys(provas[0].conversas).sort()).toEqual([
      "interrompe",
      "meio-fecha",
      "normal",
      "nunca lê",
    ]);
  }, 60_000);

  test.skipIf(!Bun.which("python3"))(
    "acusa quem para por causa de um cliente que nunca lê",
    async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      const arquivo = join(pasta, "servidor.py");
      await Bun.write(arquivo, UMA_THREAD_SO);
      await using carga = executar(
        pasta,
        ...["--duracao", "2s", "--clientes", "20", "--", "python3", arquivo],
      );
      const { codigo, saida } = await carga.fim(40_000);
      expect(saida).toMatch(/nenhuma resposta perdida ou errada +não cumprida/);
      expect(saida).toContain("sem a resposta inteira em 5 s");
      expect(codigo).toBe(1);
    },
    60_000,
  );

  test.if(TEM_PROC)(
    "interrompida no meio, guarda o que já se anotou",
    async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      await using carga = new Programa(
        [
          ...[...comando(CARGA), "--saida", pasta, "--duracao", "60s"],
          ...["--clientes", "2", "--", ...comando(SEQUENCIAL)],
        ],
        { terminal: true },
      );
      await carga.esperar("servidor: 3 s de 60 s", 30_000);
      carga.digitar("\x03");
      const { codigo, saida } = await carga.fim(10_000);
      expect(saida).toMatch(/servidor: a prova parou aos \d+ s;/);
      expect(codigo).toBe(130);
      const { provas, incompletas } = await Bun.file(join(pasta, "dados.json")).json();
      expect(provas).toEqual([]);
      expect(incompletas[0].instantes.length).toBeGreaterThanOrEqual(2);
      const csv = readFileSync(join(pasta, "dados.csv"), "utf8").trim().split("\n");
      expect(csv).toHaveLength(1 + incompletas[0].instantes.length);
    },
    60_000,
  );

  test.if(TEM_PROC)(
    "acusa quem guarda um descritor de cada cliente",
    async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      await using carga = executar(
        pasta,
        ...["--duracao", "2s", "--clientes", "20", "--"],
        ...(await programa(
          pasta,
          `import { openSync } from "node:fs";
Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  open(c) { openSync(import.meta.path, "r"); c.end("Olá!"); }, data() {} } });`,
        )),
      );
      const { codigo, saida } = await carga.fim(40_000);
      expect(saida).toMatch(/nenhum descritor a mais +não cumprida/);
      expect(codigo).toBe(1);
    },
    60_000,
  );
});

test.if(TEM_PROC)(
  "a prova aprova quem cria threads até um limite, porque o enche antes do primeiro repouso",
  // Sozinho, e com outra chance: quantos lugares o servidor cria depende do tempo
  () =>
    melhorDe(3, async () => {
      using temporaria = pastaTemporaria();
      const pasta = temporaria.caminho;
      await using carga = executar(
        pasta,
        ...["--duracao", "2s", "--clientes", "20", "--"],
        // Cada cliente ocupa um lugar, que só volta um segundo depois; lugar novo, descritor novo
        ...(await programa(
          pasta,
          `import { openSync } from "node:fs";
let lugares = 0, livres = 0;
Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
  open(c) {
    if (livres > 0) livres--;
    else if (lugares < 110) { lugares++; openSync(import.meta.path, "r"); }
    c.end("Olá!");
  },
  data() {},
  close() { setTimeout(() => { if (livres < lugares) livres++; }, 1000); } } });`,
        )),
      );
      const { codigo, saida } = await carga.fim(40_000);
      expect(saida).toMatch(/nenhum descritor a mais +cumprida/);
      expect(codigo).toBe(0);
      const { provas } = await Bun.file(join(pasta, "dados.json")).json();
      expect(provas[0].repousoInicial.descritores).toBeGreaterThan(110);
    }),
  60_000,
);

/** Um eco de uma thread só, com select: o sendall de quem não lê para todos. */
const UMA_THREAD_SO = `import os, select, socket

servidor = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
abertos = [servidor]
while True:
    for conexao in select.select(abertos, [], [])[0]:
        if conexao is servidor:
            abertos.append(servidor.accept()[0])
            continue
        try:
            dados = conexao.recv(65536)
            conexao.sendall(dados)
        except OSError:
            dados = b""
        if not dados:
            abertos.remove(conexao)
            conexao.close()
`;

const SEQUENCIAL = join(import.meta.dir, "../servidor_sequencial.ts");
const FINAL = join(import.meta.dir, "../servidor_final.ts");

/** O que um servidor de eco faz com o que chega; `n` conta as chegadas, de 1 em diante. */
type Responder = (conexao: Bun.Socket<Buffer>, dados: Buffer, n: number) => void;

/** Envia o que ficou para trás e `dados`; o que não couber espera o `drain`. */
function escrever(conexao: Bun.Socket<Buffer>, dados: Buffer): void {
  const tudo = Buffer.concat([conexao.data, dados]);
  conexao.data = tudo.subarray(Math.max(conexao.write(tudo), 0));
}

function servidorDeEco() {
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (conexao, dados) => void conexao.write(dados) },
  });
}

/** Saúda a conexão `n` com `resposta(n)`; com null, não diz nem encerra nada. */
function servidorDeSaudacao(resposta: (n: number) => string | null, atraso_ms = 0) {
  let n = 0;
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async open(conexao) {
        const texto = resposta(++n);
        if (atraso_ms > 0) await Bun.sleep(atraso_ms);
        if (texto !== null) conexao.end(texto);
      },
      data() {},
    },
  });
}

/** Executa a carga com as opções; `pasta` recebe os resultados. */
function executar(pasta: string | undefined, ...opcoes: string[]): Programa {
  const saida = pasta === undefined ? [] : ["--saida", pasta];
  return new Programa([...comando(CARGA), ...saida, ...opcoes]);
}

/** Escreve um programa na pasta; dá o comando que o executa. */
async function programa(pasta: string, texto: string): Promise<string[]> {
  const arquivo = join(pasta, "servidor.ts");
  await Bun.write(arquivo, texto);
  return [process.execPath, arquivo];
}

/** Os processos que descendem de `pid`. */
function descendentes(pid: number): number[] {
  const filhos = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" "),
  );
  const numeros = filhos.filter(Boolean).map(Number);
  return numeros.flatMap((filho) => [filho, ...descendentes(filho)]);
}

/** Os resumos de um caso só, um por servidor. */
function resumosDe(dados: DadosDaCarga) {
  return resumir(dados)[0]?.resumos ?? [];
}

/** Dados com um caso só, de eco, com as velocidades dadas, em respostas por segundo. */
function comAmostras(
  velocidades: [servidor: string, rodada: number, porSegundo: number][],
): DadosDaCarga {
  const nomes = [...new Set(velocidades.map(([servidor]) => servidor))];
  return {
    versao: 1,
    experimento: "carga",
    ambiente: { cpu: "", nucleos: 1, sistema: "", memoria_bytes: 0, bun: "", data: "" },
    opcoes: {},
    servidores: nomes.map((nome) => ({
      nome,
      comando: "",
      familia: "eco",
      saudacao: "",
    })),
    alcance: [],
    amostras: velocidades.map(([servidor, rodada, porSegundo]): Amostra => ({
      familia: "eco",
      clientes: 10,
      tamanho_bytes: 64,
      servidor,
      rodada,
      partida_ms: 10,
      medicao: {
        respostas: porSegundo * 2,
        bytes: porSegundo * 2 * 64,
        duracao_ms: 2_000,
        p50_ms: 1,
        p99_ms: 2,
        maximo_ms: 3,
        erros: {},
        conversas: { normal: 0 },
        cpuDoGerador: 0.5,
      },
      recursos: null,
      cpuDoServidor: null,
    })),
  };
}

/** Uma prova de 100 s que cumpre tudo, a não ser pelo que se mude. */
function prova({
  erros = {},
  respostas = 1000,
  memoria_mib = () => 100,
  threads = 10,
  descritores = 10,
}: {
  erros?: Record<string, number>;
  respostas?: number;
  memoria_mib?: (segundo: number) => number;
  threads?: number;
  descritores?: number;
}): Resistencia {
  const recursos = {
    memoria_bytes: 0,
    pico_bytes: 0,
    cpu_ms: 0,
    threads: 10,
    descritores: 10,
  };
  const [amostra] = comAmostras([["a", 1, respostas / 2]]).amostras;
  return {
    servidor: "a",
    duracao_ms: 100_000,
    clientes: 100,
    erros,
    conversas: {},
    medicao: (amostra as Amostra).medicao,
    instantes: Array.from({ length: 100 }, (_, s) => ({
      ...recursos,
      instante_ms: s * 1000,
      memoria_bytes: memoria_mib(s) * 1024 * 1024,
    })),
    repousoInicial: recursos,
    repousoFinal: { ...recursos, threads, descritores },
  };
}
