/**
 * Os clientes que se comportam mal, para a prova de resistência: em cada cem, cinco
 * interrompem a conexão, cinco param de enviar antes da resposta, cinco nunca leem e um
 * envia lixo. Um bom servidor encerra cada um deles sem que os outros percebam.
 */
import { conferirEco, lerSaudacao, type Papel } from "./clientes.ts";
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

/** Envia uma mensagem e interrompe a conexão (RST): ora de imediato, ora ao ser respondido. */
const interromper: Papel = (cliente) => {
  let vez = 0;
  return (conexao) => {
    conexao.write(cliente.alvo.mensagens(cliente.numero, vez));
    if (vez++ % 2 === 0) cliente.recomecar("terminate");
    return { recebeu: () => cliente.recomecar("terminate") };
  };
};

/** Envia muito, não lê nada e, ao fim da estadia, vai embora de repente. */
const naoLer: Papel = (cliente) => (conexao) => {
  conexao.pause();
  let restam = SEM_LER_BYTES;
  const escoou = () => {
    while (restam > 0) {
      const enviados = conexao.write(SEM_LER);
      if (enviados <= 0) return;
      restam -= enviados;
    }
  };
  escoou();
  return {
    escoou,
    vigiar(agora_ms) {
      const estadia_ms = cliente.alvo.prazo_ms + ESTADIA_MS;
      if (cliente.encerrando || agora_ms - cliente.inicio_ms >= estadia_ms)
        cliente.recomecar("terminate");
    },
  };
};

/** Envia bytes ao acaso, que não são UTF-8 e trazem comandos de terminal. */
const enviarLixo: Papel = (cliente) => (conexao) => {
  const lixo = crypto.getRandomValues(new Uint8Array(512));
  conexao.write(Buffer.concat([Buffer.from("\x1b[2J\x07\0\xff\xfe", "latin1"), lixo]));
  return {
    vigiar(agora_ms) {
      if (agora_ms - cliente.inicio_ms >= ESPERA_DO_LIXO_MS) cliente.recomecar();
    },
  };
};

/** O papel de um cliente da espécie. */
export function papelDe(especie: Especie, familia: Familia): Papel {
  const conversar = familia === "saudacao" ? lerSaudacao : conferirEco;
  const papeis: Record<Especie, Papel> = {
    normal: (cliente) => conversar(cliente),
    "meio-fecha": (cliente) => conversar(cliente, true),
    interrompe: interromper,
    "nunca lê": naoLer,
    lixo: enviarLixo,
  };
  return papeis[especie];
}
