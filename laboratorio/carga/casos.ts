/** As situações em que cada servidor é medido. */
import { numero, quantos, tamanho } from "../relatorio/formato.ts";
import type { Caso, Familia } from "./tipos.ts";

/** Os casos de uma família de servidores, do mais leve ao mais pesado. */
export function casosDe(familia: Familia, clientes = [1, 10, 100]): Caso[] {
  if (familia === "saudacao")
    return clientes.map((n) => ({ familia, clientes: n, tamanho_bytes: 0 }));
  return [
    ...clientes.map((n) => ({ familia, clientes: n, tamanho_bytes: 64 })),
    { familia, clientes: 4, tamanho_bytes: 65_536 },
  ];
}

/** Os casos, sem repetir, na ordem em que aparecem. */
export function casosDos(todos: Caso[]): Caso[] {
  return todos.filter(
    (caso, i) => todos.findIndex((outro) => mesmoCaso(caso, outro)) === i,
  );
}

/** Se os dois casos são o mesmo. */
export function mesmoCaso(a: Caso, b: Caso): boolean {
  return (
    a.familia === b.familia &&
    a.clientes === b.clientes &&
    a.tamanho_bytes === b.tamanho_bytes
  );
}

/** O caso por extenso: "10 clientes, mensagens de 64 bytes". */
export function descrever({ familia, clientes, tamanho_bytes }: Caso): string {
  const quem = quantos(clientes, "cliente");
  if (familia === "saudacao") return quem;
  return `${quem}, mensagens de ${tamanho(tamanho_bytes).replace(",0", "")}`;
}

/** O que se conta por segundo. */
export function unidade(familia: Familia): string {
  return familia === "saudacao" ? "conexões/s" : "ecos/s";
}

/** A velocidade como se lê: com "≥" quando o limite pode ter sido o do gerador. */
export function velocidade(resumo: {
  porSegundo: { mediana: number };
  limitadaPeloGerador: boolean;
}): string {
  const { porSegundo, limitadaPeloGerador } = resumo;
  return `${limitadaPeloGerador ? "≥ " : ""}${numero(porSegundo.mediana)}`;
}
