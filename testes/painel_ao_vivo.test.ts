/**
 * O painel inteiro, com servidores e clientes de verdade: a corrida, quem se conecta ao vivo,
 * quem pode ver e controlar, o que um cliente hostil consegue, e o fim sem sobras.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import { sinalizar } from "../laboratorio/servidores/processo.ts";
import {
  bytesVariados,
  comando,
  Conexao,
  melhorDe,
  pastaTemporaria,
  Programa,
  TEM_PROC,
} from "./apoio.ts";
import { Espectador, PainelEmTeste } from "./painel_apoio.ts";

setDefaultTimeout(90_000);

const RAIZ = join(import.meta.dir, "..");
const ROTEIRO = join(RAIZ, "../shared/roteiro/tutorial_servidor_tcp.md");
const BUN = `"${process.execPath}"`;
const EM_ORDEM = ["conectou", "esperando", "em atendimento", "respondeu", "encerrou"];

/** Se `fatos` está na ordem da corrente, com todos os que não podem faltar. */
function emOrdem(fatos: string[]): boolean {
  const posicoes = fatos.map((fato) => EM_ORDEM.indexOf(fato));
  return (
    posicoes.every((posicao, k) => k === 0 || posicao > (posicoes[k - 1] ?? -1)) &&
    EM_ORDEM.every((fato) => fatos.includes(fato))
  );
}

describe("a corrida", () => {
  const pedido = {
    servidores: ["sequencial", "thread"],
    clientes: 5,
    atraso_ms: 100,
    previsoes: { sequencial: 300, thread: 77 },
  };

  test("é uma escada no sequencial e uma linha reta nas threads, com os fatos em ordem", async () => {
    await using painel = await PainelEmTeste.iniciar();
    using visto = await painel.assistir();
    await melhorDe(3, async () => {
      visto.eventos.splice(0);
      await visto.correr({ ...pedido, atraso_ms: 300 });
      const { corrida } = visto.estado;
      const [fila, juntos] = corrida?.pistas ?? [];
      expect(corrida?.fase).toBe("terminada");
      const largada = corrida?.largada_ms ?? NaN;
      const atendidas = (fila?.faixas ?? [])
        .map(({ atendimento_ms }) => (atendimento_ms ?? NaN) - largada)
        .sort((a, b) => a - b);
      for (const [k, atendida] of atendidas.entries())
        expect(Math.abs(atendida - 300 * k)).toBeLessThan(150);
      for (const { atendimento_ms } of juntos?.faixas ?? [])
        expect((atendimento_ms ?? NaN) - largada).toBeLessThan(150);
      expect(Math.abs((fila?.chegada?.medido_ms ?? NaN) / 1500 - 1)).toBeLessThan(0.25);
      expect(Math.abs((juntos?.chegada?.medido_ms ?? NaN) / 300 - 1)).toBeLessThan(0.5);
      for (const servidor of pedido.servidores)
        for (let cliente = 1; cliente <= 5; cliente++)
          expect(emOrdem(visto.fatos(cliente, servidor))).toBe(true);
      expect(corrida?.frase).toContain("em sequencial (fila: 5 × 300 ms)");
      expect(fila).toMatchObject({ turma_ms: 300, lei_ms: 1500 });
      expect(juntos).toMatchObject({ turma_ms: 77, lei_ms: 300 });
    });

    // A lista e os arquivos
    const arquivo = (nome: string) =>
      fetch(`http://${painel.endereco.host}/${nome}?chave=${painel.chave}`);
    const csv = await (await arquivo("corridas.csv")).text();
    const corridas = visto.estado.corridas.length;
    expect(csv.trimEnd().split("\r\n")).toHaveLength(1 + corridas * 2 * 5);
    const svg = await (await arquivo("corrida.svg")).text();
    expect(svg).toStartWith("<svg");
    expect(svg.match(/class="atendimento"/g)).toHaveLength(10);
    expect((await arquivo("../package.json")).status).toBe(404);

    // Outra página, que chega depois, vê o mesmo
    using outra = await Espectador.entrar(painel.endereco.host, painel.chave);
    expect(outra.estado.corridas).toEqual(visto.estado.corridas);
    expect(outra.estado.corrida).toEqual(visto.estado.corrida);
  });

  test("trocados um pelo outro, a medida os acusa", async () => {
    await using painel = await PainelEmTeste.iniciar([
      "--servidor",
      `sequencial=${BUN} run "${RAIZ}/servidor_thread.ts"`,
    ]);
    using visto = await painel.assistir();
    // Criar as threads na hora, em uma máquina ocupada, não chega a parecer fila de 2500 ms
    await visto.correr({ ...pedido, servidores: ["sequencial"], atraso_ms: 500 });
    expect(visto.estado.corrida?.frase).not.toContain("fila");
  });

  test("um servidor que não existe, que acaba, ou que para no meio: uma linha, e o painel continua", async () => {
    using pasta = pastaTemporaria();
    const frageis = join(pasta.caminho, "fragil.ts");
    await Bun.write(
      frageis,
      `let n = 0;
      Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), socket: {
        data() {}, open(c) { if (++n > 4) { console.log("quebrei"); process.exit(3); } c.end("oi"); } } });`,
    );
    const curto = join(pasta.caminho, "curto.ts");
    await Bun.write(
      curto,
      `console.log("\\x1b[31m  <b>2</b>\\x1b]0;título\\x07\\x00" + "x".repeat(5000));`,
    );
    await using painel = await PainelEmTeste.iniciar([
      ...["--servidor", "thread"],
      ...["--servidor", "ausente=nao_existe_mesmo"],
      ...["--servidor", `curto=${BUN} run "${curto}"`],
      ...["--servidor", `fragil=${BUN} run "${frageis}"`],
    ]);
    using visto = await painel.assistir();
    for (const [nome, motivo] of [
      ["ausente", /não foi possível executar "nao_existe_mesmo"/],
      [
        "curto",
        /"curto" terminou antes de abrir a porta \d+; as últimas linhas dele:\n {2}\| {3}<b>2<\/b>�x{100,300}…$/,
      ],
      [
        "fragil",
        /"fragil" parou no meio da corrida; as últimas linhas dele:\n {2}\| quebrei/,
      ],
    ] as const) {
      await visto.correr({ ...pedido, servidores: [nome] });
      expect(visto.estado.corrida).toMatchObject({ fase: "sem efeito" });
      expect(visto.estado.corrida?.frase).toMatch(motivo);
      expect(visto.estado.corrida?.frase).not.toMatch(/ {4}at |\.ts:\d+/);
      await painel.esperarErro(`Aviso: ${visto.estado.corrida?.frase}\n`);
    }
    await visto.correr({ ...pedido, servidores: ["thread"] });
    expect(visto.estado.corridas).toHaveLength(1);
  });

  test("um programa de porta fixa sai de Ao vivo para correr, e depois volta", async () => {
    using pasta = pastaTemporaria();
    const arquivo = join(pasta.caminho, "fixo.ts");
    const fixa = portaLivre();
    await Bun.write(
      arquivo,
      `Bun.listen({ hostname: "127.0.0.1", port: ${fixa}, socket: { data() {}, open: (c) => void c.end("oi") } });`,
    );
    await using painel = await PainelEmTeste.iniciar([
      "--servidor",
      `fixo=${BUN} run "${arquivo}"@${fixa}`,
    ]);
    using visto = await painel.assistir();
    await visto.correr({ ...pedido, servidores: ["fixo"], atraso_ms: 0 });
    expect(visto.estado.corrida).toMatchObject({ fase: "terminada" });
    expect(visto.estado.aoVivo).toMatchObject({
      servidor: "fixo",
      situacao: "parado",
      problema: `o servidor "fixo" foi para a corrida, porque usa sempre a porta ${fixa}`,
    });
    visto.pedir({ comando: "trocar", servidor: "fixo", atraso_ms: 0 });
    await visto.ate(({ aoVivo }) => aoVivo.situacao === "no ar", "a volta");
    using conexao = await Conexao.abrir(visto.estado.aoVivo.porta);
    expect((await conexao.receberTudo()).toString()).toBe("oi");
  });

  test("só há uma de cada vez, e parar uma não estraga a próxima", async () => {
    await using painel = await PainelEmTeste.iniciar();
    using visto = await painel.assistir();
    visto.pedir({
      comando: "pedir",
      pedido: { ...pedido, atraso_ms: 500, clientes: 50 },
    });
    visto.pedir({ comando: "disparar" });
    await visto.ate(({ corrida }) => corrida?.fase === "correndo", "a largada", 30_000);
    visto.pedir({ comando: "disparar" });
    expect(await visto.recusa()).toBe("já há uma corrida em andamento");
    visto.pedir({ comando: "interromper" });
    await visto.ate(({ corrida }) => corrida?.fase === "sem efeito", "a parada");
    await visto.correr(pedido);
    expect(visto.estado.corrida).toMatchObject({ numero: 2, fase: "terminada" });
  });
});

/** Um cliente de verdade, do início ao fim. */
async function cliente(partes: string[], porta: number, pasta = RAIZ) {
  await using programa = new Programa(partes, {
    ambiente: { HOST: "127.0.0.1", PORT: `${porta}`, PYTHONUTF8: "1" },
    pasta,
  });
  return await programa.fim(20_000);
}

describe("ao vivo", () => {
  test("cliente.ts vira uma faixa, com os estados em ordem e o tempo que ele mediu", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "sequencial"]);
    using visto = await painel.assistir();
    const { porta } = visto.estado.aoVivo;
    visto.pedir({ comando: "trocar", servidor: "sequencial", atraso_ms: 1000 });
    await visto.ate(
      ({ aoVivo }) => aoVivo.atraso_ms === 1000 && aoVivo.situacao === "no ar",
      "T = 1000",
    );
    const inicio = performance.now();
    const { codigo, saida } = await cliente(comando(join(RAIZ, "cliente.ts")), porta);
    const doCliente_ms = performance.now() - inicio;
    expect([codigo, saida]).toEqual([
      0,
      "Resposta do servidor: Olá, cliente! Você está conectado ao servidor TCP.\n",
    ]);
    await visto.ate(({ aoVivo }) => aoVivo.faixas[0]?.fim_ms != null, "o fim");
    const [faixa] = visto.estado.aoVivo.faixas;
    expect(emOrdem(visto.fatos(faixa?.conexao ?? 0))).toBe(true);
    expect(faixa?.volta).toBe(
      Buffer.byteLength("Olá, cliente! Você está conectado ao servidor TCP."),
    );
    const espera = (faixa?.respondeu_ms ?? NaN) - (faixa?.conectou_ms ?? NaN);
    expect(espera).toBeGreaterThan(990);
    expect(espera).toBeLessThan(doCliente_ms); // que conta também o programa começar

    // Um cliente que se cronometra concorda com a faixa dele
    await melhorDe(3, async () => {
      const partida = performance.now();
      using conexao = await Conexao.abrir(porta);
      await conexao.receberTudo();
      const medido_ms = performance.now() - partida;
      await visto.ate(() => visto.faixa(conexao.endereco)?.respondeu_ms != null, "a vez");
      const sua = visto.faixa(conexao.endereco);
      const vista_ms = (sua?.respondeu_ms ?? NaN) - (sua?.conectou_ms ?? NaN);
      expect(Math.abs(medido_ms / vista_ms - 1)).toBeLessThan(0.2);
    });
    expect(visto.estado.aoVivo.saida.join("\n")).toContain("Conexão estabelecida com");
  });

  const semRoteiro = !existsSync(ROTEIRO) || !Bun.which("python3");
  if (semRoteiro)
    console.log("Sem o roteiro ou sem Python: o cliente dele não foi testado.");
  test.skipIf(semRoteiro)(
    "o cliente e o servidor em Python do roteiro, que cita uma tupla",
    async () => {
      const texto = await Bun.file(ROTEIRO).text();
      const programas = [...texto.matchAll(/```python\n(.*?)```/gs)].flatMap(
        ([, p]) => p ?? [],
      );
      const programa = (trecho: string, porta: number) =>
        (programas.find((cada) => cada.includes(trecho)) ?? "").replace(
          /(PORT = |\("localhost", )8000\b/,
          `$1${porta}`,
        );
      using pasta = pastaTemporaria();
      const fixa = portaLivre();
      await Bun.write(
        join(pasta.caminho, "servidor.py"),
        programa("Servidor TCP multithread", fixa),
      );
      await using painel = await PainelEmTeste.iniciar([
        "--servidor",
        `python=python3 "${pasta.caminho}/servidor.py"@${fixa}`,
      ]);
      using visto = await painel.assistir();
      await Bun.write(
        join(pasta.caminho, "cliente.py"),
        programa("Resposta do servidor", visto.estado.aoVivo.porta),
      );
      const { saida } = await cliente(["python3", "cliente.py"], 0, pasta.caminho);
      expect(saida).toContain("Olá, cliente!");
      await visto.ate(
        ({ aoVivo }) => aoVivo.cita && aoVivo.faixas.at(-1)?.fim_ms != null,
        "o fim da faixa",
      );
      const faixa = visto.estado.aoVivo.faixas.at(-1);
      expect(visto.fatos(faixa?.conexao ?? 0)).toEqual(
        expect.arrayContaining(["conectou", "esperando", "respondeu", "encerrou"]),
      );
      expect(visto.estado.aoVivo.saida.join("\n")).toMatch(/com \('127\.0\.0\.1', \d+\)/);
    },
  );

  test("no eco, a faixa fica enquanto o cliente fica, e conta os bytes dos dois sentidos", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "final"]);
    using visto = await painel.assistir();
    using conexao = await Conexao.abrir(visto.estado.aoVivo.porta);
    await conexao.enviar("olá");
    expect((await conexao.receber(4)).toString()).toBe("olá");
    await visto.ate(() => visto.faixa(conexao.endereco)?.fato === "respondeu", "o eco");
    expect(visto.faixa(conexao.endereco)?.fim_ms).toBeNull();
    expect(visto.faixa(conexao.endereco)?.atendimento_ms).not.toBeNull();
    // No terminal dele, o começo e os clientes, e não as sondas do painel
    expect(visto.estado.aoVivo.saida[0]).toMatch(
      /^Servidor pronto .* em 127\.0\.0\.1:\d+$/,
    );

    const mensagem = bytesVariados(1024 * 1024); // os 8 MiB são do teste do relé
    const envio = conexao.enviar(mensagem);
    expect((await conexao.receber(mensagem.length, 60_000)).equals(mensagem)).toBe(true);
    await envio;
    conexao.terminarEnvio();
    await visto.ate(() => visto.faixa(conexao.endereco)?.fato === "encerrou", "o fim");
    expect(visto.faixa(conexao.endereco)).toMatchObject({
      ida: mensagem.length + 4,
      volta: mensagem.length + 4,
    });
  });

  test("trocar o servidor, ou T, encerra antes quem está no meio, e a faixa diz", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "final"]);
    using visto = await painel.assistir();
    using conexao = await Conexao.abrir(visto.estado.aoVivo.porta);
    await visto.ate(
      () => visto.faixa(conexao.endereco)?.fato === "em atendimento",
      "a vez",
    );
    visto.pedir({ comando: "trocar", servidor: "thread", atraso_ms: 0 });
    await expect(conexao.receberTudo()).rejects.toThrow();
    await visto.ate(
      ({ aoVivo }) => aoVivo.servidor === "thread" && aoVivo.situacao === "no ar",
      "a troca",
    );
    expect(visto.faixa(conexao.endereco)).toMatchObject({
      fato: "encerrou",
      motivo: "encerrada pelo painel: o servidor mudou",
    });
    using nova = await Conexao.abrir(visto.estado.aoVivo.porta);
    expect((await nova.receberTudo()).toString()).toContain("multithread");
  });

  test.skipIf(!TEM_PROC)(
    "o servidor morto no meio: a faixa e o painel dizem, e dá para iniciar de novo",
    async () => {
      await using painel = await PainelEmTeste.iniciar(["--servidor", "final"]);
      using visto = await painel.assistir();
      const { porta } = visto.estado.aoVivo;
      using conexao = await Conexao.abrir(porta);
      await visto.ate(
        () => visto.faixa(conexao.endereco)?.fato === "em atendimento",
        "a vez",
      );
      const [pid = 0] = painel.filhos();
      sinalizar(pid, "SIGKILL");
      await visto.ate(({ aoVivo }) => aoVivo.situacao === "caiu", "a queda");
      expect(visto.estado.aoVivo.problema).toContain('o servidor "final" parou');
      await visto.ate(
        () => visto.faixa(conexao.endereco)?.fim_ms !== null,
        "o fim da faixa",
      );
      expect(visto.faixa(conexao.endereco)?.fato).toBe("falhou");
      expect(visto.estado.aoVivo.falhas).toBe(1);
      visto.pedir({ comando: "trocar", servidor: "final", atraso_ms: 0 });
      await visto.ate(({ aoVivo }) => aoVivo.situacao === "no ar", "o recomeço");
      using nova = await Conexao.abrir(porta);
      await nova.enviar("oi");
      expect((await nova.receber(2)).toString()).toBe("oi");
    },
  );

  test("um servidor calado só mostra espera e resposta; um alvo também", async () => {
    using calado = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data() {}, open: (conexao) => void conexao.end("oi") },
    });
    await using painel = await PainelEmTeste.iniciar([
      "--alvo",
      `127.0.0.1:${calado.port}`,
    ]);
    using visto = await painel.assistir();
    using conexao = await Conexao.abrir(visto.estado.aoVivo.porta);
    expect((await conexao.receberTudo()).toString()).toBe("oi");
    conexao.fechar();
    await visto.ate(() => visto.faixa(conexao.endereco)?.fim_ms != null, "o fim");
    expect(visto.estado.aoVivo.cita).toBe(false);
    expect(visto.faixa(conexao.endereco)).toMatchObject({ atendimento_ms: null });
    expect(visto.estado.ofertas.at(-1)).toMatchObject({ corre: false, nosso: false });
    calado.stop(true);
  });
});

describe("quem entra", () => {
  /** O código HTTP de uma tentativa de abrir o WebSocket, e se abriu. */
  async function tentar(porta: string, caminho: string, headers: Record<string, string>) {
    const resposta = await fetch(`http://127.0.0.1:${porta}${caminho}`, {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        ...headers,
      },
    });
    return resposta.status;
  }

  test("sem --turma, só entra quem tem a chave, e por um endereço desta máquina", async () => {
    await using painel = await PainelEmTeste.iniciar();
    const { port, host } = painel.endereco;
    expect(painel.endereco.hostname).toBe("127.0.0.1");
    const comChave = `/eventos?chave=${painel.chave}`;
    for (const [caminho, headers] of [
      ["/eventos", {}],
      ["/eventos?chave=", {}],
      ["/eventos?chave=errada", {}],
      [comChave, { Origin: "https://exemplo.com" }],
      [comChave, { Origin: "null" }],
      [comChave, { Origin: `http://127.0.0.1:${Number(port) + 1}` }],
      [comChave, { Host: `exemplo.com:${port}` }],
      [comChave, { Host: `exemplo.com:${port}`, Origin: `http://exemplo.com:${port}` }],
      ["/corridas.csv", {}],
      [`/corridas.csv?chave=${painel.chave}`, { Host: "exemplo.com" }],
    ] as const) {
      expect({ caminho, headers, codigo: await tentar(port, caminho, headers) }).toEqual({
        caminho,
        headers,
        codigo: 403,
      });
    }
    await expect(Espectador.entrar(host, null)).rejects.toThrow();
    using certo = await Espectador.entrar(host, painel.chave, {
      Origin: `http://${host}`,
    });
    expect(certo.controla).toBe(true);
  });

  test("com --turma, quem não tem a chave vê e não controla, nem pelo WebSocket nem por fetch", async () => {
    await using painel = await PainelEmTeste.iniciar(["--turma"]);
    const { host, port } = painel.endereco;
    using professor = await painel.assistir();
    using aluno = await Espectador.entrar(host, null);
    expect([professor.controla, aluno.controla]).toEqual([true, false]);
    expect(aluno.estado).toEqual(professor.estado);
    const antes = structuredClone(professor.estado);
    for (const texto of [
      JSON.stringify({ comando: "disparar" }),
      JSON.stringify({ comando: "trocar", servidor: "sequencial", atraso_ms: 0 }),
      JSON.stringify({ comando: "pedir", pedido: { ...antes.pedido, clientes: 99 } }),
    ]) {
      aluno.enviar(texto);
      expect(await aluno.recusa()).toContain("só mostra");
      for (const method of ["POST", "PUT", "GET"]) {
        const resposta = await fetch(`http://${host}/eventos`, {
          method,
          ...(method !== "GET" && { body: texto }),
        });
        expect(resposta.ok).toBe(false);
      }
    }
    expect(professor.estado).toEqual(antes);
    const corpo = await fetch(`http://${host}/eventos`, {
      method: "POST",
      body: "x".repeat(1 << 20),
    });
    expect(corpo.status).toBe(413);
    // Uma turma grande demais não tira o lugar do professor
    const alunos: Espectador[] = [];
    while (alunos.length < 198) alunos.push(await Espectador.entrar(host, null));
    await expect(Espectador.entrar(host, null)).rejects.toThrow();
    using outra = await Espectador.entrar(host, painel.chave);
    expect(outra.controla).toBe(true);
    for (const cada of alunos) cada[Symbol.dispose]();
    // E nem assim um nome qualquer ou outra página servem
    expect(await tentar(port, "/eventos", { Origin: "https://exemplo.com" })).toBe(403);
    expect(await tentar(port, "/eventos", { Host: `exemplo.com:${port}` })).toBe(403);
  });

  test("um pedido sem sentido é recusado em uma linha; um grande demais derruba só quem o fez", async () => {
    await using painel = await PainelEmTeste.iniciar();
    using visto = await painel.assistir();
    for (const texto of ["{", "null", '{"comando":"executar","servidor":"sh"}']) {
      visto.enviar(texto);
      expect(await visto.recusa()).toMatch(/^o painel n/);
    }
    using outro = await Espectador.entrar(painel.endereco.host, painel.chave);
    outro.enviar("x".repeat(100_000));
    await visto.correr({
      servidores: ["thread"],
      clientes: 1,
      atraso_ms: 0,
      previsoes: {},
    });
    expect(visto.estado.corrida?.fase).toBe("terminada");
  });
});

describe("um cliente hostil", () => {
  test("o que um programa repete do cliente, sem cuidado nenhum, chega como texto e com limite", async () => {
    using pasta = pastaTemporaria();
    const papagaio = join(pasta.caminho, "papagaio.ts");
    await Bun.write(
      papagaio,
      `Bun.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT), allowHalfOpen: true,
        socket: { data: (_c, dados) => void process.stdout.write(dados), end: (c) => void c.end() } });`,
    );
    await using painel = await PainelEmTeste.iniciar([
      "--servidor",
      `papagaio=${BUN} run "${papagaio}"`,
    ]);
    using visto = await painel.assistir();
    using conexao = await Conexao.abrir(visto.estado.aoVivo.porta);
    await conexao.enviar(
      "<img src=x onerror=alert(1)>\x1b[31m\x1b]0;título\x07\x00\u009b2Jfim da primeira\n",
    );
    const { aoVivo: antes } = visto.estado;
    await visto.ate(({ aoVivo }) => aoVivo.saida.length > antes.saida.length, "a linha");
    expect(visto.estado.aoVivo.saida.at(-1)).toStartWith("<img src=x onerror=alert(1)>");
    expect(visto.estado.aoVivo.saida.at(-1)).toContain("fim da primeira");

    await conexao.enviar(Buffer.alloc(2 << 20, "x")); // uma linha que não acaba
    await conexao.enviar(Buffer.alloc(1 << 20, "ruído\n")); // e linhas demais
    await conexao.enviar("\núltima\n");
    conexao.terminarEnvio();
    await conexao.receberTudo(60_000);
    await visto.ate(
      ({ aoVivo }) => aoVivo.linhasOmitidas > 0,
      "a conta das omitidas",
      60_000,
    );
    const { saida } = visto.estado.aoVivo;
    expect(saida.length).toBeLessThanOrEqual(200);
    expect(Math.max(...saida.map((linha) => linha.length))).toBeLessThanOrEqual(300);
    expect(saida.join("")).not.toMatch(/\p{Cc}/u);
    for (const evento of visto.eventos)
      if (evento.tipo === "linha") expect(evento.texto).not.toMatch(/\p{Cc}/u);
    if (process.platform === "linux")
      expect(painel.programa.picoDeMemoria()).toBeLessThan(400 * 1024);
  });

  test("10.000 conexões apressadas: todas contadas, poucas guardadas, e ninguém é esquecido", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "eventos"]);
    using visto = await painel.assistir();
    visto.pedir({ comando: "trocar", servidor: "eventos", atraso_ms: 0 });
    await visto.ate(
      ({ aoVivo }) => aoVivo.atraso_ms === 0 && aoVivo.situacao === "no ar",
      "T = 0",
    );
    const { porta } = visto.estado.aoVivo;
    const inicio = performance.now();
    const lotes = visto.lotes;
    for (let feitas = 0; feitas < 10_000; feitas += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          using apressada = await Conexao.abrir(porta);
          await apressada.receberTudo();
        }),
      );
    }
    await visto.ate(
      ({ aoVivo }) => aoVivo.respondidas + aoVivo.falhas + aoVivo.recusadas >= 10_000,
      "a conta fechar",
      30_000,
    );
    const { conexoes, recusadas, faixas } = visto.estado.aoVivo;
    expect(conexoes + recusadas).toBe(10_000);
    expect(faixas.length).toBeLessThanOrEqual(500);
    const segundos = (performance.now() - inicio) / 1000;
    expect(visto.lotes - lotes).toBeLessThan(20 * segundos + 10);
    using ainda = await Conexao.abrir(porta);
    expect((await ainda.receberTudo()).toString()).toContain("Olá");
  });

  test("1 GB em um eco que ele não lê: o painel não cresce e os outros são atendidos", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "final"]);
    using visto = await painel.assistir();
    const { porta } = visto.estado.aoVivo;
    using teimoso = await Conexao.abrir(porta);
    teimoso.pararDeLer();
    const pedaco = Buffer.alloc(1 << 20, "<b>");
    let enviados = 0;
    const insistir = (async () => {
      for (let k = 0; k < 1024; k++) {
        await teimoso.enviar(
          pedaco,
          (bytes) => void (enviados = k * pedaco.length + bytes),
        );
      }
    })().catch(() => null);
    // Parou de crescer: o TCP segura quem envia
    for (let antes = -1, iguais = 0; iguais < 5; antes = enviados) {
      await Bun.sleep(100);
      iguais = enviados === antes ? iguais + 1 : 0;
      expect(enviados).toBeLessThan(128 << 20);
    }
    using outro = await Conexao.abrir(porta);
    await outro.enviar("oi");
    expect((await outro.receber(2)).toString()).toBe("oi");
    if (process.platform === "linux")
      expect(painel.programa.picoDeMemoria()).toBeLessThan(600 * 1024);
    teimoso.derrubar();
    await insistir;
  });
});

describe("o começo e o fim", () => {
  test("com a porta do relé ocupada, o terminal e a página dizem, e a corrida funciona", async () => {
    using ocupante = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data() {} } });
    await using painel = await PainelEmTeste.iniciar(["--porta", `${ocupante.port}`]);
    const motivo = `a porta ${ocupante.port} já está em uso`;
    expect(painel.programa.saida).toContain(`Ao vivo: ${motivo}`);
    using visto = await Espectador.entrar(painel.endereco.host, painel.chave);
    expect(visto.estado.aoVivo).toMatchObject({
      problemaDaPorta: expect.stringContaining(motivo),
      situacao: "parado", // sem relé, não há servidor para deixar no ar
    });
    await visto.correr({
      servidores: ["thread"],
      clientes: 3,
      atraso_ms: 0,
      previsoes: {},
    });
    expect(visto.estado.corrida?.fase).toBe("terminada");
    ocupante.stop(true);
  });

  test.each([
    [["--servidor", "nada"], /não conheço o servidor "nada"/],
    [["--porta", "banana"], /--porta precisa de números inteiros/],
    [["--porta", "9001", "--servidor", "a=b@9001"], /usa a porta 9001, e é nela/],
    [["--alvo", "127.0.0.1:1"], /nenhum servidor em 127\.0\.0\.1:1/],
    [["--navegador"], /não existe a opção --navegador/],
  ])("%j: uma linha, e o código 2", async (opcoes, motivo) => {
    await using programa = new Programa([
      ...comando(join(RAIZ, "laboratorio/painel.ts")),
      "--sem-navegador",
      ...opcoes,
    ]);
    const { codigo, erros } = await programa.fim();
    expect(codigo).toBe(2);
    expect(erros).toMatch(motivo);
    expect(erros.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a porta da página ocupada é uma linha, com o que fazer", async () => {
    using ocupante = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data() {} },
    });
    await using programa = new Programa([
      ...comando(join(RAIZ, "laboratorio/painel.ts")),
      ...["--sem-navegador", "--porta", "0", "--pagina", `${ocupante.port}`],
    ]);
    const { codigo, erros } = await programa.fim();
    expect(codigo).toBe(2);
    expect(erros).toBe(
      `Erro: a porta ${ocupante.port}, a da página, já está em uso; escolha outra com --pagina (0 é uma livre)\n`,
    );
    ocupante.stop(true);
  });

  describe.skipIf(!TEM_PROC)("o fim", () => {
    test.each(["SIGINT", "SIGTERM"] as const)(
      "%s no meio de uma corrida, com gente conectada: termina com 0 e não deixa nenhum processo",
      async (sinal) => {
        await using painel = await PainelEmTeste.iniciar();
        using visto = await painel.assistir();
        using _conectado = await Conexao.abrir(visto.estado.aoVivo.porta);
        visto.pedir({
          comando: "pedir",
          pedido: {
            servidores: ["sequencial", "thread"],
            clientes: 100,
            atraso_ms: 200,
            previsoes: {},
          },
        });
        visto.pedir({ comando: "disparar" });
        await visto.ate(
          ({ corrida }) => corrida?.fase === "correndo",
          "a largada",
          30_000,
        );
        const filhos = painel.filhos();
        expect(filhos).toHaveLength(3);
        painel.programa.sinalizar(sinal);
        const { codigo, saida, erros } = await painel.programa.fim();
        expect([codigo, erros]).toEqual([0, ""]);
        expect(saida).toEndWith("\nPainel encerrado pelo usuário.\n");
        for (const pid of filhos) expect(() => process.kill(pid, 0)).toThrow();
      },
    );
  });
});
