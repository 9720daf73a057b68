/** A lei: um servidor sequencial atende o último de N clientes em N·T; um de threads, em T. */
import { ms, numero } from "../relatorio/formato.ts";
import type { Modelo } from "../servidores/pedidos.ts";
import type { Resumo } from "./tipos.ts";

/** Até que distância, em fração do previsto, a medida ainda confere com a lei. */
export const TOLERANCIA = 0.25;

/**
 * O makespan que a lei prevê, em ms, para N clientes ao mesmo tempo e um tempo de atendimento
 * T: N·T se o servidor atende um de cada vez, T se atende todos ao mesmo tempo.
 *
 * @returns null se não há tempo de atendimento ou não se sabe como o servidor atende.
 */
export function prever(
  modelo: Modelo,
  clientes: number,
  atraso_ms: number | null,
): number | null {
  if (!atraso_ms || modelo === "desconhecido") return null;
  return modelo === "sequencial" ? clientes * atraso_ms : atraso_ms;
}

/**
 * A previsão ao lado da medida, em uma frase, e se conferem. De um servidor que não se sabe
 * como atende, o que a medida sugere; null se nem isso ela diz.
 */
export function confrontar(resumo: Resumo, modelo: Modelo): string | null {
  const { servidor, atraso_ms, clientes, makespan_ms, confere } = resumo;
  if (!atraso_ms) return null;
  const fila_ms = clientes * atraso_ms;
  const lei = {
    sequencial: `N·T = ${clientes} × ${numero(atraso_ms)} ms = ${numero(fila_ms)} ms`,
    concorrente: `T = ${numero(atraso_ms)} ms`,
  };
  const medido = `medido ${ms(makespan_ms)} ms`;
  if (modelo === "desconhecido") {
    if (clientes === 1) return null;
    if (perto(makespan_ms, fila_ms))
      return `${servidor}: ${medido}, perto de ${lei.sequencial}: parece atender um cliente de cada vez`;
    if (perto(makespan_ms, atraso_ms))
      return `${servidor}: ${medido}, perto de ${lei.concorrente}: parece atender todos ao mesmo tempo`;
    return null;
  }
  const desvio =
    100 * (makespan_ms / (modelo === "sequencial" ? fila_ms : atraso_ms) - 1);
  const diferenca = `${numero(Math.abs(desvio), 1)} % a ${desvio < 0 ? "menos" : "mais"}`;
  return `${servidor}: previsto ${lei[modelo]}, ${medido}: ${confere ? "confere" : "não confere"} (${diferenca})`;
}

/** Se a medida confere com a previsão: até um quarto a mais ou a menos. */
export function perto(medido_ms: number, previsto_ms: number): boolean {
  return Math.abs(medido_ms / previsto_ms - 1) <= TOLERANCIA;
}

/**
 * Se um atendimento de `atraso_ms` cabe em uma espera: quem responde bem antes disso não fez
 * o atraso pedido, e não há o que deduzir.
 */
export function cabeOAtendimento(espera_ms: number, atraso_ms: number | null): boolean {
  return !!atraso_ms && espera_ms >= 0.9 * atraso_ms;
}

/**
 * A espera mediana que a lei prevê, em ms: na fila do servidor sequencial, o cliente k
 * espera k·T e o do meio, (N+1)/2·T; com uma thread para cada um, todos esperam T.
 *
 * @returns null se o modelo é desconhecido ou não há tempo de atendimento.
 */
export function esperaPrevista(
  modelo: Modelo,
  atraso_ms: number | null,
  clientes: number,
): number | null {
  const ultimo_ms = prever(modelo, clientes, atraso_ms);
  if (ultimo_ms === null || modelo === "concorrente") return ultimo_ms;
  return (ultimo_ms * (clientes + 1)) / (2 * clientes);
}
