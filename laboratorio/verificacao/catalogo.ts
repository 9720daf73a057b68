/** Os tipos de programa que se sabe conferir, e as checagens de cada um. */
import { prepararCliente } from "./checagens_cliente.ts";
import { prepararClienteFinal } from "./checagens_cliente_final.ts";
import { prepararEco } from "./checagens_eco.ts";
import { prepararSaudacao } from "./checagens_saudacao.ts";
import { prepararThreads } from "./checagens_threads.ts";
import { executarChecagens } from "./execucao.ts";
import type { Cena, Checagem, Resultado } from "./tipos.ts";

export interface Pedido {
  comando: string[];
  porta?: number;
  /** A saudação esperada, se não é a do roteiro: uma expressão regular. */
  mensagem?: string;
  /** A resposta esperada de um eco, se não é a mensagem: `maiusculas` ou um comando. */
  eco?: string;
  avisar: (aviso: string) => void;
  aoTerminar: (resultado: Resultado) => void;
}

interface Tipo {
  descricao: string;
  /** Se é um servidor: com --porta, ela tem de estar livre para ele. */
  servidor: boolean;
  conferir(pedido: Pedido): Promise<Resultado[]>;
}

export const TIPOS: Record<string, Tipo> = {
  saudacao: {
    descricao: "servidor do tutorial, com ou sem threads",
    servidor: true,
    conferir: (pedido) =>
      conferir(prepararSaudacao({ ...pedido, concorrente: false }), pedido),
  },
  "saudacao-concorrente": {
    descricao: "servidor do tutorial, com uma thread para cada cliente",
    servidor: true,
    conferir: (pedido) =>
      conferir(prepararSaudacao({ ...pedido, concorrente: true }), pedido),
  },
  eco: {
    descricao: "servidor que devolve o que recebe, um cliente de cada vez ou vários",
    servidor: true,
    conferir: async (pedido) =>
      conferir(await prepararEco({ ...pedido, concorrente: false }), pedido),
  },
  "eco-concorrente": {
    descricao: "servidor final do estudo dirigido, com uma thread para cada cliente",
    servidor: true,
    conferir: async (pedido) =>
      conferir(await prepararEco({ ...pedido, concorrente: true }), pedido),
  },
  cliente: {
    descricao: "cliente do tutorial",
    servidor: false,
    conferir: (pedido) => conferir(prepararCliente(pedido), pedido),
  },
  "cliente-final": {
    descricao: "cliente final do estudo dirigido",
    servidor: false,
    conferir: (pedido) => conferir(prepararClienteFinal(pedido), pedido),
  },
  threads: {
    descricao: "demonstração de threads do estudo dirigido",
    servidor: false,
    conferir: (pedido) => conferir(prepararThreads(pedido), pedido),
  },
};

/** Executa as checagens e, no fim, com erro ou sem, desfaz o palco. */
async function conferir<C extends Cena & AsyncDisposable>(
  { cena, checagens }: { cena: C; checagens: Checagem<C>[] },
  { aoTerminar }: Pedido,
): Promise<Resultado[]> {
  await using palco = cena;
  return await executarChecagens(checagens, palco, aoTerminar);
}
