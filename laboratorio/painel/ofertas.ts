/** Os servidores que o painel oferece: os do projeto e os que o professor pediu ao iniciar. */
import {
  DE_SAUDACAO,
  lerServidores,
  type ServidorPedido,
  TODOS,
} from "../servidores/pedidos.ts";
import type { Oferta } from "./eventos.ts";

export interface Oferecidos {
  todos: ServidorPedido[];
  /** Os nomes dos que correm, se ninguém mudar a escolha. */
  naCorrida: string[];
  /** O nome do que atende ao vivo desde o início. */
  primeiro: string;
}

/**
 * Os do projeto e os pedidos em `--servidor` e `--alvo`, que podem tomar o nome de um deles.
 *
 * @throws {ErroDeUso} um nome desconhecido ou repetido, um comando ou um endereço que não se
 * entende.
 */
export function reunirServidores(escritos: string[], alvos: string[]): Oferecidos {
  const pedidos = lerServidores(escritos, alvos, TODOS, []);
  // Os do projeto primeiro, sempre na mesma ordem: a cor de cada um não muda de aula para aula
  const nossos = lerServidores(Object.keys(TODOS), [], TODOS, []).map(
    (nosso) => pedidos.find(({ nome }) => nome === nosso.nome) ?? nosso,
  );
  const todos = [...nossos, ...pedidos.filter(({ nome }) => !Object.hasOwn(TODOS, nome))];
  const corredores = todos.filter(
    (cada) => pedidos.includes(cada) && ofertar(cada).corre,
  );
  return {
    todos,
    naCorrida:
      corredores.length > 0
        ? corredores.map(({ nome }) => nome)
        : ["sequencial", "thread"],
    primeiro: pedidos[0]?.nome ?? "thread",
  };
}

/** O servidor, como a página o vê. O de eco do projeto não corre: a corrida é de saudações. */
export function ofertar({
  nome,
  comando,
  modelo,
  partes,
  pasta,
}: ServidorPedido): Oferta {
  const deEco = pasta !== undefined && !Object.hasOwn(DE_SAUDACAO, nome);
  return {
    nome,
    comando,
    modelo,
    corre: partes !== null && !deEco,
    nosso: partes !== null,
  };
}
