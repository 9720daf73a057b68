/** A conversa com um servidor de eco: o que se envia, o que se espera de volta e o fim. */
import type { CenaServidor } from "./cena_servidor.ts";
import type { ClienteDeTeste } from "./cliente_de_teste.ts";
import { descrever, primeiraDiferenca } from "./texto.ts";
import { Falha } from "./tipos.ts";
import { IDENTICA } from "./transformacao.ts";
import type { Transformacao } from "./transformacao.ts";

/** Quanto esperar por um eco curto, em ms. */
export const PRAZO_DO_ECO_MS = 4_000;

/** Por quanto tempo se espera que não venha mais nada, quando só o silêncio diz isso, em ms. */
const SILENCIO_MS = 60;

const DICA_DO_ECO = "envie de volta, com sendall, exatamente os bytes que o recv trouxe";

export interface OpcoesDoConfronto {
  prazo_ms?: number;
  dica?: string;
}

/** O que se sabe do servidor, e como se conversa com ele. */
export class Eco {
  /** O que ele deve responder; muda se o que ele responde é outra coisa. */
  transformacao: Transformacao;
  /** Se ele fecha a conexão de quem para de enviar: então dá para ler até o fim. */
  fecha = false;

  constructor(transformacao: Transformacao = IDENTICA) {
    this.transformacao = transformacao;
  }

  /**
   * Envia a mensagem e confere a resposta.
   *
   * @throws {Falha} veio outra coisa.
   */
  async conferir(
    cliente: ClienteDeTeste,
    mensagem: string | Buffer,
    { prazo_ms = PRAZO_DO_ECO_MS, dica = DICA_DO_ECO }: OpcoesDoConfronto = {},
  ): Promise<void> {
    const enviados = Buffer.from(mensagem);
    const tentar = async () => {
      const [esperada] = await this.transformacao.responder(enviados);
      const envio = cliente.enviar(enviados);
      const eco = await this.ler(cliente, esperada?.length, prazo_ms);
      await this.comparar(enviados, eco, cliente, dica);
      await envio;
    };
    const { refazer } = this.transformacao;
    if (!refazer) return await tentar();
    try {
      await tentar();
    } catch (erro) {
      if (!(erro instanceof Falha)) throw erro;
      // A resposta guardada pode ser de outra hora: vale a de agora
      await refazer(enviados);
      await tentar();
    }
  }

  /** Uma resposta; se não se sabe o tamanho dela, até vir o silêncio. */
  async ler(
    cliente: ClienteDeTeste,
    tamanho: number | undefined,
    prazo_ms: number,
  ): Promise<Buffer> {
    if (tamanho !== undefined) return await cliente.ler(tamanho, prazo_ms);
    const inicio = await cliente.ler(1, prazo_ms);
    if (inicio.length === 0) return inicio;
    return Buffer.concat([inicio, await cliente.lerAteFim(SILENCIO_MS)]);
  }

  /** @throws {Falha} a resposta não é a da mensagem. */
  async comparar(
    enviados: Buffer,
    eco: Buffer,
    cliente: ClienteDeTeste,
    dica = DICA_DO_ECO,
  ): Promise<void> {
    const respostas = await this.transformacao.responder(enviados);
    const certa = (resposta: Buffer) => resposta.equals(eco);
    const [esperada] = respostas;
    if (esperada === undefined ? eco.length > 0 : respostas.some(certa)) return;
    if ((await this.transformacao.refazer?.(enviados))?.some(certa)) return;
    throw new Falha(
      esperada === undefined
        ? `uma resposta a ${descrever(enviados)}`
        : descrever(esperada),
      `${descrever(eco)}, ${ondeDifere(esperada ?? enviados, eco, cliente)}`,
      dica,
    );
  }

  /**
   * Para de enviar e confere que não há nada além do que já foi lido.
   *
   * @throws {Falha} veio mais alguma coisa, ou o servidor não encerra a conexão.
   */
  async despedir(cliente: ClienteDeTeste, prazo_ms = PRAZO_DO_ECO_MS): Promise<void> {
    if (this.fecha) cliente.meioFechar();
    const sobra = await cliente.lerAteFim(this.fecha ? prazo_ms : SILENCIO_MS);
    if (sobra.length > 0) {
      throw new Falha(
        "cada cliente com o seu eco, e nada mais",
        `mais ${descrever(sobra)}`,
        "responda só a quem enviou, e só o que ele enviou",
      );
    }
    if (!this.fecha || cliente.conexao === "encerrada") return;
    throw new Falha(
      "a conexão encerrada depois do eco",
      comoFicou(cliente),
      "quando o recv devolve 0 bytes, o cliente parou de enviar: feche a conexão dele",
    );
  }

  /** A conversa de um cliente comum, do começo ao fim. */
  async conversaComum(cliente: ClienteDeTeste, prazo_ms: number): Promise<void> {
    await this.conferir(cliente, "oi\n", { prazo_ms });
    if (this.fecha) await this.despedir(cliente, prazo_ms);
  }

  /** Clientes juntos, cada um com o seu texto; o servidor pode atender um de cada vez. */
  async conversasJuntas(cena: CenaServidor, quantos: number, dica: string) {
    const conversar = async (_: unknown, numero: number) => {
      const cliente = await cena.conectar();
      try {
        await this.conferir(cliente, `cliente ${numero} de ${quantos}\n`, {
          prazo_ms: 10_000,
          dica,
        });
        await this.despedir(cliente);
      } finally {
        cliente.fechar(); // dá a vez ao próximo
      }
    };
    await todas(Array.from({ length: quantos }, conversar));
  }

  /** Todos conectados ao mesmo tempo: ninguém sai enquanto os outros não têm o seu eco. */
  async conversasIntercaladas(cena: CenaServidor, quantos: number, dica: string) {
    const clientes: ClienteDeTeste[] = [];
    for (let numero = 0; numero < quantos; numero++) clientes.push(await cena.conectar());
    for (let volta = 1; volta <= 3; volta++) {
      await todas(
        clientes.map((cliente, numero) =>
          this.conferir(cliente, `cliente ${numero} de ${quantos}, mensagem ${volta}\n`, {
            dica,
          }),
        ),
      );
    }
    await todas(clientes.map((cliente) => this.despedir(cliente)));
    for (const cliente of clientes) cliente.fechar();
  }
}

/** Como a conexão ficou, para quem a esperava encerrada. */
export function comoFicou({ conexao }: ClienteDeTeste): string {
  return conexao === "aberta" ? "a conexão continuou aberta" : "um reset";
}

function ondeDifere(esperada: Buffer, eco: Buffer, { conexao }: ClienteDeTeste): string {
  const posicao = primeiraDiferenca(esperada, eco);
  if (posicao < eco.length) return `diferente a partir do byte ${posicao + 1}`;
  return conexao === "aberta" ? "e mais nada" : `conexão ${conexao}`;
}

/** Espera todas terminarem antes de lançar a primeira falha. */
async function todas(conversas: Promise<void>[]): Promise<void> {
  for (const conversa of await Promise.allSettled(conversas)) {
    if (conversa.status === "rejected") throw conversa.reason;
  }
}
