/** O processo que o laboratório inicia: o que ele escreve, e quem ele inicia por sua vez. */
import { afterEach, describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aceitaConexao, portaLivre } from "../laboratorio/servidores/portas.ts";
import { Processo } from "../laboratorio/servidores/processo.ts";
import { consultarAte, HA_SINAIS, pastaTemporaria, TEM_PROC } from "./apoio.ts";

setDefaultTimeout(60_000);

/** Um programa que se escreve aqui, executado com este mesmo Bun. */
function programa(codigo: string, opcoes: { porta?: number; pasta?: string } = {}) {
  return new Processo({ comando: [process.execPath, "-e", codigo], ...opcoes });
}

/** Se o processo ainda existe e não é só o registro de um que terminou. */
function existe(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf-8"));
  } catch {
    return false;
  }
}

describe("o que um programa escreve", () => {
  test("as duas saídas chegam, linha a linha, com a letra que veio pela metade", async () => {
    await using processo = programa(`
      const [meia, resto] = [Buffer.from("caf\\u00e9").subarray(0, 4), Buffer.from([0xa9, 10])];
      process.stdout.write(meia);
      await Bun.sleep(30);
      process.stdout.write(resto);
      console.error("deu errado");
      await Bun.sleep(60_000);
    `);
    const chegou = (saida: string) => saida.includes("errado") && saida.includes("é\n");
    expect(await processo.esperar(chegou, 10_000)).toBe(true);
    expect(processo.linhas.map(({ texto }) => texto).sort()).toEqual([
      "café",
      "deu errado",
    ]);
    expect(processo.vivo).toBe(true);
  });

  test("sem saída, só os erros chegam", async () => {
    await using processo = new Processo({
      comando: [process.execPath, "-e", `console.log("sim"); console.error("ai");`],
      semSaida: true,
    });
    expect(await processo.esperarFim(10_000)).toBe(true);
    expect([processo.saida, processo.codigo]).toEqual(["ai\n", 0]);
  });

  test("a última linha chega mesmo sem Enter no fim", async () => {
    await using processo = programa(`process.stdout.write("um\\ndois");`);
    expect(await processo.esperarFim(10_000)).toBe(true);
    expect(processo.linhas.map(({ texto }) => texto)).toEqual(["um", "dois"]);
  });

  test("uma linha que vem em pedaços é uma só, mesmo cortada no meio do fim dela", async () => {
    await using processo = programa(`
      for (const pedaco of ["u", "m\\r", "\\ndo", "is\\n\\r\\n", "três"]) {
        process.stdout.write(pedaco);
        await Bun.sleep(30);
      }
    `);
    expect(await processo.esperarFim(10_000)).toBe(true);
    expect(processo.linhas.map(({ texto }) => texto)).toEqual(["um", "dois", "", "três"]);
  });

  test("quem fechou a própria entrada não derruba quem escreve nela", async () => {
    const fechar = `require("node:fs").closeSync(0); console.log("surdo");`;
    await using surdo = new Processo({
      comando: [process.execPath, "-e", `${fechar} await Bun.sleep(60_000);`],
      entrada: "pipe",
    });
    expect(await surdo.esperar((saida) => saida.includes("surdo"), 10_000)).toBe(true);
    for (let vez = 0; vez < 20; vez++) surdo.escrever("alô?\n");
    surdo.fecharEntrada();
    expect(surdo.vivo).toBe(true);
  });

  test.skipIf(!HA_SINAIS)(
    "quem não obedece ao sinal é encerrado à força; quem obedece se despede",
    async () => {
      const ouvir = (acao: string) =>
        programa(`process.on("SIGTERM", () => { ${acao} }); console.log("pronto");
                setInterval(() => {}, 1000);`);
      const [surdo, educado] = [
        ouvir(""),
        ouvir(`console.log("tchau"); process.exit(7);`),
      ];
      for (const um of [surdo, educado])
        expect(await um.esperar((saida) => saida.includes("pronto"), 10_000)).toBe(true);
      expect(await surdo.encerrar("SIGTERM", 100)).toBeNull();
      expect(await educado.encerrar("SIGTERM", 10_000)).toBe(7);
      expect(educado.saida).toContain("tchau");
    },
  );
});

/** Inicia um filho que só existe: em outra sessão, sem ambiente e sem a saída do pai. */
const FUGIR = `
  const fugir = (comando, opcoes = {}) =>
    Bun.spawn(comando, { env: {}, detached: true, stdio: ["ignore", "ignore", "ignore"], ...opcoes });
`;
const DORMIR = `[process.execPath, "-e", "await Bun.sleep(60_000)"]`;

describe.skipIf(!TEM_PROC)("nada fica para trás (precisa de /proc)", () => {
  const aEncerrar: number[] = [];
  afterEach(() => {
    for (const pid of aEncerrar.splice(0)) if (existe(pid)) process.kill(pid, "SIGKILL");
  });

  /** O número do processo que o programa escreveu como "filho N". */
  async function filhoDe(processo: Processo): Promise<number> {
    expect(await processo.esperar((saida) => /filho \d+\n/.test(saida), 10_000)).toBe(
      true,
    );
    const pid = Number(/filho (\d+)/.exec(processo.saida)?.[1]);
    aEncerrar.push(pid);
    return pid;
  }

  const esperarSumir = (pid: number) =>
    consultarAte(() => Number(existe(pid)), 0, 10_000, `processos ${pid} em execução`);

  /** O número do processo que escreveu no arquivo `pid` da pasta. */
  async function pidAnotado(pasta: string): Promise<number> {
    const arquivo = join(pasta, "pid");
    const ler = () => (existsSync(arquivo) ? Number(readFileSync(arquivo, "utf-8")) : 0);
    await consultarAte(() => Number(ler() > 0), 1, 10_000, "números anotados");
    aEncerrar.push(ler());
    return ler();
  }

  test("o filho em outra sessão, sem o ambiente herdado", async () => {
    const processo = programa(`${FUGIR}
      console.log("filho", fugir(${DORMIR}).pid);
      await Bun.sleep(60_000);`);
    const filho = await filhoDe(processo);
    await processo.encerrar();
    await esperarSumir(filho);
  });

  test("o neto que ficou órfão antes de alguém olhar, mas escreve pela mesma saída", async () => {
    const processo = new Processo({
      comando: [
        "sh",
        "-c",
        `env -i setsid --fork sh -c 'echo filho $$; exec sleep 60'; sleep 0.5`,
      ],
    });
    await processo.fim;
    const filho = await filhoDe(processo);
    expect(existe(filho)).toBe(true);
    await processo.encerrar();
    await esperarSumir(filho);
  });

  test("o órfão em outra sessão que ainda tem o ambiente herdado", async () => {
    using pasta = pastaTemporaria();
    const processo = new Processo({
      comando: [
        "sh",
        "-c",
        `setsid --fork sh -c 'echo $$ > pid; exec sleep 60' </dev/null >/dev/null 2>&1`,
      ],
      pasta: pasta.caminho,
    });
    await processo.fim;
    const filho = await pidAnotado(pasta.caminho);
    await processo.encerrar();
    await esperarSumir(filho);
  });

  test("o órfão que perdeu tudo, visto enquanto ainda tinha pai", async () => {
    const processo = programa(`${FUGIR}
      const filho = fugir(${DORMIR});
      filho.unref();
      console.log("filho", filho.pid);
      process.on("SIGTERM", () => process.exit(0));
      setInterval(() => {}, 1000);`);
    const filho = await filhoDe(processo);
    process.kill(processo.pid, "SIGTERM");
    await processo.fim;
    expect(existe(filho)).toBe(true);
    await processo.encerrar();
    await esperarSumir(filho);
  });

  test("o órfão que perdeu tudo, mas atende na porta dada", async () => {
    const porta = portaLivre();
    using pasta = pastaTemporaria();
    const servir = join(pasta.caminho, "servir.ts");
    await Bun.write(
      servir,
      `Bun.listen({ hostname: "127.0.0.1", port: ${porta}, socket: { data() {} } });
       await Bun.write("pid", String(process.pid));`,
    );
    const processo = new Processo({
      comando: [
        "sh",
        "-c",
        `env -i setsid --fork "${process.execPath}" "${servir}" </dev/null >/dev/null 2>&1`,
      ],
      porta,
      pasta: pasta.caminho,
    });
    await processo.fim;
    const filho = await pidAnotado(pasta.caminho);
    expect(await aceitaConexao(porta)).toBe(true);
    await processo.encerrar();
    await esperarSumir(filho);
  });

  test("o de um programa que termina antes de alguém olhar para ele", async () => {
    const porta = portaLivre();
    using pasta = pastaTemporaria();
    const codigo = `Bun.listen({ hostname: "127.0.0.1", port: ${porta}, socket: { data() {} } });
                    await Bun.write("pid", String(process.pid));`;
    await Bun.write(join(pasta.caminho, "servir.ts"), codigo);
    // O pai já terminou quando se começa a olhar: quem inicia programas pode perder a vez
    const atrasar = spyOn(Bun, "spawn").mockImplementation(((...partes: never[]) => {
      atrasar.mockRestore();
      const processo = (Bun.spawn as (...partes: never[]) => Bun.Subprocess)(...partes);
      Bun.sleepSync(300);
      return processo;
    }) as never);
    const processo = new Processo({
      comando: [
        "sh",
        "-c",
        `env -i setsid --fork "${process.execPath}" servir.ts </dev/null >/dev/null 2>&1`,
      ],
      porta,
      pasta: pasta.caminho,
    });
    const filho = await pidAnotado(pasta.caminho);
    await processo.encerrar();
    await esperarSumir(filho);
  });

  test("quem não é da família continua, mesmo que atenda na porta dada", async () => {
    const porta = portaLivre();
    const atender = `Bun.listen({ hostname: "127.0.0.1", port: ${porta}, reusePort: true, socket: { data() {} } });
                     console.log("pronto"); await Bun.sleep(60_000);`;
    const antigo = Bun.spawn([process.execPath, "-e", atender], { env: {} });
    aEncerrar.push(antigo.pid);
    await Bun.sleep(20); // o relógio de /proc conta de 10 em 10 ms
    const processo = programa(`console.log("pronto"); await Bun.sleep(60_000);`, {
      porta,
    });
    await using outro = programa(atender);
    for (const um of [processo, outro])
      expect(await um.esperar((saida) => saida.includes("pronto"), 10_000)).toBe(true);
    await processo.encerrar();
    await Bun.sleep(20);
    expect([processo, outro, antigo].map(({ pid }) => existe(pid))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

test("uma porta livre nunca é dada duas vezes, nem é das que o sistema distribui", () => {
  const portas = Array.from({ length: 500 }, portaLivre);
  expect(new Set(portas).size).toBe(portas.length);
  expect(portas.every((porta) => porta >= 10_000 && porta < 32_768)).toBe(true);
});
