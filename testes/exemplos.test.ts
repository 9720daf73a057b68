/** Os exemplos escritos nos comentários do laboratório: cada um é executado e conferido. */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { join } from "node:path";

const LABORATORIO = join(import.meta.dir, "../laboratorio");

interface Exemplo {
  arquivo: string;
  expressao: string;
  /** O valor que o comentário promete, como se escreve em TypeScript. */
  valor: string;
}

/** Os blocos `@example` e as frases como "`f(x)` é "y"". */
async function lerExemplos(): Promise<{ exemplos: Exemplo[]; blocos: number }> {
  const exemplos: Exemplo[] = [];
  let blocos = 0;
  for await (const arquivo of new Glob("**/*.ts").scan(LABORATORIO)) {
    const texto = await Bun.file(join(LABORATORIO, arquivo)).text();
    for (const [, bloco = ""] of texto.matchAll(/@example\n([\s\S]*?)\*\//g)) {
      blocos++;
      const codigo = bloco.replace(/^ *\* ?/gm, "").replace(/```(ts)?\n?/g, "");
      for (const [, expressao = "", valor = ""] of codigo.matchAll(
        /([\s\S]+?);\s*\/\/ (.+(?:\n\/\/ .+)*)\n/g,
      ))
        exemplos.push({
          arquivo,
          expressao: expressao.trim(),
          valor: valor.replaceAll("\n// ", " "),
        });
    }
    for (const [, expressao = "", valor = ""] of texto.matchAll(
      /`([a-zA-Z]+\([^`]*\))` é ("[^"]*")/g,
    ))
      exemplos.push({ arquivo, expressao, valor });
  }
  return { exemplos, blocos };
}

const { exemplos, blocos } = await lerExemplos();

test("há exemplos, e nenhum bloco @example ficou sem o que conferir", () => {
  const comExemplo = new Set(exemplos.map(({ arquivo }) => arquivo));
  expect(exemplos.length).toBeGreaterThanOrEqual(blocos);
  expect(blocos).toBeGreaterThan(5);
  expect(comExemplo.size).toBeGreaterThan(5);
});

describe.each(exemplos)("$arquivo", ({ arquivo, expressao, valor }) => {
  test(expressao, async () => {
    const modulo: Record<string, unknown> = await import(join(LABORATORIO, arquivo));
    const avaliar = (codigo: string) =>
      new Function(...Object.keys(modulo), `return ${codigo}`)(...Object.values(modulo));
    const [veio, prometido] = [avaliar(expressao), avaliar(`(${valor})`)];
    if (typeof prometido === "number") expect(veio).toBeCloseTo(prometido, 9);
    else expect(veio).toEqual(prometido);
  });
});
