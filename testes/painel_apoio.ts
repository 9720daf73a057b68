/** Apoio dos testes do painel: o processo dele e um espectador, que vê o que uma página vê. */
import { join } from "node:path";
import type { Comando } from "../laboratorio/painel/comandos.ts";
import { avancar, type Estado, type Faixa } from "../laboratorio/painel/estado.ts";
import { deConexao, type Evento } from "../laboratorio/painel/eventos.ts";
import type { Mensagem } from "../laboratorio/painel/mensagens.ts";
import { fichas } from "../laboratorio/servidores/proc.ts";
import { comando, Programa } from "./apoio.ts";

const PAINEL = join(import.meta.dir, "../laboratorio/painel.ts");

/** O painel em execução, com a página e o relé em portas livres. */
export class PainelEmTeste implements AsyncDisposable {
  private constructor(
    readonly programa: Programa,
    /** O endereço inteiro que o terminal mostra, com a chave. */
    readonly endereco: URL,
  ) {}

  static async iniciar(opcoes: string[] = []): Promise<PainelEmTeste> {
    const programa = new Programa([
      ...comando(PAINEL),
      "--sem-navegador",
      ...["--pagina", "0", "--porta", "0", ...opcoes],
    ]);
    try {
      await programa.esperar("Ctrl+C", 20_000);
      const [, endereco = ""] = programa.saida.match(/^Painel: (http\S+)$/m) ?? [];
      return new PainelEmTeste(programa, new URL(endereco));
    } catch (erro) {
      await programa[Symbol.asyncDispose]();
      throw erro;
    }
  }

  get chave(): string {
    return this.endereco.searchParams.get("chave") ?? "";
  }

  /** Os processos que o painel iniciou e ainda vivem (Linux). */
  filhos(): number[] {
    return fichas()
      .filter(({ pai }) => pai === this.programa.pid)
      .map(({ pid }) => pid);
  }

  /** Espera o terminal do painel dizer algo na saída de erros. */
  async esperarErro(texto: string, prazo_ms = 10_000): Promise<void> {
    const limite = performance.now() + prazo_ms;
    while (!this.programa.erros.includes(texto)) {
      if (performance.now() > limite)
        throw new Error(`não escreveu ${texto}; escreveu: ${this.programa.erros}`);
      await Bun.sleep(5);
    }
  }

  /** Um espectador com o servidor ao vivo já no ar. */
  async assistir(): Promise<Espectador> {
    const espectador = await Espectador.entrar(this.endereco.host, this.chave);
    await espectador.ate(({ aoVivo }) => aoVivo.situacao === "no ar", "o servidor no ar");
    return espectador;
  }

  /** Encerra como o Ctrl+C; se não bastar, à força. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.programa.vivo) {
      this.programa.sinalizar("SIGINT");
      await this.programa.fim().catch(() => null);
    }
    await this.programa[Symbol.asyncDispose]();
  }
}

/** O que uma página vê, sem navegador: o estado, refeito a partir dos eventos. */
export class Espectador implements Disposable {
  estado!: Estado;
  readonly eventos: Evento[] = [];
  readonly recusas: string[] = [];
  controla = false;
  /** O maior número de eventos em um lote, e quantos lotes vieram. */
  lotes = 0;
  readonly #soquete: WebSocket;
  #mudou = Promise.withResolvers<void>();

  private constructor(soquete: WebSocket) {
    this.#soquete = soquete;
  }

  /** @throws {Error} o painel recusou a entrada. */
  static async entrar(
    host: string,
    chave: string | null,
    headers: Record<string, string> = {},
  ): Promise<Espectador> {
    const fim = chave === null ? "" : `?chave=${chave}`;
    const soquete = new WebSocket(`ws://${host}/eventos${fim}`, { headers });
    const espectador = new Espectador(soquete);
    const entrada = Promise.withResolvers<void>();
    soquete.onmessage = ({ data }) => {
      espectador.#ouvir(JSON.parse(String(data)));
      if (espectador.estado) entrada.resolve();
    };
    soquete.onclose = () => entrada.reject(new Error("o painel recusou a entrada"));
    await entrada.promise;
    return espectador;
  }

  pedir(comando: Comando): void {
    this.enviar(JSON.stringify(comando));
  }

  enviar(texto: string): void {
    this.#soquete.send(texto);
  }

  /** Espera o estado satisfazer a condição. */
  async ate(
    condicao: (estado: Estado) => boolean,
    oQue: string,
    prazo_ms = 15_000,
  ): Promise<void> {
    const relogio = setTimeout(() => this.#mudou.resolve(), prazo_ms);
    const limite = performance.now() + prazo_ms;
    try {
      while (!condicao(this.estado)) {
        if (performance.now() >= limite)
          throw new Error(
            `não aconteceu: ${oQue}; ${JSON.stringify(this.estado.aoVivo)}`,
          );
        await this.#mudou.promise;
      }
    } finally {
      clearTimeout(relogio);
    }
  }

  /** Espera a recusa de um pedido. */
  async recusa(): Promise<string> {
    await this.ate(() => this.recusas.length > 0, "uma recusa");
    return this.recusas.pop() ?? "";
  }

  /** Uma corrida inteira, do pedido ao fim. */
  async correr(pedido: Estado["pedido"], prazo_ms = 30_000): Promise<void> {
    const antes = this.estado.corrida?.numero ?? 0;
    this.pedir({ comando: "pedir", pedido });
    this.pedir({ comando: "disparar" });
    await this.ate(
      ({ corrida }) => (corrida?.numero ?? 0) > antes && corrida?.fim_ms !== null,
      "o fim da corrida",
      prazo_ms,
    );
  }

  /** A faixa ao vivo de um endereço. */
  faixa(endereco: string): Faixa | undefined {
    return this.estado.aoVivo.faixas.find((faixa) => faixa.endereco === endereco);
  }

  /** Os fatos de uma conexão, na ordem em que vieram. */
  fatos(conexao: number, corredor: string | null = null): string[] {
    return this.eventos
      .filter((evento) => deConexao(evento))
      .filter((evento) => evento.conexao === conexao && evento.corredor === corredor)
      .map(({ tipo }) => tipo);
  }

  [Symbol.dispose](): void {
    this.#soquete.close();
  }

  #ouvir(mensagem: Mensagem): void {
    if (mensagem.tipo === "bem-vinda") this.controla = mensagem.controla;
    if (mensagem.tipo === "estado") this.estado = mensagem.estado;
    if (mensagem.tipo === "recusa") this.recusas.push(mensagem.motivo);
    if (mensagem.tipo === "lote") {
      this.estado = avancar(this.estado, mensagem.eventos);
      this.eventos.push(...mensagem.eventos);
    }
    this.lotes++;
    this.#mudou.resolve();
    this.#mudou = Promise.withResolvers();
  }
}
