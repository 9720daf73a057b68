/**
 * O relé do painel: os mesmos bytes, o mesmo meio fim, os mesmos resets e a mesma
 * contrapressão de quem fala direto com o servidor.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { EventoDeConexao } from "../laboratorio/painel/eventos.ts";
import { Rele } from "../laboratorio/painel/rele.ts";
import { ErroDeUso } from "../laboratorio/comando/erros.ts";
import { bytesVariados, Conexao, Servidor, TEM_PROC } from "./apoio.ts";

setDefaultTimeout(60_000);

/** Espera a condição valer, conferindo-a a cada 5 ms. */
async function ate(condicao: () => boolean, oQue: string, prazo_ms = 10_000) {
  const limite = performance.now() + prazo_ms;
  while (!condicao()) {
    if (performance.now() > limite) throw new Error(`não aconteceu: ${oQue}`);
    await Bun.sleep(5);
  }
}

/** Um relé na frente de uma porta desta máquina, e o que ele contou. */
function ligar(porta: number, maximo?: number) {
  const eventos: EventoDeConexao[] = [];
  const rele = new Rele({
    host: "127.0.0.1",
    porta: 0,
    maximo,
    observar: (evento) => void eventos.push(evento),
  });
  rele.apontar({ host: "127.0.0.1", porta });
  const fatos = (conexao: number) =>
    eventos.filter((evento) => evento.conexao === conexao).map(({ tipo }) => tipo);
  return { rele, eventos, fatos, [Symbol.dispose]: () => rele[Symbol.dispose]() };
}

/** Um servidor neste mesmo processo, que faz o que os avisos dados disserem. */
function servidorDeMentira(avisos: Bun.SocketHandler) {
  const servidor = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: { data() {}, ...avisos },
  });
  return { porta: servidor.port, [Symbol.dispose]: () => servidor.stop(true) };
}

const sockets = () => readdirSync("/proc/self/fd").length;

describe("os bytes", () => {
  test("8 MiB de eco voltam exatos, mesmo lidos devagar", async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    using ligado = ligar(servidor.porta);
    using cliente = await Conexao.abrir(ligado.rele.porta);
    const mensagem = bytesVariados(8 * 1024 * 1024);
    cliente.pararDeLer();
    const envio = cliente.enviar(mensagem).then(() => cliente.terminarEnvio());
    await Bun.sleep(200);
    cliente.voltarALer();
    const eco = await cliente.receberTudo(30_000);
    await envio;
    expect(eco.equals(mensagem)).toBe(true);
    await ate(() => ligado.rele.abertas === 0, "a conexão acabar");
    expect(ligado.fatos(1)).toEqual(["conectou", "esperando", "respondeu", "encerrou"]);
  });

  test("quem para de enviar ainda recebe a resposta inteira", async () => {
    let recebido = "";
    using servidor = servidorDeMentira({
      data: (_conexao, dados) => void (recebido += dados.toString()),
      end(conexao) {
        conexao.write(`recebi: ${recebido}`);
        setTimeout(() => conexao.end(" e acabou"), 50);
      },
    });
    using ligado = ligar(servidor.porta);
    using cliente = await Conexao.abrir(ligado.rele.porta);
    await cliente.enviar("olá");
    cliente.terminarEnvio();
    expect((await cliente.receberTudo()).toString()).toBe("recebi: olá e acabou");
  });

  test("o servidor que para de enviar ainda recebe o que o cliente diz", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let recebido = "";
    using servidor = servidorDeMentira({
      open: (conexao) => void conexao.shutdown(),
      data: (_conexao, dados) => void (recebido += dados.toString()),
      close: () => resolve(recebido), // já sem `end`: este lado tinha terminado antes
    });
    using ligado = ligar(servidor.porta);
    using cliente = await Conexao.abrir(ligado.rele.porta);
    expect((await cliente.receberTudo()).length).toBe(0);
    await cliente.enviar("depois do fim");
    cliente.terminarEnvio();
    expect(await promise).toBe("depois do fim");
  });
});

describe("os resets", () => {
  test("o do cliente chega ao servidor como reset", async () => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    using servidor = servidorDeMentira({
      open: (conexao) => void conexao.write("oi"),
      close: (_conexao, erro) => resolve((erro as NodeJS.ErrnoException)?.code),
    });
    using ligado = ligar(servidor.porta);
    using cliente = await Conexao.abrir(ligado.rele.porta);
    await cliente.receber(2);
    cliente.derrubar();
    expect(await promise).toBe("ECONNRESET");
    expect(ligado.eventos.at(-1)).toMatchObject({
      tipo: "falhou",
      motivo: "o cliente interrompeu a conexão",
    });
  });

  test("o do servidor chega ao cliente como reset, depois do que ele enviou", async () => {
    using servidor = servidorDeMentira({
      data: (conexao) => {
        conexao.write("quase");
        setTimeout(() => conexao.terminate(), 20);
      },
    });
    using ligado = ligar(servidor.porta);
    using cliente = await Conexao.abrir(ligado.rele.porta);
    await cliente.enviar("oi");
    expect((await cliente.receber(5)).toString()).toBe("quase");
    await expect(cliente.receberTudo()).rejects.toThrow("ECONNRESET");
    await ate(() => ligado.rele.abertas === 0, "a conexão acabar");
    expect(ligado.fatos(1)).toEqual(["conectou", "esperando", "respondeu", "falhou"]);
  });

  test("sem servidor no ar, a conexão cai e o motivo fica dito", async () => {
    using servidor = servidorDeMentira({});
    using ligado = ligar(servidor.porta);
    servidor[Symbol.dispose]();
    using cliente = await Conexao.abrir(ligado.rele.porta);
    await expect(cliente.receberTudo()).rejects.toThrow();
    await ate(() => ligado.fatos(1).includes("falhou"), "a falha");
    expect(ligado.eventos.at(-1)?.motivo).toBe("o servidor recusou a conexão");
  });
});

describe("os limites", () => {
  test("quem nunca lê não faz o relé crescer, nem para os outros", async () => {
    const pedaco = bytesVariados(1 << 20);
    let enviados = 0;
    const despejar = (conexao: Bun.Socket) => {
      for (;;) {
        const couberam = conexao.write(pedaco);
        if (couberam <= 0) return;
        enviados += couberam;
      }
    };
    using servidor = servidorDeMentira({ data: despejar, drain: despejar });
    using ligado = ligar(servidor.porta);
    using parado = await Conexao.abrir(ligado.rele.porta);
    parado.pararDeLer();
    await parado.enviar("manda");
    let antes = -1;
    for (let iguais = 0; iguais < 5;) {
      await Bun.sleep(50);
      iguais = enviados === antes ? iguais + 1 : 0;
      antes = enviados;
      // Sem contrapressão isto não tem fim; com ela, cabe nas filas do sistema
      expect(enviados).toBeLessThan(64 << 20);
    }
    expect(enviados).toBeGreaterThan(0);
    using outro = await Conexao.abrir(ligado.rele.porta);
    await outro.enviar("manda");
    expect((await outro.receber(pedaco.length)).equals(pedaco)).toBe(true);
  });

  test("500 conexões ao mesmo tempo, cada uma com os seus bytes, e nenhum descritor fica", async () => {
    using servidor = servidorDeMentira({
      data: (conexao, dados) => void conexao.write(dados),
      end: (conexao) => void conexao.end(),
    });
    using ligado = ligar(servidor.porta);
    const inicio = TEM_PROC ? sockets() : 0;
    const clientes: Conexao[] = [];
    for (let k = 0; k < 500; k++) clientes.push(await Conexao.abrir(ligado.rele.porta));
    const ecos = await Promise.all(
      clientes.map(async (cliente, k) => {
        const mensagem = bytesVariados(1000, k + 1);
        await cliente.enviar(mensagem);
        return (await cliente.receber(1000)).equals(mensagem);
      }),
    );
    expect(ecos.filter(Boolean)).toHaveLength(500);
    expect(ligado.rele.abertas).toBe(500);
    for (const cliente of clientes) cliente.fechar();
    await ate(() => ligado.rele.abertas === 0, "todas acabarem");
    if (TEM_PROC) await ate(() => sockets() <= inicio, "os descritores serem devolvidos");
    expect(ligado.eventos.filter(({ tipo }) => tipo === "encerrou")).toHaveLength(500);
  });

  test("as conexões além do limite são recusadas e contadas", async () => {
    using servidor = servidorDeMentira({});
    using ligado = ligar(servidor.porta, 2);
    using _a = await Conexao.abrir(ligado.rele.porta);
    using _b = await Conexao.abrir(ligado.rele.porta);
    await ate(() => ligado.rele.abertas === 2, "as duas primeiras");
    using c = await Conexao.abrir(ligado.rele.porta);
    await expect(c.receberTudo()).rejects.toThrow();
    await ate(() => ligado.rele.recusadas === 1, "a recusa");
    expect(ligado.rele.abertas).toBe(2);
  });

  test("quem chega enquanto o servidor inicia espera por ele, e o que enviou não se perde", async () => {
    using servidor = servidorDeMentira({
      data: (conexao, dados) => void conexao.write(dados),
    });
    using ligado = ligar(servidor.porta);
    ligado.rele.apontar("em breve");
    using cliente = await Conexao.abrir(ligado.rele.porta);
    await cliente.enviar("cheguei cedo");
    await ate(() => ligado.rele.abertas === 1, "a conexão");
    expect(ligado.fatos(1)).toEqual(["conectou"]);
    ligado.rele.apontar({ host: "127.0.0.1", porta: servidor.porta });
    expect((await cliente.receber(12)).toString()).toBe("cheguei cedo");
    ligado.rele.apontar("em breve");
    using outro = await Conexao.abrir(ligado.rele.porta);
    await ate(() => ligado.rele.abertas === 2, "a outra");
    ligado.rele.apontar(null);
    await expect(outro.receberTudo()).rejects.toThrow();
    expect(ligado.eventos.at(-1)?.motivo).toBe("nenhum servidor no ar");
    await cliente.enviar("continuo"); // a que já tinha servidor não cai
    expect((await cliente.receber(8)).toString()).toBe("continuo");
  });

  test("encerrar todas derruba os dois lados e diz por quê", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    using servidor = servidorDeMentira({
      open: (conexao) => void conexao.write("oi"),
      close: () => resolve(),
    });
    using ligado = ligar(servidor.porta);
    using cliente = await Conexao.abrir(ligado.rele.porta);
    await cliente.receber(2);
    ligado.rele.encerrarTodas("o servidor foi trocado");
    await expect(cliente.receberTudo()).rejects.toThrow();
    await promise;
    expect(ligado.eventos.at(-1)).toMatchObject({
      tipo: "encerrou",
      motivo: "o servidor foi trocado",
    });
  });

  test("uma porta ocupada é um erro de uma linha", () => {
    using servidor = servidorDeMentira({});
    expect(() => new Rele({ host: "127.0.0.1", porta: servidor.porta })).toThrow(
      new ErroDeUso(
        `a porta ${servidor.porta} já está em uso; feche o outro programa ou escolha outra com --porta`,
      ),
    );
  });
});
