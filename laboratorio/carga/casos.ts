/** As situações em que cada servidor é medido. */
import { quantos, tamanho } from "../relatorio/formato.ts";
import type { Caso, Familia } from "./tipos.ts";

/** Os casos de uma família de servidores, do mais leve ao mais pesado. */
export function casosDe(familia: Familia, clientes = [1, 10, 100]): Caso[] {
  const tamanho_bytes = familia === "saudacao" ? 0 : 64;
  const comuns = clientes.map((n) => ({ familia, clientes: n, tamanho_bytes }));
  if (familia === "saudacao") return comuns;
  return [...comuns, { familia, clientes: 4, tamanho_bytes: 65_536 }];
}

/** O caso por extenso: "10 clientes, mensagens de 64 bytes". */
export function descreverCaso({ familia, clientes, tamanho_bytes }: Caso): string {
  const quem = quantos(clientes, "cliente");
  if (familia === "saudacao") return quem;
  return `${quem}, mensagens de ${tamanho(tamanho_bytes).replace(",0", "")}`;
}

/** O que se conta por segundo. */
export function unidade(familia: Familia): string {
  return familia === "saudacao" ? "conexões/s" : "ecos/s";
}
