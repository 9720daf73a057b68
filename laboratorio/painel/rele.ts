/**
 * O relé: um TCP na frente de um servidor. Quem se conecta a ele conversa com o servidor como
 * se ele não existisse, com os mesmos bytes, o mesmo meio fim, os mesmos resets e a mesma
 * contrapressão; e cada fato da conexão é contado a quem observa.
 */
import type { Endereco } from "../servidores/portas.ts";
import { ErroDeUso } from "../comando/erros.ts";
import type { EventoDeConexao } from "./eventos.ts";
import { Sentido } from "./sentido.ts";

/** Quantas conexões o relé mantém ao mesmo tempo; as que passam disso são recusadas. */
const CONEXOES_MAXIMAS = 1_000;

export interface OpcoesDoRele {
  /** O endereço e a porta em que escuta; porta 0 é uma livre. */
  host: string;
  porta: number;
  /** O máximo de conexões ao mesmo tempo. */
  maximo?: number;
  /** Chamada a cada fato de uma conexão. */
  observar?: (evento: EventoDeConexao) => void;
}

/**
 * Para onde vai quem chega: um endereço, lugar nenhum (a conexão é recusada) ou um servidor
 * que ainda está iniciando (a conexão espera por ele).
 */
export type Destino = Endereco | null | "em breve";

/** Uma conexão retransmitida. */
interface Par {
  numero: number;
  cliente: Bun.Socket<Lado>;
  servidor?: Bun.Socket<Lado>;
  ida?: Sentido;
  volta?: Sentido;
  /** Se espera por um servidor que está iniciando. */
  aguarda: boolean;
  respondeu: boolean;
  acabou: boolean;
  /** Os bytes de que já se deu notícia. */
  noticia: number;
}

/** O que se guarda em cada socket: de que par ele é, e de que lado. */
interface Lado {
  par?: Par;
  eCliente: boolean;
}

export class Rele implements Disposable {
  /** Quantas conexões foram recusadas por passarem do limite. */
  recusadas = 0;
  readonly #pares = new Map<number, Par>();
  readonly #observar: (evento: EventoDeConexao) => void;
  readonly #maximo: number;
  readonly #escuta: Bun.TCPSocketListener<Lado>;
  #destino: Destino = null;
  #ultima = 0;

  /**
   * Abre a porta do relé, que recusa todos até `apontar()` dizer para onde ir.
   *
   * @throws {ErroDeUso} a porta não pôde ser aberta.
   * @example
   * ```ts
   * using rele = new Rele({ host: "0.0.0.0", porta: 8000 });
   * rele.apontar({ host: "127.0.0.1", porta: 8001 });
   * ```
   */
  constructor({
    host,
    porta,
    maximo = CONEXOES_MAXIMAS,
    observar = () => {},
  }: OpcoesDoRele) {
    this.#observar = observar;
    this.#maximo = maximo;
    try {
      this.#escuta = Bun.listen<Lado>({
        hostname: host,
        port: porta,
        allowHalfOpen: true,
        data: { eCliente: true },
        socket: { ...this.#avisos, open: (cliente) => this.#receber(cliente) },
      });
    } catch (erro) {
      const { code } = erro as NodeJS.ErrnoException;
      const motivos: Record<string, string> = {
        EADDRINUSE: `a porta ${porta} já está em uso; feche o outro programa ou escolha outra com --porta`,
        EACCES: `sem permissão para abrir a porta ${porta}; escolha outra com --porta`,
      };
      throw new ErroDeUso(
        motivos[code ?? ""] ?? `não foi possível abrir ${host}:${porta} (${code})`,
      );
    }
  }

  /** A porta em que o relé escuta. */
  get porta(): number {
    return this.#escuta.port;
  }

  /** Quantas conexões estão abertas agora. */
  get abertas(): number {
    return this.#pares.size;
  }

  /** De agora em diante, é para lá que vão as conexões novas e as que esperavam. */
  apontar(destino: Destino): void {
    this.#destino = destino;
    for (const par of [...this.#pares.values()]) if (par.aguarda) this.#encaminhar(par);
  }

  /** Encerra as conexões em andamento, dos dois lados, e diz a quem observa por quê. */
  encerrarTodas(motivo: string, tipo: "encerrou" | "falhou" = "encerrou"): void {
    for (const par of [...this.#pares.values()]) this.#acabar(par, tipo, motivo);
  }

  /** As conexões que trocaram bytes desde a última chamada, com o total de cada sentido. */
  *trafego(): Generator<{ conexao: number; ida: number; volta: number }> {
    for (const par of this.#pares.values()) {
      const [ida, volta] = [par.ida?.bytes ?? 0, par.volta?.bytes ?? 0];
      if (ida + volta === par.noticia) continue;
      par.noticia = ida + volta;
      yield { conexao: par.numero, ida, volta };
    }
  }

  [Symbol.dispose](): void {
    this.#escuta.stop(true);
    this.encerrarTodas("o painel foi encerrado");
  }

  #receber(cliente: Bun.Socket<Lado>): void {
    const { remoteAddress: ip, remotePort: porta } = cliente;
    if (!porta || this.#pares.size >= this.#maximo) {
      if (porta) this.recusadas++;
      cliente.terminate();
      return;
    }
    const par: Par = {
      numero: ++this.#ultima,
      cliente,
      aguarda: false,
      respondeu: false,
      acabou: false,
      noticia: 0,
    };
    cliente.data = { par, eCliente: true };
    this.#pares.set(par.numero, par);
    const endereco = `${ip.replace(/^::ffff:/, "")}:${porta}`;
    this.#contar(par, "conectou", { endereco });
    cliente.pause(); // até haver para onde levar o que ele enviar
    this.#encaminhar(par);
  }

  #encaminhar(par: Par): void {
    par.aguarda = this.#destino === "em breve";
    if (this.#destino === null) this.#acabar(par, "falhou", "nenhum servidor no ar");
    else if (this.#destino !== "em breve") void this.#ligar(par, this.#destino);
  }

  async #ligar(par: Par, { host, porta }: Endereco): Promise<void> {
    try {
      await Bun.connect<Lado>({
        hostname: host,
        port: porta,
        allowHalfOpen: true,
        data: { par, eCliente: false },
        socket: {
          ...this.#avisos,
          open: (servidor) => {
            if (par.acabou) return void servidor.terminate();
            par.servidor = servidor;
            par.ida = new Sentido(par.cliente, servidor);
            par.volta = new Sentido(servidor, par.cliente);
            this.#contar(par, "esperando", { porta: servidor.localPort });
            par.cliente.resume();
          },
        },
      });
    } catch {
      this.#acabar(par, "falhou", "o servidor recusou a conexão");
    }
  }

  /** O que fazer a cada aviso de um socket, seja do cliente ou do servidor. */
  readonly #avisos = {
    data: ({ data: { par, eCliente } }: Bun.Socket<Lado>, dados: Buffer) => {
      if (!par || par.acabou) return;
      (eCliente ? par.ida : par.volta)?.receber(dados);
      if (eCliente || par.respondeu) return;
      par.respondeu = true;
      this.#contar(par, "respondeu");
    },
    drain: ({ data: { par, eCliente } }: Bun.Socket<Lado>) => {
      (eCliente ? par?.volta : par?.ida)?.escoar();
    },
    end: ({ data: { par, eCliente } }: Bun.Socket<Lado>) => {
      if (par) this.#terminarSentido(par, eCliente);
    },
    // Depois do nosso shutdown(), o FIN do outro lado chega aqui, e não em `end`
    close: ({ data: { par, eCliente } }: Bun.Socket<Lado>, erro?: Error) => {
      if (!par || par.acabou) return;
      if (!erro && par.ida) this.#terminarSentido(par, eCliente);
      // Quem já recebeu a resposta inteira pode sair como quiser
      const emOrdem = par.volta?.acabou && (eCliente || par.ida?.acabou);
      if (emOrdem) return this.#acabar(par, "encerrou");
      const quem = eCliente ? "o cliente" : "o servidor";
      this.#acabar(par, "falhou", `${quem} interrompeu a conexão`);
    },
    error: ({ data: { par } }: Bun.Socket<Lado>, erro: Error) => {
      if (par) this.#acabar(par, "falhou", erro.message);
    },
  };

  /** Um lado não envia mais nada; se o outro já tinha parado, a conexão acabou em ordem. */
  #terminarSentido(par: Par, eCliente: boolean): void {
    const [deste, doOutro] = eCliente ? [par.ida, par.volta] : [par.volta, par.ida];
    deste?.terminar();
    if (!doOutro?.acabou) return;
    this.#acabar(par, "encerrou", par.respondeu ? undefined : "sem resposta");
  }

  #contar(
    par: Par,
    tipo: EventoDeConexao["tipo"],
    detalhes: Partial<EventoDeConexao> = {},
  ): void {
    const em_ms = performance.now();
    this.#observar({ tipo, em_ms, corredor: null, conexao: par.numero, ...detalhes });
  }

  /**
   * Dá a conexão por acabada. Encerrada pelos dois lados, os sockets se fecham sozinhos assim
   * que o último byte sai; senão, os que sobraram são derrubados, como faria um reset.
   */
  #acabar(par: Par, tipo: "encerrou" | "falhou", motivo?: string): void {
    if (par.acabou) return;
    par.acabou = true;
    this.#pares.delete(par.numero);
    const [ida, volta] = [par.ida?.bytes ?? 0, par.volta?.bytes ?? 0];
    this.#contar(par, tipo, { ida, volta, ...(motivo !== undefined && { motivo }) });
    const emOrdem = par.ida?.acabou === true && par.volta?.acabou === true;
    if (emOrdem) return;
    par.cliente.terminate();
    par.servidor?.terminate();
  }
}
