/** O que a página pode pedir ao painel, conferido campo a campo: nada dela é de confiança. */
import { ErroDeUso } from "../comando/erros.ts";
import type { Oferta, Pedido } from "./eventos.ts";

export const CLIENTES_MAXIMOS = 100;
export const ATRASO_MAXIMO_MS = 2_000;
export const PREVISAO_MAXIMA_MS = 999_999;

/** O maior pedido que se lê, em bytes. */
export const PEDIDO_MAXIMO = 16 * 1024;

export type Comando =
  /** Muda o que a próxima corrida vai ser; todas as páginas veem. */
  | { comando: "pedir"; pedido: Pedido }
  | { comando: "disparar" }
  | { comando: "interromper" }
  /** Troca o servidor que atende ao vivo. */
  | { comando: "trocar"; servidor: string; atraso_ms: number };

/**
 * O comando que a página enviou. Um servidor é só um nome da lista: comando nenhum vem daqui.
 *
 * @throws {ErroDeUso} não é um comando, ou tem um valor fora dos limites.
 */
export function lerComandoDaPagina(texto: string, ofertas: Oferta[]): Comando {
  const lido = lerJson(texto);
  const inteiro = (valor: unknown, minimo: number, maximo: number, nome: string) => {
    if (Number.isInteger(valor) && Number(valor) >= minimo && Number(valor) <= maximo)
      return Number(valor);
    throw new ErroDeUso(`${nome} deve ser um número inteiro de ${minimo} a ${maximo}`);
  };
  const servidor = (valor: unknown, corre: boolean) => {
    const oferta = ofertas.find(({ nome }) => nome === valor);
    if (oferta && (oferta.corre || !corre)) return oferta.nome;
    throw new ErroDeUso("não existe esse servidor aqui");
  };
  const atraso = (valor: unknown) => inteiro(valor, 0, ATRASO_MAXIMO_MS, "T, em ms,");
  switch (lido.comando) {
    case "disparar":
    case "interromper":
      return { comando: lido.comando };
    case "trocar":
      return {
        comando: "trocar",
        servidor: servidor(lido.servidor, false),
        atraso_ms: atraso(lido.atraso_ms),
      };
    case "pedir": {
      const { servidores, clientes, atraso_ms, previsoes } = objeto(lido.pedido);
      if (!Array.isArray(servidores) || servidores.length === 0)
        throw new ErroDeUso("escolha pelo menos um servidor");
      const nomes = [...new Set(servidores.map((nome) => servidor(nome, true)))];
      const escritas = objeto(previsoes ?? {});
      return {
        comando: "pedir",
        pedido: {
          servidores: nomes,
          clientes: inteiro(clientes, 1, CLIENTES_MAXIMOS, "N"),
          atraso_ms: atraso(atraso_ms),
          previsoes: Object.fromEntries(
            ofertas.flatMap(({ nome }) => {
              const previsao = escritas[nome] ?? null;
              if (previsao === null) return [];
              return [[nome, inteiro(previsao, 0, PREVISAO_MAXIMA_MS, "a previsão")]];
            }),
          ),
        },
      };
    }
    default:
      throw new ErroDeUso("o painel não conhece esse comando");
  }
}

function lerJson(texto: string): Record<string, unknown> {
  try {
    return objeto(JSON.parse(texto));
  } catch {
    throw new ErroDeUso("o painel não entendeu o que a página pediu");
  }
}

function objeto(valor: unknown): Record<string, unknown> {
  if (typeof valor === "object" && valor !== null && !Array.isArray(valor))
    return { ...valor };
  throw new ErroDeUso("o painel não entendeu o que a página pediu");
}
