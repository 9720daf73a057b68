/** A linha de comando da carga: o que se pode pedir, e o que foi pedido. */
import { ErroDeUso } from "../comando/erros.ts";
import {
  escolha,
  inteiro,
  inteiros,
  lerComando,
  type Lido,
  ligar,
  opcional,
  texto,
  textos,
  valor,
} from "../comando/opcoes.ts";
import {
  exigirNomesDiferentes,
  lerServidores,
  type ServidorPedido,
  TODOS,
} from "../servidores/pedidos.ts";
import type { Duracao } from "./medicao.ts";
import { modelos } from "./modelos.ts";
import type { Familia } from "./tipos.ts";

const TIPOS = ["saudacao", "eco"] as const;

/** A saudação tem medições mais curtas: cada conexão ocupa o sistema por dois minutos. */
const DURACAO: Record<Familia, Duracao> = {
  saudacao: { aquecimento_ms: 250, medicao_ms: 500 },
  eco: { aquecimento_ms: 1_000, medicao_ms: 1_000 },
};
const DURACAO_RAPIDA: Record<Familia, Duracao> = {
  saudacao: { aquecimento_ms: 150, medicao_ms: 200 },
  eco: { aquecimento_ms: 200, medicao_ms: 300 },
};

export const COMANDO = {
  uso: "bun run laboratorio/carga.ts",
  descricao:
    "Mede quanto um ou mais servidores aguentam: conexões ou ecos por segundo, latência, " +
    "memória e tempo de partida, com cada resposta conferida byte a byte. Sem comando, " +
    "mede os três servidores do roteiro.",
  opcoes: {
    servidor: textos({
      valor: "nome",
      descricao:
        "um servidor deste projeto (sequencial, thread, eventos, posix ou final) ou o seu, como " +
        "nome=comando; PORT e {porta} dão a ele uma porta livre, e nome=comando@8000 é para " +
        "um programa de porta fixa",
    }),
    modelos: ligar({
      descricao:
        "os quatro modelos (sequencial, thread, eventos e posix), na saudação e no eco, e o " +
        "mesmo servidor em C como limite, se há um compilador",
    }),
    porta: opcional(
      inteiro(1, 65_535, {
        valor: "n",
        descricao: "a porta fixa do comando que vem depois de --",
      }),
    ),
    tipo: opcional(
      escolha(TIPOS, {
        valor: "saudacao|eco",
        descricao:
          "o que os servidores fazem; sem isto, descobre-se conversando com eles",
      }),
    ),
    clientes: inteiros(1, 1000, {
      valor: "lista",
      descricao: "quantos clientes ao mesmo tempo",
      padrao: "1,10,100",
    }),
    rodadas: inteiro(1, 1000, {
      valor: "n",
      descricao: "rodadas de cada caso",
      padrao: "5",
    }),
    rapido: ligar({
      descricao: "só uma ideia, com medições bem curtas",
      troca: { rodadas: "2" },
    }),
    duracao: opcional(
      valor(
        {
          valor: "tempo",
          descricao:
            "em vez da velocidade, a prova de resistência: 5min (ou 90s) de carga em cada " +
            "servidor, com 16 em cada 100 clientes se comportando mal",
          troca: { clientes: "100" },
        },
        lerTempo,
      ),
    ),
    saida: texto({
      valor: "pasta",
      descricao: "onde escrever os arquivos",
      padrao: "resultados/carga",
    }),
  },
  depois: "comando…",
  exemplos: [
    "bun run laboratorio/carga.ts -- python3 meu_servidor.py {porta}",
    'bun run laboratorio/carga.ts --servidor "a=bun run a.ts" --servidor "b=bun run b.ts"',
    "bun run laboratorio/carga.ts --modelos",
    "bun run laboratorio/carga.ts --duracao 5min -- bun run servidor_final.ts",
  ],
};

/**
 * O que a linha de comando pede.
 *
 * @throws {ErroDeUso} uma opção desconhecida ou um valor que não serve.
 * @throws {PedidoDeAjuda} o usuário pediu `--ajuda`.
 */
export function lerOpcoes(linha?: readonly string[]) {
  const { opcoes, depois } = lerComando(COMANDO, linha);
  const { rapido, duracao, ...outras } = opcoes;
  if (duracao !== undefined && opcoes.clientes.length > 1)
    throw new ErroDeUso("com --duracao, --clientes é um número só");
  return {
    ...outras,
    servidores: lerPedidos(opcoes, depois),
    duracao: rapido ? DURACAO_RAPIDA : DURACAO,
    /** Quanto dura a prova de resistência; null para medir a velocidade. */
    resistencia_ms: duracao ?? null,
  };
}

export type OpcoesDaCarga = ReturnType<typeof lerOpcoes>;

/** Os servidores de `--servidor` e o de `--`; se nenhum, os do roteiro. */
function lerPedidos(
  { servidor, porta, tipo, modelos: todos }: Lido<typeof COMANDO.opcoes>["opcoes"],
  depois: string[],
): ServidorPedido[] {
  if (depois.length === 0 && porta !== undefined)
    throw new ErroDeUso(
      "--porta é do comando que vem depois de --; com --servidor, escreva nome=comando@8000",
    );
  const doComando = {
    nome: "servidor",
    comando: depois.join(" "),
    modelo: "desconhecido" as const,
    partes: depois,
    porta,
  };
  const outros = [
    ...(todos ? modelos(tipo) : []),
    ...(depois.length > 0 ? [doComando] : []),
  ];
  const pedidos = [
    ...lerServidores(servidor, [], TODOS, outros.length > 0 ? [] : DO_ROTEIRO),
    ...outros,
  ];
  exigirNomesDiferentes(pedidos);
  const portas = pedidos.flatMap((pedido) => pedido.porta ?? []);
  const repetida = portas.find((uma, i) => portas.indexOf(uma) !== i);
  if (repetida !== undefined)
    throw new ErroDeUso(`há dois servidores na porta ${repetida}; meça um de cada vez`);
  return pedidos;
}

const DO_ROTEIRO = ["sequencial", "thread", "final"];

/** Lê um tempo como "5min" ou "90s", em ms. */
function lerTempo(texto: string): number {
  const [, valor, unidade] = /^(\d+)(s|min)$/.exec(texto.trim()) ?? [];
  const tempo_ms = Number(valor) * (unidade === "min" ? 60_000 : 1_000);
  if (tempo_ms >= 2_000 && tempo_ms <= 86_400_000) return tempo_ms;
  throw new ErroDeUso(
    `--duracao precisa de um tempo de 2s em diante, como 90s ou 5min, e não de "${texto}"`,
  );
}
