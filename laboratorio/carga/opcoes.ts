/** A linha de comando da carga: o que se pode pedir, e o que foi pedido. */
import { join } from "node:path";
import { type Argumentos, type Comando, lerArgumentos } from "../argumentos.ts";
import { ErroDeUso } from "../servidor_em_teste.ts";
import { lerServidores } from "../servidores.ts";
import type { Duracao } from "./medicao.ts";
import { modelos } from "./modelos.ts";
import type { Familia } from "./tipos.ts";

/** Um servidor que o usuário mandou medir. */
export interface ServidorPedido {
  nome: string;
  /** Programa e argumentos. */
  partes: string[];
  /** Porta fixa do programa; sem ela, recebe uma livre em PORT e em `{porta}`. */
  porta?: number;
  pasta?: string;
}

export interface OpcoesDaCarga {
  servidores: ServidorPedido[];
  /** A família, se o usuário a disse; senão, descobre-se conversando com o servidor. */
  tipo?: Familia;
  rodadas: number;
  /** Quantos clientes ao mesmo tempo, em cada caso. */
  clientes: number[];
  duracao: Record<Familia, Duracao>;
  /** Duração da prova de resistência, em ms; null para medir a velocidade. */
  resistencia_ms: number | null;
  /** Se o que se mede são os quatro modelos: então o relatório diz o que cada um troca. */
  modelos: boolean;
  saida: string;
}

const TIPOS = ["saudacao", "eco"] as const;

/** A saudação tem medições mais curtas: cada conexão ocupa o sistema por dois minutos. */
const DURACAO: OpcoesDaCarga["duracao"] = {
  saudacao: { aquecimento_ms: 250, medicao_ms: 500 },
  eco: { aquecimento_ms: 1_000, medicao_ms: 1_000 },
};
const DURACAO_RAPIDA: OpcoesDaCarga["duracao"] = {
  saudacao: { aquecimento_ms: 150, medicao_ms: 200 },
  eco: { aquecimento_ms: 200, medicao_ms: 300 },
};

export const COMANDO: Comando = {
  uso: "bun run laboratorio/carga.ts",
  descricao:
    "Mede quanto um ou mais servidores aguentam: conexões ou ecos por segundo, latência, " +
    "memória e tempo de partida, com cada resposta conferida byte a byte. Sem comando, " +
    "mede os três servidores do roteiro.",
  opcoes: [
    {
      nome: "servidor",
      valor: "nome=comando",
      descricao:
        "um servidor a medir; PORT e {porta} dão a ele uma porta livre, e nome=comando@8000 " +
        "é para um programa de porta fixa",
      repete: true,
    },
    {
      nome: "modelos",
      descricao:
        "os quatro modelos (sequencial, thread, eventos e posix), na saudação e no eco, e o " +
        "mesmo servidor em C como limite, se há um compilador",
    },
    {
      nome: "porta",
      valor: "n",
      descricao: "a porta fixa do comando que vem depois de --",
    },
    {
      nome: "tipo",
      valor: "saudacao|eco",
      descricao: "o que os servidores fazem; sem isto, descobre-se conversando com eles",
    },
    {
      nome: "clientes",
      valor: "lista",
      descricao: "quantos clientes ao mesmo tempo",
      padrao: "1,10,100",
    },
    { nome: "rodadas", valor: "n", descricao: "rodadas de cada caso", padrao: "5" },
    { nome: "rapido", descricao: "duas rodadas bem curtas: só uma ideia" },
    {
      nome: "duracao",
      valor: "tempo",
      descricao:
        "em vez da velocidade, a prova de resistência: 5min (ou 90s) de carga em cada " +
        "servidor, com 16 em cada 100 clientes se comportando mal",
    },
    {
      nome: "saida",
      valor: "pasta",
      descricao: "onde escrever os arquivos",
      padrao: "resultados/carga",
    },
  ],
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
 * @example
 * ```ts
 * const opcoes = lerOpcoes(["--rodadas", "3", "--", "python3", "servidor.py"]);
 * ```
 */
export function lerOpcoes(linha?: readonly string[]): OpcoesDaCarga {
  const argumentos = lerArgumentos(COMANDO, linha);
  const rapido = argumentos.ligada("rapido");
  const resistencia_ms = argumentos.veio("duracao")
    ? lerTempo(argumentos.texto("duracao", ""))
    : null;
  const clientes =
    resistencia_ms === null
      ? argumentos.inteiros("clientes", [1, 10, 100], 1, 1000)
      : [argumentos.inteiro("clientes", 100, 1, 1000)];
  return {
    servidores: lerPedidos(argumentos),
    tipo: lerTipo(argumentos),
    rodadas: argumentos.inteiro("rodadas", rapido ? 2 : 5, 1, 1000),
    clientes,
    duracao: rapido ? DURACAO_RAPIDA : DURACAO,
    resistencia_ms,
    modelos: argumentos.ligada("modelos"),
    saida: argumentos.texto("saida", "resultados/carga"),
  };
}

/** A família que o usuário disse; undefined se não disse. */
function lerTipo(argumentos: Argumentos): Familia | undefined {
  return argumentos.veio("tipo") ? argumentos.escolha("tipo", "eco", TIPOS) : undefined;
}

/** Os servidores de `--servidor` e o de `--`; se nenhum, os do roteiro. */
function lerPedidos(argumentos: Argumentos): ServidorPedido[] {
  const pedidos: ServidorPedido[] = argumentos.ligada("modelos")
    ? modelos(lerTipo(argumentos))
    : [];
  if (argumentos.veio("servidor"))
    for (const { nome, partes, porta, pasta } of lerServidores(argumentos))
      if (partes) pedidos.push({ nome, partes, porta, pasta });
  if (argumentos.depois.length > 0) {
    const porta = argumentos.veio("porta")
      ? argumentos.inteiro("porta", 0, 1, 65_535)
      : undefined;
    pedidos.push({ nome: "servidor", partes: argumentos.depois, porta });
  } else if (argumentos.veio("porta")) {
    throw new ErroDeUso(
      "--porta é do comando que vem depois de --; com --servidor, escreva nome=comando@8000",
    );
  }
  recusarRepetidos(pedidos);
  return pedidos.length > 0 ? pedidos : DO_ROTEIRO;
}

function recusarRepetidos(pedidos: ServidorPedido[]): void {
  for (const [i, { nome, porta }] of pedidos.entries()) {
    const anteriores = pedidos.slice(0, i);
    if (anteriores.some((outro) => outro.nome === nome))
      throw new ErroDeUso(`há dois servidores chamados "${nome}"; dê outro nome a um`);
    if (porta !== undefined && anteriores.some((outro) => outro.porta === porta))
      throw new ErroDeUso(`há dois servidores na porta ${porta}; meça um de cada vez`);
  }
}

const DO_ROTEIRO = ["sequencial", "thread", "final"].map((nome): ServidorPedido => ({
  nome,
  partes: [process.execPath, "run", `servidor_${nome}.ts`],
  pasta: join(import.meta.dir, "..", ".."),
}));

/** Lê um tempo como "5min" ou "90s", em ms. */
function lerTempo(texto: string): number {
  const [, valor, unidade] = /^(\d+)(s|min)$/.exec(texto.trim()) ?? [];
  const tempo_ms = Number(valor) * (unidade === "min" ? 60_000 : 1_000);
  if (tempo_ms >= 2_000 && tempo_ms <= 86_400_000) return tempo_ms;
  throw new ErroDeUso(
    `--duracao precisa de um tempo de 2s em diante, como 90s ou 5min, e não de "${texto}"`,
  );
}
