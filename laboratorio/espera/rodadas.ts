/** As rodadas de um plano, uma a uma, e o que dizer de cada uma enquanto se mede. */
import { quantos } from "../relatorio/formato.ts";
import type { Modelo } from "../servidores/pedidos.ts";
import type { Endereco } from "../servidores/portas.ts";
import { prever } from "./lei.ts";
import { medirRodada } from "./medicao.ts";
import type { Passo } from "./plano.ts";
import type { Rodada } from "./tipos.ts";

/**
 * Faz as rodadas do plano. Antes da primeira de um servidor recém-iniciado vem a de
 * aquecimento, que tem o número 0 e tantos clientes quantos a maior.
 *
 * @param ligar o endereço do servidor de um passo, e se ele precisa aquecer.
 * @throws a razão da interrupção.
 */
export async function* medirRodadas(
  plano: Passo[],
  ligar: (passo: Passo) => Promise<{ endereco: Endereco; novo: boolean }>,
  interrupcao: AbortSignal,
): AsyncGenerator<Rodada> {
  const maisClientes = Math.max(...plano.map(({ clientes }) => clientes));
  for (const passo of plano) {
    const { endereco, novo } = await ligar(passo);
    const aquecimento = { ...passo, clientes: maisClientes, rodada: 0 };
    for (const cada of novo ? [aquecimento, passo] : [passo])
      yield await medirRodada(endereco, cada, interrupcao);
  }
}

/** A queixa de uma rodada em que ninguém foi atendido; null se alguém foi. */
export function ninguemAtendido({ clientes, atendimentos }: Rodada): string | null {
  if (atendimentos.some(({ erro }) => erro === null)) return null;
  return `não atendeu ninguém em uma rodada com ${quantos(clientes, "cliente")}: ${atendimentos[0]?.erro}`;
}

/** O que se diz de um passo na barra de progresso. */
export function faseDo({ servidor, clientes, rodada }: Passo, rodadas: number): string {
  return `rodada ${rodada} de ${rodadas}: ${servidor}, ${quantos(clientes, "cliente")}`;
}

/** Quanto um passo costuma demorar, em ms: é o que faz a barra de progresso andar por igual. */
export function esforcoDo(
  { clientes, atraso_ms }: Pick<Passo, "clientes" | "atraso_ms">,
  modelo: Modelo,
): number {
  return 10 + (prever(modelo, clientes, atraso_ms) ?? 0);
}
