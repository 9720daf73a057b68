/**
 * A página do painel em um navegador de verdade: o que se vê são posições e textos na tela,
 * com servidores e clientes de verdade por trás.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Conexao, melhorDe } from "./apoio.ts";
import { PainelEmTeste } from "./painel_apoio.ts";

setDefaultTimeout(90_000);

const navegador =
  process.env.BUN_CHROME_PATH ||
  ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
    .map((nome) => Bun.which(nome))
    .find((caminho) => caminho !== null);
if (!navegador && process.env.CI === "true")
  throw new Error("não há Chromium nem Chrome, e a integração contínua precisa de um");
if (!navegador)
  console.log("Sem Chromium nem Chrome: a página do painel não foi testada.");

/** Uma aba do navegador, e o que ela pediu à rede e reclamou. */
class Aba implements AsyncDisposable {
  readonly pedidos: string[] = [];
  readonly reclamacoes: string[] = [];
  private constructor(readonly ver: Bun.WebView) {}

  /** @param espera o elemento que mostra que a página está pronta. */
  static async abrir(
    endereco: string,
    { pausado = false, espera = "main" } = {},
  ): Promise<Aba> {
    const ver = new Bun.WebView({
      width: 1280,
      height: 720,
      backend: {
        type: "chrome",
        path: navegador,
        argv: [
          "--no-sandbox",
          "--disable-quic",
          "--disable-component-update",
          "--disable-sync",
        ],
      },
      console: (tipo, ...resto) =>
        void aba.reclamacoes.push(`${tipo}: ${resto.join(" ")}`),
    });
    const aba = new Aba(ver);
    await ver.navigate("about:blank");
    ver.addEventListener("Network.requestWillBeSent", (evento) => {
      const { request } = evento.data as { request: { url: string } };
      aba.pedidos.push(request.url);
    });
    ver.addEventListener("Log.entryAdded", (evento) => {
      aba.reclamacoes.push(JSON.stringify(evento.data));
    });
    ver.addEventListener("Runtime.exceptionThrown", (evento) => {
      aba.reclamacoes.push(JSON.stringify(evento.data));
    });
    for (const dominio of ["Network", "Log", "Runtime"])
      await ver.cdp(`${dominio}.enable`);
    if (pausado)
      await ver.cdp("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-reduced-motion", value: "reduce" }],
      });
    await ver.navigate(endereco);
    await aba.ate(`document.querySelector("${espera}") !== null`, "a página");
    return aba;
  }

  /** O valor de uma expressão avaliada na página. */
  async ler<T>(expressao: string): Promise<T> {
    return (await this.ver.evaluate(expressao)) as T;
  }

  async ate(expressao: string, oQue: string, prazo_ms = 20_000): Promise<void> {
    const limite = performance.now() + prazo_ms;
    while (!(await this.ler<boolean>(expressao))) {
      if (performance.now() > limite) throw new Error(`não aconteceu: ${oQue}`);
      await Bun.sleep(20);
    }
  }

  /** O texto de cada elemento que satisfaz o seletor. */
  textos(seletor: string): Promise<string[]> {
    return this.ler(
      `[...document.querySelectorAll(${JSON.stringify(seletor)})].map((e) => e.textContent.trim())`,
    );
  }

  /** Digita em um campo e sai dele. */
  async preencher(seletor: string, valor: number): Promise<void> {
    await this.ler(`document.querySelector(${JSON.stringify(seletor)}).select()`);
    await this.ver.type(`${valor}`);
    await this.ver.press("Tab");
    await this.ate(
      `document.querySelector(${JSON.stringify(seletor)}).defaultValue === "${valor}"`,
      `o painel guardar ${valor} em ${seletor}`,
    );
  }

  async tela(largura: number, esquema: "light" | "dark"): Promise<void> {
    await this.ver.cdp("Emulation.setDeviceMetricsOverride", {
      width: largura,
      height: largura < 700 ? 844 : 720,
      deviceScaleFactor: 1,
      mobile: largura < 700,
    });
    await this.ver.cdp("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: esquema }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ver.close();
  }
}

/** Onde estão, na tela, as barras de atendimento da pista de um servidor, de cima a baixo. */
const BARRAS = (servidor: string) =>
  `[...document.querySelectorAll('[data-servidor="${servidor}"] .barra.atendido')].map((b) => {
    const { left, width, top } = b.getBoundingClientRect();
    return { x: left, largura: width, y: top };
  })`;

type Barra = { x: number; largura: number; y: number };

/** O menor contraste entre os textos da página e o fundo de cada um. */
const MENOR_CONTRASTE = `(() => {
  const canais = (cor) => cor.match(/[\\d.]+/g).map(Number);
  const luz = (cor) => {
    const [r, g, b] = canais(cor).map((canal) => {
      const parte = canal / 255;
      return parte <= 0.04045 ? parte / 12.92 : ((parte + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const fundoDe = (e) => {
    for (; e; e = e.parentElement) {
      const cor = getComputedStyle(e).backgroundColor;
      if (canais(cor)[3] !== 0) return cor;
    }
    return "rgb(255, 255, 255)";
  };
  const folhas = [...document.querySelectorAll("#painel *")].filter((e) =>
    e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return Math.min(...folhas.map((e) => {
    const [a, b] = [luz(getComputedStyle(e).color), luz(fundoDe(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()`;

describe.skipIf(!navegador)("a página", () => {
  afterAll(() => Bun.WebView.closeAll());

  test("a turma prevê, o professor dispara pelo teclado, e as barras são uma escada e uma linha reta", async () => {
    await using painel = await PainelEmTeste.iniciar();
    await using aba = await Aba.abrir(painel.endereco.href);
    expect(await aba.ler<string>("location.href")).not.toContain(painel.chave);
    expect(await aba.textos(".lista .vazio")).toEqual([
      "Nenhuma ainda. Escolha os servidores, N e T, peça a previsão à turma e dispare.",
    ]);

    // As setas mudam N, o painel guarda, e o teclado continua no campo
    const campoN = ".comandos .numero:nth-of-type(1) input";
    await aba.ler(`document.querySelector("${campoN}").focus()`);
    for (const n of [11, 12]) {
      await aba.ver.press("ArrowUp");
      await aba.ate(
        `document.querySelectorAll('[data-servidor="thread"] .faixa').length === ${n}`,
        `N = ${n}`,
      );
      await aba.ate(`document.activeElement.value === "${n}"`, `o campo com ${n}`);
    }

    await melhorDe(5, async () => {
      if ((await aba.textos(".principal"))[0] === "Nova corrida") {
        await aba.ver.click(".principal");
        await aba.ate("document.querySelector('.previsao input') !== null", "o preparo");
      }
      await aba.preencher(campoN, 5);
      await aba.preencher(".comandos .numero:nth-of-type(2) input", 100);
      await aba.preencher('[data-servidor="sequencial"] input', 321);
      await aba.preencher('[data-servidor="thread"] input', 123);
      expect(await aba.textos(".principal:not(.discreto)")).toEqual(["Disparar"]);
      await aba.ler("document.querySelector('.principal').focus()");
      await aba.ver.press("Enter");
      await aba.ate(
        "document.querySelector('.principal')?.textContent === 'Nova corrida'",
        "o fim da corrida",
      );

      const escada = await aba.ler<Barra[]>(BARRAS("sequencial"));
      const reta = await aba.ler<Barra[]>(BARRAS("thread"));
      expect([escada.length, reta.length]).toEqual([5, 5]);
      const degrau = escada[0]?.largura ?? NaN;
      expect(degrau).toBeGreaterThan(40);
      // Na escada, cada barra começa onde a de cima acaba; na reta, todas se sobrepõem
      const fim = ({ x, largura }: Barra) => x + largura;
      for (const [k, barra] of escada.slice(1).entries()) {
        const deCima = escada[k] ?? barra;
        expect(barra.y).toBeGreaterThan(deCima.y);
        expect(barra.x).toBeGreaterThan(fim(deCima) - degrau / 2);
      }
      expect(Math.max(...reta.map(({ x }) => x))).toBeLessThan(
        Math.min(...reta.map(fim)),
      );
      expect((await aba.textos(".frase"))[0]).toMatch(
        /em sequencial \(fila: 5 × 100 ms\).*thread foi \d,\d× mais rápido/,
      );
    });

    // As previsões ficam, ao lado da lei e da medida; a frase é a dos números
    const quadros = await aba.textos(".quadro dd");
    expect(quadros.filter((_, k) => k % 3 < 2)).toEqual([
      "321 ms",
      "500 ms",
      "123 ms",
      "100 ms",
    ]);
    const [frase = ""] = await aba.textos(".frase");
    expect(frase).toContain(`O último esperou ${quadros[2]} em sequencial`);
    expect(frase).toContain(`${quadros[5]} em thread`);
    expect(await aba.textos("[aria-live]")).toEqual([frase]);
    const linhas = await aba.textos("tbody tr");
    expect(linhas.length).toBeGreaterThanOrEqual(2);

    // Recarregar, ou abrir em outro navegador, mostra o mesmo
    await aba.ver.reload();
    await aba.ate("document.querySelector('tbody') !== null", "a página recarregada");
    await using outra = await Aba.abrir(painel.endereco.href);
    await outra.ate("document.querySelector('tbody') !== null", "a outra página");
    for (const pagina of [aba, outra]) {
      expect(await pagina.textos(".quadro dd")).toEqual(quadros);
      expect(await pagina.textos(".frase")).toEqual([frase]);
      expect(await pagina.textos("tbody tr")).toEqual(linhas);
    }
    // E o que um muda o outro vê
    await outra.ver.click(".principal");
    await aba.ate("document.querySelector('.previsao input') !== null", "o preparo");

    for (const { reclamacoes, pedidos } of [aba, outra]) {
      expect(reclamacoes).toEqual([]);
      expect(
        pedidos.filter(
          (url) =>
            !/^(about|data):/.test(url) && new URL(url).host !== painel.endereco.host,
        ),
      ).toEqual([]);
    }
  });

  test("ao vivo: o comando a digitar, a faixa de quem chega, o terminal e os textos hostis", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "final"]);
    using visto = await painel.assistir();
    const { porta } = visto.estado.aoVivo;
    await using aba = await Aba.abrir(`${painel.endereco.href}#aovivo`);
    expect((await aba.textos(".convite code")).join("\n")).toContain(
      `PORT=${porta} bun run cliente_final.ts`,
    );
    expect(await aba.textos(".conexoes .vazio")).toEqual([
      "Ninguém se conectou ainda. Digite o comando acima em um terminal.",
    ]);

    using conexao = await Conexao.abrir(porta);
    const quem = `li:has(.quem)`;
    await aba.ate(`document.querySelector("${quem}.atendido") !== null`, "a vez");
    expect((await aba.textos(".quem"))[0]).toStartWith(conexao.endereco);
    const hostil = "<img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31m";
    await conexao.enviar(hostil);
    await conexao.receber(hostil.length);
    await aba.ate(`document.querySelector("${quem}.respondido") !== null`, "a resposta");
    await aba.ate(
      "document.querySelector('.terminal pre').textContent.includes('<img')",
      "a linha",
    );
    expect(
      await aba.ler<number>(
        "document.querySelectorAll('#painel img, #painel script').length",
      ),
    ).toBe(0);
    expect((await aba.textos(".terminal pre"))[0]).toContain("Novo cliente conectado");
    conexao.fechar();
    await aba.ate(
      "document.querySelector('.resumo .respondido dd').textContent === '1'",
      "a conta",
    );
    await aba.ate(
      "!document.querySelector('.conexao').textContent.includes('▶')",
      "o fim",
    );
    expect((await aba.textos(".bytes"))[0]).toContain(`${hostil.length} bytes`);
    expect(aba.reclamacoes).toEqual([]);
  });

  test("trocar o servidor pela página; um que não começa diz por quê, e outro o substitui", async () => {
    await using painel = await PainelEmTeste.iniciar([
      ...["--servidor", "thread"],
      ...["--servidor", "ausente=nao_existe_mesmo"],
    ]);
    using visto = await painel.assistir();
    await using aba = await Aba.abrir(`${painel.endereco.href}#aovivo`);
    const escolher = (nome: string) =>
      aba.ler(
        `(() => { const s = document.querySelector("select"); s.value = "${nome}";
          s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
      );
    await escolher("ausente");
    await aba.ate("document.querySelector('.problema') !== null", "o problema");
    expect(await aba.textos(".problema")).toEqual([
      'não foi possível executar "nao_existe_mesmo"; confira o nome do programa',
    ]);
    await escolher("sequencial");
    await visto.ate(
      ({ aoVivo }) => aoVivo.servidor === "sequencial" && aoVivo.situacao === "no ar",
      "a troca",
    );
    await aba.ate("document.querySelector('.problema') === null", "o fim do problema");
    expect(aba.reclamacoes).toEqual([]);
  });

  test("sem a chave, a turma vê e nenhum controle responde", async () => {
    await using painel = await PainelEmTeste.iniciar(["--turma"]);
    using visto = await painel.assistir();
    const semChave = `http://${painel.endereco.host}/`;
    await using aba = await Aba.abrir(semChave);
    const vivos =
      "document.querySelectorAll(':is(input, select, button):not(:disabled)').length";
    expect(await aba.textos(".ligacao")).toEqual(["só mostra"]);
    expect(await aba.ler<number>(vivos)).toBe(0);
    // Mesmo quem liga o botão à mão não controla
    await aba.ler(
      "(() => { const b = document.querySelector('.principal'); b.disabled = false; b.click(); })()",
    );
    await aba.ate("document.querySelector('[role=alert]') !== null", "a recusa");
    expect(visto.estado.corrida).toBeNull();
    await visto.correr({
      servidores: ["thread"],
      clientes: 2,
      atraso_ms: 0,
      previsoes: {},
    });
    await aba.ate(
      "document.querySelectorAll('.faixa.respondido').length === 2",
      "a corrida",
    );
  });

  test("sem a chave e sem --turma, a página diz o que fazer", async () => {
    await using painel = await PainelEmTeste.iniciar();
    const semChave = `http://${painel.endereco.host}/`;
    await using aba = await Aba.abrir(semChave, { espera: ".vazio" });
    expect(await aba.textos(".vazio")).toEqual([
      "Abra o endereço que o terminal mostrou, com a chave: só ele vale.",
    ]);
  });

  test("cabe no projetor e no celular, claro e escuro, e todo texto se lê", async () => {
    await using painel = await PainelEmTeste.iniciar([
      ...["sequencial", "thread", "eventos"].flatMap((nome) => ["--servidor", nome]),
    ]);
    using visto = await painel.assistir();
    const servidores = ["sequencial", "thread", "eventos"];
    await using aba = await Aba.abrir(painel.endereco.href);
    for (const clientes of [0, 10, 100]) {
      if (clientes > 0) {
        const previsoes = { sequencial: 10, thread: 123456, eventos: 0 };
        await visto.correr({ servidores, clientes, atraso_ms: 10, previsoes });
        await aba.ler('location.hash = "corrida"');
        await aba.ate(
          `document.querySelectorAll('.trilho').length === ${3 * clientes} && document.querySelector('.principal')?.textContent === 'Nova corrida'`,
          "a corrida na tela",
        );
      }
      for (const largura of [390, 1280])
        for (const esquema of ["light", "dark"] as const) {
          await aba.tela(largura, esquema);
          for (const nome of ["corrida", "aovivo"]) {
            await aba.ler(`location.hash = "${nome}"`);
            await aba.ate(
              `document.querySelector("main").className.startsWith("${nome === "corrida" ? "corrida" : "ao-vivo"}")`,
              "a aba",
            );
            const medida = await aba.ler<Record<string, number>>(`({
              sobra: document.documentElement.scrollWidth - document.documentElement.clientWidth,
              cortados: [...document.querySelectorAll(".quadro dd, .quadro dt, .frase, button")]
                .filter((e) => e.scrollWidth > e.clientWidth + 1).length,
              contraste: ${MENOR_CONTRASTE},
              baixo: Math.max(0, ...[...document.querySelectorAll(".eixo")]
                .map((e) => e.getBoundingClientRect().bottom)),
            })`);
            const onde = { clientes, largura, esquema, nome };
            expect({ ...onde, sobra: medida.sobra, cortados: medida.cortados }).toEqual({
              ...onde,
              sobra: 0,
              cortados: 0,
            });
            expect(medida.contraste).toBeGreaterThan(4.5);
            // No projetor, a corrida inteira se vê sem rolar
            if (largura === 1280) expect(medida.baixo).toBeLessThanOrEqual(720);
          }
        }
    }
    expect(aba.reclamacoes).toEqual([]);
  });

  test("quem pediu pouco movimento vê poucas mudanças por segundo", async () => {
    await using painel = await PainelEmTeste.iniciar(["--servidor", "final"]);
    using visto = await painel.assistir();
    using _parado = await Conexao.abrir(visto.estado.aoVivo.porta);
    const mudancas = async (pausado: boolean) => {
      await using aba = await Aba.abrir(`${painel.endereco.href}#aovivo`, { pausado });
      await aba.ate("document.querySelector('.conexao') !== null", "a faixa");
      return await aba.ler<number>(`new Promise((pronto) => {
        let vezes = 0;
        new MutationObserver(() => vezes++).observe(document.querySelector(".conexao .trilho"),
          { attributes: true, subtree: true, childList: true });
        setTimeout(() => pronto(vezes), 1500);
      })`);
    };
    const poucas = await mudancas(true);
    expect(poucas).toBeGreaterThan(0);
    expect(poucas).toBeLessThanOrEqual(7);
    expect(await mudancas(false)).toBeGreaterThan(poucas);
  });
});
