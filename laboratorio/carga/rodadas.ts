/** As rodadas: cada uma mede todos os servidores em todos os casos, um logo depois do outro. */
import { ErroDeUso } from "../comando/erros.ts";
import type { ComoIniciar, Elenco } from "../servidores/elenco.ts";
import { casosDe } from "./casos.ts";
import { type Descoberta, sondar } from "./sonda.ts";
import type { Caso, Familia } from "./tipos.ts";

/** Um servidor, e o que se descobriu conversando com ele. */
export interface Conhecido {
  pedido: ComoIniciar;
  descoberta: Descoberta;
}

/** Uma medição a fazer. */
export interface Passo {
  servidor: Conhecido;
  caso: Caso;
  rodada: number;
}

/**
 * Conversa uma vez com cada servidor, para saber o que ele faz.
 *
 * @throws {ErroDeUso} um deles não abre a porta, não saúda nem ecoa.
 */
export async function conhecer(
  elenco: Elenco,
  servidores: ComoIniciar[],
  tipo?: Familia,
): Promise<Conhecido[]> {
  const conhecidos: Conhecido[] = [];
  for (const pedido of servidores) {
    const descoberta = await elenco.usar(pedido, (servidor) =>
      sondar(servidor.porta, tipo).catch((erro: unknown) => {
        throw erro instanceof ErroDeUso ? servidor.erro(erro.message) : erro;
      }),
    );
    conhecidos.push({ pedido, descoberta });
  }
  return conhecidos;
}

/**
 * O plano: em cada rodada, todos os casos e, em cada caso, todos os servidores da família. A
 * ordem dos servidores se inverte a cada rodada, para que o que muda na máquina com o tempo
 * não pese sempre sobre o mesmo.
 */
export function planejar(
  conhecidos: Conhecido[],
  clientes: number[],
  rodadas: number,
): Passo[] {
  return Array.from({ length: rodadas }, (_, i) =>
    familias(conhecidos).flatMap((familia) => {
      const servidores = conhecidos.filter((um) => um.descoberta.familia === familia);
      if (i % 2 === 1) servidores.reverse();
      return casosDe(familia, clientes).flatMap((caso) =>
        servidores.map((servidor) => ({ servidor, caso, rodada: i + 1 })),
      );
    }),
  ).flat();
}

/** As famílias que há entre os servidores, na ordem em que aparecem. */
export function familias(conhecidos: Conhecido[]): Familia[] {
  return [...new Set(conhecidos.map(({ descoberta }) => descoberta.familia))];
}

/** O servidor de referência de uma família: o mais simples possível. */
export function referencia(familia: Familia): ComoIniciar {
  const arquivo = `${import.meta.dir}/referencia.ts`;
  return { nome: "referência", partes: [process.execPath, arquivo, familia] };
}
