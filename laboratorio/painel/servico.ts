/**
 * A porta da página: o HTML, o WebSocket dos eventos e os arquivos para levar. Decide quem
 * vê e quem controla; o que fazer com um comando é de quem o recebe.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { ErroDeUso } from "../comando/erros.ts";
import { PEDIDO_MAXIMO } from "./comandos.ts";
import type { Evento } from "./eventos.ts";
import type { Estado } from "./estado.ts";
import type { Mensagem } from "./mensagens.ts";
import pagina from "./pagina/index.html";

/** A porta da página, quando ninguém escolhe outra. */
const PAGINA = 8088;

/** Quantas páginas podem estar abertas ao mesmo tempo; a de quem controla sempre cabe. */
const PAGINAS_MAXIMAS = 200;

/** Acima disto, o estado inteiro é menor que o lote. */
const LOTE_MAXIMO = 2_000;

/** Uma página que não lê é desligada quando deve tantos bytes; ao voltar, recebe o estado. */
const DIVIDA_MAXIMA = 8 * 1024 * 1024;

/** Um arquivo para levar, ou null se ainda não há. */
export type ArquivoParaLevar = () => { tipo: string; conteudo: string } | null;

export interface OpcoesDoServico {
  /** A porta; 0 é uma livre. */
  porta: number;
  /** Se outras máquinas podem ver, sem controlar. */
  turma: boolean;
  /** Os endereços IP desta máquina, pelos quais a turma chega. */
  enderecos: string[];
  /** O estado de agora, com tudo o que já aconteceu. */
  estado: () => Estado;
  /**
   * O que fazer com o que uma página com a chave enviou.
   *
   * @throws {ErroDeUso} não dá para fazer; a página mostra a mensagem.
   */
  aoPedir: (texto: string) => void;
  /** Os arquivos, pelo caminho: "/corridas.csv". */
  arquivos: Record<string, ArquivoParaLevar>;
}

export class Servico implements AsyncDisposable {
  /** O que dá o controle; muda a cada início. */
  readonly chave = randomBytes(16).toString("base64url");
  readonly #servidor: Bun.Server<{ controla: boolean }>;
  readonly #opcoes: OpcoesDoServico;
  #abertas = 0;

  /** @throws {ErroDeUso} a porta não pôde ser aberta. */
  constructor(opcoes: OpcoesDoServico) {
    this.#opcoes = opcoes;
    const { porta, turma } = opcoes;
    try {
      this.#servidor = Bun.serve({
        hostname: turma ? "0.0.0.0" : "127.0.0.1",
        port: porta,
        development: false,
        maxRequestBodySize: PEDIDO_MAXIMO,
        routes: { "/": pagina },
        fetch: (pedido, servidor) => this.#responder(pedido, servidor),
        error: () => new Response("o painel falhou", { status: 500 }),
        websocket: {
          data: { controla: false },
          maxPayloadLength: PEDIDO_MAXIMO,
          backpressureLimit: DIVIDA_MAXIMA,
          closeOnBackpressureLimit: true,
          open: (ligacao) => {
            this.#abertas++;
            const estado = opcoes.estado();
            enviar(ligacao, { tipo: "bem-vinda", ...ligacao.data });
            enviar(ligacao, { tipo: "estado", agora_ms: performance.now(), estado });
            ligacao.subscribe("eventos");
          },
          message: (ligacao, texto) => {
            try {
              if (!ligacao.data.controla)
                throw new ErroDeUso("esta página só mostra; quem controla é o professor");
              opcoes.aoPedir(String(texto));
            } catch (erro) {
              if (!(erro instanceof ErroDeUso)) throw erro;
              enviar(ligacao, { tipo: "recusa", motivo: erro.message });
            }
          },
          close: () => void this.#abertas--,
        },
      });
    } catch (erro) {
      const { code } = erro as NodeJS.ErrnoException;
      throw new ErroDeUso(
        code === "EADDRINUSE"
          ? `a porta ${porta}, a da página, já está em uso; escolha outra com --pagina (0 é uma livre)`
          : `não foi possível abrir a porta ${porta} para a página (${code}); escolha outra com --pagina`,
      );
    }
  }

  /**
   * Abre a página na porta escolhida; a que ninguém escolheu, se ocupada, vira uma livre.
   *
   * @throws {ErroDeUso} a porta escolhida não pôde ser aberta.
   */
  static abrir(
    escolhida: number | undefined,
    opcoes: Omit<OpcoesDoServico, "porta">,
  ): Servico {
    try {
      return new Servico({ ...opcoes, porta: escolhida ?? PAGINA });
    } catch (erro) {
      if (escolhida !== undefined) throw erro;
      return new Servico({ ...opcoes, porta: 0 });
    }
  }

  get porta(): number {
    return this.#servidor.port ?? 0;
  }

  /** O endereço inteiro da página de quem controla. */
  get endereco(): string {
    return `http://127.0.0.1:${this.porta}/?chave=${this.chave}`;
  }

  /** Leva um lote a todas as páginas. */
  publicar(eventos: Evento[], estado: Estado): void {
    const agora_ms = performance.now();
    const mensagem: Mensagem =
      eventos.length > LOTE_MAXIMO
        ? { tipo: "estado", agora_ms, estado }
        : { tipo: "lote", agora_ms, eventos };
    this.#servidor.publish("eventos", JSON.stringify(mensagem), false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servidor.stop(true);
  }

  #responder(
    pedido: Request,
    servidor: Bun.Server<{ controla: boolean }>,
  ): Response | undefined {
    const { pathname, searchParams } = new URL(pedido.url);
    if (!this.#daCasa(pedido)) return recusar("este endereço não é o do painel");
    const controla = iguais(searchParams.get("chave") ?? "", this.chave);
    if (!controla && !this.#opcoes.turma)
      return recusar("abra o endereço que o terminal mostrou, com a chave");
    if (pathname === "/eventos") {
      if (!controla && this.#abertas >= PAGINAS_MAXIMAS)
        return new Response("há páginas demais abertas", { status: 503 });
      if (servidor.upgrade(pedido, { data: { controla } })) return undefined;
      return new Response("aqui só se fala WebSocket", { status: 426 });
    }
    const arquivo =
      pedido.method === "GET" && Object.hasOwn(this.#opcoes.arquivos, pathname)
        ? this.#opcoes.arquivos[pathname]?.()
        : null;
    if (!arquivo) return new Response("não há nada aqui", { status: 404 });
    const { tipo, conteudo } = arquivo;
    return new Response(conteudo, {
      headers: {
        "Content-Type": `${tipo}; charset=utf-8`,
        "Content-Disposition": `attachment; filename="${pathname.slice(1)}"`,
        "X-Content-Type-Options": "nosniff",
      },
    });
  }

  /**
   * Se o pedido foi feito a um endereço desta máquina, por uma página deste painel ou por um
   * programa: uma página da rede, ou um nome que aponta para cá, não serve.
   */
  #daCasa(pedido: Request): boolean {
    const { turma, enderecos } = this.#opcoes;
    const nomes = ["127.0.0.1", "localhost", ...(turma ? enderecos : [])];
    const host = pedido.headers.get("host") ?? "";
    const origem = pedido.headers.get("origin");
    return (
      nomes.some((nome) => host === `${nome}:${this.porta}`) &&
      (origem === null || origem === `http://${host}`)
    );
  }
}

function recusar(motivo: string): Response {
  return new Response(motivo, { status: 403 });
}

function enviar(ligacao: Bun.ServerWebSocket<unknown>, mensagem: Mensagem): void {
  ligacao.send(JSON.stringify(mensagem));
}

function iguais(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
