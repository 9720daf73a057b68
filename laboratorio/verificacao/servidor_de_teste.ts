/** Um servidor TCP que faz o papel do outro lado, para conferir um cliente. */
import { Espera } from "../servidores/aguardar.ts";

/** O que o servidor faz com cada cliente. */
export interface Papel {
  aoConectar?(conexao: Bun.Socket<undefined>): void | Promise<void>;
  /** Chamada a cada pedaço que chega. */
  aoReceber?(conexao: Bun.Socket<undefined>, dados: Buffer): void | Promise<void>;
}

export class ServidorDeTeste implements Disposable {
  readonly porta: number;
  /** Quantos clientes se conectaram. */
  clientes = 0;
  /** Quantas conexões o cliente já fechou. */
  fechadas = 0;
  readonly #ouvinte: Bun.TCPSocketListener<undefined>;
  #recebidos: Buffer[] = [];
  readonly #espera = new Espera();

  /** @throws a porta tem dono. */
  constructor(porta: number, { aoConectar, aoReceber }: Papel) {
    const fechou = () => {
      this.fechadas++;
      this.#espera.avisar();
    };
    this.#ouvinte = Bun.listen<undefined>({
      hostname: "127.0.0.1",
      port: porta,
      allowHalfOpen: true,
      socket: {
        open: (conexao) => {
          this.clientes++;
          this.#espera.avisar();
          void aoConectar?.(conexao);
        },
        data: (conexao, dados) => {
          this.#recebidos.push(dados);
          this.#espera.avisar();
          void aoReceber?.(conexao, dados);
        },
        end: (conexao) => void conexao.end(),
        close: fechou,
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

  [Symbol.dispose](): void {
    this.#ouvinte.stop(true);
  }
}

/** Espera entre um pedaço e outro, em ms: o bastante para chegarem separados. */
const ENTRE_PEDACOS_MS = 80;

/** Envia a resposta em pedaços espaçados no tempo, como faz uma rede lenta. */
export async function enviarEmPedacos(
  conexao: Bun.Socket<undefined>,
  pedacos: Uint8Array[],
): Promise<void> {
  conexao.setNoDelay(true);
  for (const pedaco of pedacos) {
    conexao.write(pedaco);
    await Bun.sleep(ENTRE_PEDACOS_MS);
  }
}

/** Os papéis do roteiro, e as situações em que um cliente costuma errar. */
export const papeis = {
  /** Envia o texto ao conectar e encerra, depois de `atraso_ms` (ms). */
  saudacao(texto: string, atraso_ms = 0): Papel {
    return {
      async aoConectar(conexao) {
        if (atraso_ms > 0) await Bun.sleep(atraso_ms);
        conexao.end(texto);
      },
    };
  },

  /** Envia a saudação em pedaços e encerra. */
  saudacaoEmPedacos(pedacos: Uint8Array[]): Papel {
    return {
      async aoConectar(conexao) {
        await enviarEmPedacos(conexao, pedacos);
        conexao.end();
      },
    };
  },

  /** Encerra sem dizer nada: ao conectar, ou só ao receber uma mensagem. */
  encerraSemResponder(quando: "conectar" | "receber"): Papel {
    const encerrar = (conexao: Bun.Socket<undefined>) => void conexao.end();
    return quando === "conectar" ? { aoConectar: encerrar } : { aoReceber: encerrar };
  },

  /** Devolve o que recebe, depois de `atraso_ms` (ms). */
  eco(atraso_ms = 0): Papel {
    return {
      async aoReceber(conexao, dados) {
        if (atraso_ms > 0) await Bun.sleep(atraso_ms);
        conexao.write(dados);
      },
    };
  },

  /** Devolve o que recebe em duas metades, que chegam separadas. */
  ecoEmPedacos(): Papel {
    return {
      async aoReceber(conexao, dados) {
        const meio = Math.ceil(dados.length / 2);
        await enviarEmPedacos(conexao, [dados.subarray(0, meio), dados.subarray(meio)]);
      },
    };
  },
};
