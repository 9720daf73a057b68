/** Um servidor TCP que faz o papel do outro lado, para conferir um cliente. */
import { Espera } from "../servidores/aguardar.ts";

/** O que o servidor faz com cada cliente, uma coisa depois da outra. */
export interface Papel {
  aoConectar?(conexao: Conexao): void | Promise<void>;
  /** Chamada a cada pedaço que chega. */
  aoReceber?(conexao: Conexao, dados: Buffer): void | Promise<void>;
}

/** Cada conexão leva o que ainda há por fazer nela. */
type Conexao = Bun.Socket<{ afazeres: Promise<void> }>;

export class ServidorDeTeste implements Disposable {
  readonly porta: number;
  /** Quantos clientes se conectaram. */
  clientes = 0;
  /** Quantas conexões o cliente já fechou. */
  fechadas = 0;
  readonly #ouvinte: Bun.TCPSocketListener<{ afazeres: Promise<void> }>;
  #recebidos: Buffer[] = [];
  readonly #espera = new Espera();

  /** @throws a porta tem dono. */
  constructor(porta: number, { aoConectar, aoReceber }: Papel) {
    /** Quem para de enviar (shutdown) ainda recebe o que falta: o fim espera a sua vez. */
    const depois = (conexao: Conexao, fazer: () => void | Promise<void>) => {
      conexao.data.afazeres = conexao.data.afazeres.then(fazer);
    };
    this.#ouvinte = Bun.listen<{ afazeres: Promise<void> }>({
      hostname: "127.0.0.1",
      port: porta,
      allowHalfOpen: true,
      socket: {
        open: (conexao) => {
          conexao.data = { afazeres: Promise.resolve() };
          this.clientes++;
          this.#espera.avisar();
          depois(conexao, () => aoConectar?.(conexao));
        },
        data: (conexao, dados) => {
          this.#recebidos.push(dados);
          this.#espera.avisar();
          depois(conexao, () => aoReceber?.(conexao, dados));
        },
        end: (conexao) => depois(conexao, () => void conexao.end()),
        close: () => {
          this.fechadas++;
          this.#espera.avisar();
        },
        error: () => {},
      },
    });
    this.porta = this.#ouvinte.port;
  }

  /** Tudo o que os clientes enviaram. */
  get recebido(): Buffer {
    return Buffer.concat(this.#recebidos);
  }

  /** Espera `condicao` valer; diz se valeu em `prazo_ms` (ms). */
  async esperar(condicao: (eu: this) => boolean, prazo_ms: number): Promise<boolean> {
    return await this.#espera.ate(() => condicao(this), prazo_ms);
  }

  /** Espera um instante até todos os clientes fecharem: só então se sabe tudo o que enviaram. */
  async esperarDespedidas(): Promise<void> {
    await this.esperar(({ clientes, fechadas }) => fechadas >= clientes, 1_000);
  }

  [Symbol.dispose](): void {
    this.#ouvinte.stop(true);
  }
}

/** Espera entre um pedaço e outro, em ms: o bastante para chegarem separados. */
const ENTRE_PEDACOS_MS = 80;

/** Envia a resposta em pedaços espaçados no tempo, como faz uma rede lenta. */
async function enviarEmPedacos(conexao: Conexao, pedacos: Uint8Array[]): Promise<void> {
  conexao.setNoDelay(true);
  for (const pedaco of pedacos) {
    conexao.write(pedaco);
    await Bun.sleep(ENTRE_PEDACOS_MS);
  }
}

/** O jeito de uma resposta chegar. */
export interface Entrega {
  /** Quanto o servidor demora a responder, em ms. */
  atraso_ms?: number;
  /** Os bytes em que a resposta é cortada; cada pedaço chega separado. */
  cortes?: number[];
}

async function entregar(
  conexao: Conexao,
  resposta: Uint8Array,
  { atraso_ms = 0, cortes = [] }: Entrega,
): Promise<void> {
  if (atraso_ms > 0) await Bun.sleep(atraso_ms);
  if (cortes.length === 0) return void conexao.write(resposta);
  const inicios = [0, ...cortes];
  const pedacos = inicios.map((inicio, qual) =>
    resposta.subarray(inicio, inicios[qual + 1]),
  );
  await enviarEmPedacos(conexao, pedacos);
}

/** Encerra só este lado: o que o cliente ainda enviar também se vê. */
function pararDeEnviar(conexao: Conexao): void {
  conexao.shutdown();
}

/** Os papéis do roteiro, e as situações em que um cliente costuma errar. */
export const papeis = {
  /** Envia o texto ao conectar e encerra. */
  saudacao(texto: string, entrega: Entrega = {}): Papel {
    return {
      async aoConectar(conexao) {
        await entregar(conexao, Buffer.from(texto), entrega);
        pararDeEnviar(conexao);
      },
    };
  },

  /** Encerra sem dizer nada: ao conectar, ou só ao receber uma mensagem. */
  encerraSemResponder(quando: "conectar" | "receber"): Papel {
    return quando === "conectar"
      ? { aoConectar: pararDeEnviar }
      : { aoReceber: pararDeEnviar };
  },

  /** Devolve o que recebe. */
  eco(entrega: Entrega = {}): Papel {
    return { aoReceber: (conexao, dados) => entregar(conexao, dados, entrega) };
  },

  /** Responde sempre o mesmo, seja o que for que recebe. */
  responde(texto: string): Papel {
    return { aoReceber: (conexao) => void conexao.write(texto) };
  },
};
