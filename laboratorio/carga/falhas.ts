/**
 * Os clientes que se comportam mal, para a prova de resistência: em cada cem, cinco
 * interrompem a conexão, cinco param de enviar antes da resposta, cinco nunca leem e um
 * envia lixo. Um bom servidor encerra cada um deles sem que os outros percebam.
 */
import {
  type Alvo,
  Cliente,
  ClienteDeEco,
  ClienteDeSaudacao,
  type Placar,
} from "./clientes.ts";
import type { Familia } from "./tipos.ts";

/** As espécies de cliente e quantos há de cada uma em cem; o resto se comporta bem. */
export const FALHAS = {
  interrompe: 5,
  "meio-fecha": 5,
  "nunca lê": 5,
  lixo: 1,
} as const;
export type Especie = "normal" | keyof typeof FALHAS;

/**
 * Quanto tempo fica conectado quem nunca lê, em ms, além do prazo de uma resposta: se o
 * servidor parar por causa dele, os outros desistem de esperar antes que ele vá embora.
 */
const ESTADIA_MS = 2_000;
/** Quanto tenta enviar quem nunca lê: mais do que cabe nos buffers do sistema, em bytes. */
const SEM_LER_BYTES = 16 * 1024 * 1024;
const SEM_LER = Buffer.alloc(65_536, "sem ler ");
/** Quanto espera por alguma resposta quem enviou lixo, em ms. */
const ESPERA_DO_LIXO_MS = 200;

/**
 * A espécie de cada cliente, as falhas antes dos normais.
 *
 * @example
 * ```ts
 * especies(100).filter((especie) => especie === "interrompe").length; // 5
 * ```
 */
export function especies(clientes: number): Especie[] {
  const falhas = Object.entries(FALHAS) as [keyof typeof FALHAS, number][];
  const comFalha = falhas.flatMap(([especie, em100]): Especie[] =>
    Array(Math.round((clientes * em100) / 100)).fill(especie),
  );
  const normais: Especie[] = Array(clientes - comFalha.length).fill("normal");
  return [...comFalha, ...normais];
}

/** Um cliente da espécie pedida. */
export function criarCliente(
  especie: Especie,
  familia: Familia,
  numero: number,
  alvo: Alvo,
  placar: Placar,
): Cliente {
  const saudacao = familia === "saudacao";
  switch (especie) {
    case "normal":
      return new (saudacao ? ClienteDeSaudacao : ClienteDeEco)(numero, alvo, placar);
    case "meio-fecha":
      return new (saudacao ? SaudacaoMeioFechada : EcoMeioFechado)(numero, alvo, placar);
    case "interrompe":
      return new ClienteQueInterrompe(numero, alvo, placar);
    case "nunca lê":
      return new ClienteQueNuncaLe(numero, alvo, placar);
    case "lixo":
      return new ClienteDeLixo(numero, alvo, placar);
  }
}

/** Para de enviar assim que se conecta, e ainda assim espera a saudação inteira. */
class SaudacaoMeioFechada extends ClienteDeSaudacao {
  protected override abriu(conexao: Bun.Socket<Cliente>): void {
    super.abriu(conexao);
    conexao.shutdown();
  }
}

/** Para de enviar logo depois da mensagem; espera o eco inteiro e o fim da conexão. */
class EcoMeioFechado extends ClienteDeEco {
  protected override enviou(): void {
    this.conexao?.shutdown();
  }

  protected override completou(): void {
    // falta o servidor encerrar
  }

  protected override fechou(): void {
    if (this.recebidos < this.mensagem.length) return super.fechou();
    this.placar.acerto(this.inicio_ms, performance.now(), this.recebidos);
    this.recomecar();
  }
}

/** Envia uma mensagem e interrompe a conexão (RST): ora de imediato, ora ao ser respondido. */
class ClienteQueInterrompe extends Cliente {
  #vez = 0;

  protected abriu(conexao: Bun.Socket<Cliente>): void {
    conexao.write(this.alvo.mensagens(this.numero, this.#vez));
    if (this.#vez++ % 2 === 0) this.despedir("terminate");
  }

  protected override recebeu(): void {
    this.despedir("terminate");
  }
}

/** Envia muito, não lê nada e, ao fim da estadia, vai embora de repente. */
class ClienteQueNuncaLe extends Cliente {
  #restam = 0;

  protected abriu(conexao: Bun.Socket<Cliente>): void {
    conexao.pause();
    this.#restam = SEM_LER_BYTES;
    this.escoou();
  }

  protected override escoou(): void {
    while (this.#restam > 0) {
      const enviados = this.conexao?.write(SEM_LER) ?? 0;
      if (enviados <= 0) return;
      this.#restam -= enviados;
    }
  }

  override vigiar(agora_ms: number): void {
    const estadia_ms = this.alvo.prazo_ms + ESTADIA_MS;
    if (this.encerrando || agora_ms - this.inicio_ms >= estadia_ms)
      this.despedir("terminate");
  }
}

/** Envia bytes ao acaso, que não são UTF-8 e trazem comandos de terminal. */
class ClienteDeLixo extends Cliente {
  protected abriu(conexao: Bun.Socket<Cliente>): void {
    const lixo = crypto.getRandomValues(new Uint8Array(512));
    conexao.write(Buffer.concat([Buffer.from("\x1b[2J\x07\0\xff\xfe", "latin1"), lixo]));
  }

  override vigiar(agora_ms: number): void {
    if (agora_ms - this.inicio_ms >= ESPERA_DO_LIXO_MS) this.despedir("end");
  }
}
