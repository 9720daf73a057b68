/** Os servidores que o painel oferece: os do projeto e os que o professor pediu ao iniciar. */
import {
  DE_SAUDACAO,
  lerServidores,
  localizar,
  type ServidorPedido,
  TODOS,
} from "../servidores/pedidos.ts";
import { ErroDeUso } from "../comando/erros.ts";
import type { Oferta } from "./eventos.ts";

export interface Oferecidos {
  todos: ServidorPedido[];
  /** Os mesmos, como a página os vê. */
  ofertas: Oferta[];
  /** @throws {ErroDeUso} não há servidor com esse nome. */
  achar: (nome: string) => ServidorPedido;
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
    ofertas: todos.map(ofertar),
    achar: (nome) => {
      const achado = todos.find((cada) => cada.nome === nome);
      if (!achado) throw new ErroDeUso(`não conheço o servidor "${nome}"`);
      return achado;
    },
    naCorrida:
      corredores.length > 0
        ? corredores.map(({ nome }) => nome)
        : ["sequencial", "thread"],
    primeiro: pedidos[0]?.nome ?? "thread",
  };
}

/**
 * Acha os que já rodam, e confere se nenhum usa a porta em que os alunos se conectam.
 *
 * @throws {ErroDeUso} ninguém atende no endereço de um alvo, ou a porta é a mesma.
 */
export async function conferirEnderecos(
  pedidos: ServidorPedido[],
  portaDosAlunos: number,
): Promise<void> {
  for (const pedido of pedidos) {
    if (pedido.alvo) pedido.alvo = await localizar(pedido.alvo);
    if (pedido.porta && pedido.porta === portaDosAlunos)
      throw new ErroDeUso(
        `o servidor "${pedido.nome}" usa a porta ${pedido.porta}, e é nela que os alunos se conectam; escolha outra para eles com --porta`,
      );
  }
}

/** O servidor, como a página o vê. O de eco do projeto não corre: a corrida é de saudações. */
function ofertar({ nome, comando, modelo, partes, pasta }: ServidorPedido): Oferta {
  const deEco = pasta !== undefined && !Object.hasOwn(DE_SAUDACAO, nome);
  return {
    nome,
    comando,
    modelo,
    corre: partes !== null && !deEco,
    nosso: partes !== null,
  };
}
