/** A casa é a que o laboratorio/README.md descreve: salas, quem usa quem, arquivos e nomes. */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const RAIZ = join(import.meta.dir, "..");
const LABORATORIO = join(RAIZ, "laboratorio");
const readme = await Bun.file(join(LABORATORIO, "README.md")).text();
const pagina = readme.slice(readme.indexOf("## Para quem vai continuar isto"));

/** Nem tudo é sala: isto são medidas guardadas. */
const GUARDADOS = ["exemplo"];

/** De cada sala da página, as que ela diz usar. */
const escritas = new Map(
  [...pagina.matchAll(/^\| `(\w+)\/` +\|[^|]+\|([^|]*)\|$/gm)].map(
    ([, sala, usa = ""]) => [sala ?? "", usa.trim().split(", ").filter(Boolean)],
  ),
);

/** De cada sala do código, as que os arquivos dela importam. */
async function salasDeVerdade(): Promise<Map<string, string[]>> {
  const salas = new Map<string, Set<string>>();
  for await (const arquivo of new Glob("*/**/*.ts").scan(LABORATORIO)) {
    const sala = arquivo.split(/[\\/]/)[0] ?? "";
    const usa = salas.get(sala) ?? new Set();
    const texto = await Bun.file(join(LABORATORIO, arquivo)).text();
    for (const [, alvo = ""] of texto.matchAll(/from "(\.[^"]+)"/g)) {
      const [outra = ""] = relative(
        LABORATORIO,
        join(LABORATORIO, dirname(arquivo), alvo),
      ).split(/[\\/]/);
      if (outra !== sala) usa.add(outra);
    }
    salas.set(sala, usa);
  }
  return new Map([...salas].map(([sala, usa]) => [sala, [...usa].sort()]));
}

test("as salas são as da página, e cada uma usa as que ela diz", async () => {
  const pastas = readdirSync(LABORATORIO, { withFileTypes: true })
    .filter((entrada) => entrada.isDirectory() && !GUARDADOS.includes(entrada.name))
    .map(({ name }) => name);
  expect([...escritas.keys()].sort()).toEqual(pastas.sort());
  expect(Object.fromEntries(escritas)).toEqual(
    Object.fromEntries(await salasDeVerdade()),
  );
});

test("cada sala só usa as que estão abaixo dela: não há volta", () => {
  const nomes = [...escritas.keys()];
  for (const [sala, usa] of escritas)
    for (const outra of usa)
      expect(nomes.indexOf(outra), `${sala} usa ${outra}`).toBeGreaterThan(
        nomes.indexOf(sala),
      );
});

test("na raiz só há comandos e servidores", async () => {
  for (const arquivo of readdirSync(LABORATORIO).filter((nome) => nome.endsWith(".ts"))) {
    const texto = await Bun.file(join(LABORATORIO, arquivo)).text();
    expect(/executarComando\(principal\)|^ \* .*servidor/im.test(texto), arquivo).toBe(
      true,
    );
    expect(/^export /m.test(texto), `${arquivo} é para ser importado`).toBe(false);
  }
});

describe("os arquivos e os nomes da página existem", () => {
  const arquivos = new Set(
    [...pagina.matchAll(/`((?:[\w-]+\/)*\w+\.(?:ts|md))`/g)].map(
      ([, nome]) => nome ?? "",
    ),
  );
  test.each([...arquivos])("%s", (nome) => {
    const lugares = [LABORATORIO, RAIZ].map((pasta) => join(pasta, nome));
    const inventado = nome.includes("NOME");
    expect(inventado || lugares.some((lugar) => existsSync(lugar))).toBe(true);
  });

  const nomes = [...pagina.matchAll(/`([\w/]+\.ts)`: `(\w+)`/g)];
  test("o caminho de uma medida passa por mais de dez deles", () => {
    expect(nomes.length).toBeGreaterThan(10);
  });
  test.each(nomes.map(([, arquivo, nome]) => [arquivo ?? "", nome ?? ""]))(
    "%s exporta %s",
    async (arquivo, nome) => {
      const texto = await Bun.file(join(LABORATORIO, arquivo)).text();
      const exporta = `^export (async )?(function|class|interface|const) ${nome}\\b`;
      expect(new RegExp(exporta, "m").test(texto)).toBe(true);
    },
  );
});

test("um nome exportado é o de uma função só", async () => {
  const donos = new Map<string, string[]>();
  for await (const arquivo of new Glob("**/*.ts").scan(LABORATORIO)) {
    // O servidor posix é uma listagem: lê-se sozinho, com os nomes que ela pede
    if (arquivo.startsWith("posix/")) continue;
    const texto = await Bun.file(join(LABORATORIO, arquivo)).text();
    const nomes = texto.matchAll(/^export (?:async )?(?:function\*?|class) (\w+)/gm);
    for (const [, nome = ""] of nomes)
      donos.set(nome, [...(donos.get(nome) ?? []), arquivo]);
  }
  expect(donos.size).toBeGreaterThan(100);
  expect([...donos].filter(([, arquivos]) => arquivos.length > 1)).toEqual([]);
});
