/**
 * Descobre o que um servidor faz com quem se conecta: saúda e encerra a conexão, ou
 * devolve o que recebe. A saudação que a sonda viu é a que se exigirá de cada conexão.
 */
import { ErroDeUso } from "../comando/erros.ts";
import { Espera } from "../servidores/aguardar.ts";
import type { Familia } from "./tipos.ts";

/** Quanto um servidor de saudação tem para falar primeiro, em ms. */
const SILENCIO_MS = 300;
/** Quanto esperar pelo resto da conversa, em ms. */
const PRAZO_MS = 5_000;
const PERGUNTA = Buffer.from("eco?");

export interface Descoberta {
  familia: Familia;
  /** A saudação inteira; vazia no eco. */
  saudacao: Buffer;
}

/**
 * Conversa uma vez com o servidor da porta.
 *
 * @param tipo a família, se o usuário a disse: então só se lê a saudação.
 * @throws {ErroDeUso} o servidor não saúda nem ecoa, ou saúda e não encerra a conexão; a
 * mensagem continua a frase "o servidor …".
 */
export async function sondar(porta: number, tipo?: Familia): Promise<Descoberta> {
  if (tipo === "eco") return { familia: "eco", saudacao: Buffer.alloc(0) };
  let recebido = Buffer.alloc(0);
  let fechada = false;
  const espera = new Espera();
  /** Espera a condição, o fim da conexão ou o prazo, o que vier primeiro. */
  const ate = (condicao: () => boolean, prazo_ms: number) =>
    espera.ate(() => condicao() || fechada, prazo_ms);
  using conexao = await Bun.connect({
    hostname: "127.0.0.1",
    port: porta,
    socket: {
      data(_conexao, dados) {
        recebido = Buffer.concat([recebido, dados]);
        espera.avisar();
      },
      close() {
        fechada = true;
        espera.avisar();
      },
    },
  });

  await ate(() => recebido.length > 0, SILENCIO_MS);
  if (!tipo && recebido.length === 0 && !fechada) {
    conexao.write(PERGUNTA);
    await ate(() => recebido.length >= PERGUNTA.length, PRAZO_MS);
    if (recebido.equals(PERGUNTA)) return { familia: "eco", saudacao: Buffer.alloc(0) };
  }

  await ate(() => false, PRAZO_MS); // até o servidor encerrar
  if (recebido.length === 0)
    throw new ErroDeUso("não saúda nem devolve o que recebe; confira o programa");
  if (!fechada)
    throw new ErroDeUso(
      `enviou ${recebido.length} bytes e não encerrou a conexão; ` +
        "um servidor de saudação encerra, um de eco devolve o que recebe",
    );
  return { familia: "saudacao", saudacao: recebido };
}
