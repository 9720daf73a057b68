/** A versão do Bun está escrita em um lugar só, e os outros concordam com ele. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import pacote from "../package.json";

const RAIZ = join(import.meta.dir, "..");
const versao = pacote.packageManager.replace("bun@", "");

/** O texto de um arquivo da raiz do projeto. */
async function ler(arquivo: string): Promise<string> {
  return await Bun.file(join(RAIZ, arquivo)).text();
}

test("packageManager fixa a versão exata do Bun", () => {
  expect(pacote.packageManager).toMatch(/^bun@\d+\.\d+\.\d+$/);
});

test("bun-types é dessa versão, no package.json e no bun.lock", async () => {
  expect(pacote.devDependencies["bun-types"]).toBe(versao);
  expect(await ler("bun.lock")).toContain(`"bun-types@${versao}"`);
});

test("estes testes rodam com essa versão", () => {
  expect(Bun.version).toBe(versao);
});

test.skipIf(!existsSync(join(RAIZ, "Dockerfile")))(
  "o Dockerfile parte dessa versão",
  async () => {
    const bases = [...(await ler("Dockerfile")).matchAll(/^FROM (\S+)/gim)].map(
      (m) => m[1],
    );
    expect(bases.length).toBeGreaterThan(0);
    for (const base of bases)
      expect(base).toMatch(
        new RegExp(`^(docker\\.io/)?oven/bun:${RegExp.escape(versao)}(-|$)`),
      );
  },
);

test.skipIf(!existsSync(join(RAIZ, "README.md")))(
  "os comandos do README e do GitHub instalam essa versão",
  async () => {
    const textos = [await ler("README.md"), await ler(".github/workflows/testes.yml")];
    const usadas = [...textos.join("\n").matchAll(/\bbun@([\w.]+)/g)].map((m) => m[1]);
    expect(usadas.length).toBeGreaterThanOrEqual(2);
    expect(new Set(usadas)).toEqual(new Set([versao]));
  },
);
