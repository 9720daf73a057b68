/** A seção "Quatro servidores, uma tarefa" do README diz o que os servidores são e fazem. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { descreverCaso } from "../laboratorio/carga/casos.ts";
import { resumir } from "../laboratorio/carga/resumo.ts";
import type { DadosDaCarga } from "../laboratorio/carga/tipos.ts";
import { type Chamada, chamadas } from "../laboratorio/posix/chamadas.ts";
import { numero, vezes } from "../laboratorio/relatorio/formato.ts";
import { comando } from "./apoio.ts";

setDefaultTimeout(60_000);

const RAIZ = join(import.meta.dir, "..");
const README = readFileSync(join(RAIZ, "laboratorio/README.md"), "utf-8");
const SECAO =
  README.split("## Quatro servidores, uma tarefa\n")[1]?.split("\n## ")[0] ?? "";

/** Cada servidor da seção: o arquivo, o trecho dele e as chamadas. */
const SERVIDORES = [
  ...SECAO.matchAll(/^### \w+: \[`(.+?)`\].*?```ts\n(.*?)```.*?```text\n(.*?)```/gms),
].map(([, arquivo = "", trecho = "", chamadas = ""]) => ({ arquivo, trecho, chamadas }));

/** Se o strace está aqui e o sistema o deixa observar um processo. */
const HA_STRACE =
  Bun.which("strace") !== null && Bun.spawnSync(["strace", "-qq", "true"]).success;

test("são quatro", () => {
  expect(SERVIDORES.map(({ arquivo }) => arquivo)).toEqual([
    "servidor_sequencial.ts",
    "servidor_thread.ts",
    "laboratorio/servidor_eventos.ts",
    "laboratorio/servidor_posix.ts",
  ]);
});

describe.each(SERVIDORES)("$arquivo", ({ arquivo, trecho, chamadas: escritas }) => {
  test("o trecho está no arquivo, na mesma ordem", () => {
    const semRecuo = (texto: string) => texto.split("\n").map((linha) => linha.trim());
    const linhas = semRecuo(readFileSync(join(RAIZ, arquivo), "utf-8"));
    for (const parte of trecho.trim().split("\n\n")) {
      const esperadas = semRecuo(parte);
      const inicio = linhas.findIndex((_, i) =>
        esperadas.slice(0, -1).every((linha, j) => linhas[i + j] === linha),
      );
      expect([arquivo, esperadas[0], inicio >= 0]).toEqual([arquivo, esperadas[0], true]);
    }
  });

  test.skipIf(!HA_STRACE)(
    "as chamadas são as do strace, pelas mesmas threads",
    async () => {
      // O número de um descritor e o espaço que a porta do cliente ocupa mudam a cada vez
      const comparavel = ({ thread, nome, argumentos }: Chamada) =>
        `${thread} ${nome} ${/".*"/.exec(argumentos)?.[0] ?? ""}`.trim();
      const vistas = (await chamadas(comando(arquivo), RAIZ)).map(comparavel);
      const noReadme = escritas
        .trim()
        .split("\n")
        .map((linha) => {
          const [, thread, nome = "", argumentos = ""] =
            /^(\w+) +(\w+)\((.*)\) = \d+$/.exec(linha) ?? [];
          expect(["principal", "outra"]).toContain(thread ?? linha);
          return comparavel({
            thread: thread as Chamada["thread"],
            ...{ nome, argumentos, resultado: "" },
          });
        });
      expect(vistas).toEqual(noReadme);
    },
  );
});

test("a tabela de velocidade é a dos dados guardados", async () => {
  const dados: DadosDaCarga = await Bun.file(
    join(RAIZ, "laboratorio/exemplo/carga_posix.json"),
  ).json();
  const [python, posix, c] = dados.servidores;
  if (!python || !posix || !c) throw new Error("os dados deviam ter três servidores");
  const contraC = resumir({ ...dados, servidores: [c, posix] });
  const celulas = resumir(dados).map(({ caso, resumos }, i) => {
    const de = (nome: string) => resumos.find(({ servidor }) => servidor === nome);
    const { razao } = de(posix.nome) ?? {};
    return [
      descreverCaso(caso),
      ...[python, posix, c].map(({ nome }) =>
        numero(de(nome)?.porSegundo.mediana ?? null),
      ),
      vezes(razao?.mediana ?? null),
      `${vezes(razao?.minimo ?? null)} a ${vezes(razao?.maximo ?? null)}`,
      vezes(contraC[i]?.resumos[1]?.razao?.mediana ?? null),
    ];
  });
  const tabela = SECAO.split("\n")
    .filter((linha) => /^\| \d+ clientes?, /.test(linha))
    .map((linha) =>
      linha
        .split("|")
        .slice(1, -1)
        .map((celula) => celula.trim()),
    );
  expect(tabela).toEqual(celulas);
  expect(tabela).toHaveLength(4);

  // E os picos de memória que o texto diz
  const picos = [posix, c].flatMap(({ nome }) =>
    [10, 100].map((clientes) => {
      const doCaso = resumir(dados)
        .find(({ caso }) => caso.clientes === clientes && caso.tamanho_bytes === 64)
        ?.resumos.find(({ servidor }) => servidor === nome);
      return numero((doCaso?.pico_bytes ?? 0) / (1 << 20));
    }),
  );
  const [, ...escritos] =
    /pico foi de (\S+) MiB com 10 clientes e de (\S+) MiB com 100; o do C, de (\S+) e (\S+) MiB/.exec(
      SECAO,
    ) ?? [];
  expect(escritos).toEqual(picos);
  expect(Number(escritos[0])).toBeLessThanOrEqual(80);
  expect(Number(escritos[1])).toBeLessThanOrEqual(350);
});
