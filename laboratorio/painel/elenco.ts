/** Os servidores que o painel oferece: os do projeto e os que o professor pediu ao iniciar. */
import type { Argumentos } from "../argumentos.ts";
import {
  lerServidores,
  PROJETO,
  servidoresConhecidos,
  type ServidorPedido,
} from "../servidores.ts";
import type { Oferta } from "./eventos.ts";

/** O servidor de eco do projeto: só ao vivo, porque a corrida é de saudações. */
const FINAL: ServidorPedido = {
  nome: "final",
  comando: "bun run servidor_final.ts",
  modelo: "concorrente",
  partes: [process.execPath, "run", "servidor_final.ts"],
  pasta: PROJETO,
};

export interface Elenco {
  todos: ServidorPedido[];
  /** Os nomes dos que correm, se ninguém mudar a escolha. */
  naCorrida: string[];
  /** O nome do que atende ao vivo desde o início. */
  primeiro: string;
}

/**
 * O elenco, com o que veio em `--servidor` e `--alvo` em primeiro lugar.
 *
 * @throws {ErroDeUso} um nome desconhecido ou repetido, um comando ou um endereço que não se
 * entende.
 */
export function lerElenco(argumentos: Argumentos): Elenco {
  const conhecidos = [...servidoresConhecidos(), FINAL];
  const pediu = argumentos.veio("servidor") || argumentos.veio("alvo");
  const pedidos = pediu ? lerServidores(argumentos, [FINAL]) : [];
  const nomes = new Set(pedidos.map(({ nome }) => nome));
  const todos = [...conhecidos.filter(({ nome }) => !nomes.has(nome)), ...pedidos];
  const corredores = pedidos.filter((pedido) => ofertar(pedido).corre);
  return {
    todos,
    naCorrida:
      corredores.length > 0
        ? corredores.map(({ nome }) => nome)
        : ["sequencial", "thread"],
    primeiro: pedidos[0]?.nome ?? "thread",
  };
}

/** O servidor, como a página o vê. */
export function ofertar(pedido: ServidorPedido): Oferta {
  const { nome, comando, modelo, partes } = pedido;
  return {
    nome,
    comando,
    modelo,
    corre: partes !== null && pedido !== FINAL,
    nosso: partes !== null,
  };
}
