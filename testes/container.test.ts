/**
 * O Dockerfile, construído e executado em um motor de verdade: o Docker e, se houver, o Podman.
 *
 * Sem motor, ou sem a imagem base, os testes são pulados e dizem por quê. Na integração
 * contínua (CI=true) o Docker não pode faltar: lá, pular em silêncio seria passar sem testar.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Motor, MOTORES } from "../laboratorio/container/motor.ts";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import {
  conferirMotor,
  contarNoMotor,
  IMAGEM_BASE,
  NADA_NO_MOTOR,
} from "./motor_de_teste.ts";

setDefaultTimeout(60_000);

const PASTA = `${import.meta.dir}/..`;
const DOCKERFILE = await Bun.file(`${PASTA}/Dockerfile`).text();
const ENCERRADO = "Servidor sendo encerrado pelo usuário.";

for (const nome of MOTORES) {
  const { falta, pular } = await conferirMotor(nome);

  describe.skipIf(pular)(`container no ${nome}`, () => {
    let motor: Motor;
    const imagens: Record<string, string | undefined> = {};
    /** Um servidor_thread.ts no ar, para quem só olha. */
    let noAr: { container: string; porta: number };

    beforeAll(async () => {
      if (falta !== null) throw new Error(falta);
      motor = await Motor.encontrar(nome);
      [imagens.thread, imagens.sequencial, imagens.final] = await Promise.all([
        motor.construir(PASTA),
        motor.construir(PASTA, "servidor_sequencial.ts"),
        motor.construir(PASTA, "servidor_final.ts"),
      ]);
      noAr = await publicar("thread", 8000);
    }, 120_000);

    afterAll(async () => void (await motor?.removerTudo()));

    test.concurrent(
      "sem escolha, a imagem é a do servidor_thread.ts, que atende de fora",
      async () => {
        expect(await cliente("cliente.ts", noAr.porta)).toBe(
          "Resposta do servidor: Olá, cliente! Você está conectado ao servidor TCP multithread.\n",
        );
      },
    );

    test.concurrent(
      "--build-arg SERVIDOR=servidor_sequencial.ts troca o servidor",
      async () => {
        const { container, porta } = await publicar("sequencial", 8000);
        expect(await cliente("cliente.ts", porta)).toBe(
          "Resposta do servidor: Olá, cliente! Você está conectado ao servidor TCP.\n",
        );
        await motor.remover(container);
      },
    );

    test.concurrent(
      "o servidor_final.ts ecoa para quem está fora do container",
      async () => {
        const { container, porta } = await publicar("final", 5555);
        expect(await cliente("cliente_final.ts", porta, "Olá, eco! ção\n")).toContain(
          "Servidor respondeu: Olá, eco! ção\n",
        );
        await motor.remover(container);
      },
    );

    test.concurrent(
      "stop encerra em ordem, com código 0, até no meio de um atendimento",
      async () => {
        const { container, porta } = await publicar("thread", 8000, {
          ATRASO_MS: "60000",
        });
        const ocupado = await Bun.connect({
          hostname: "127.0.0.1",
          port: porta,
          socket: { data() {} },
        });
        await esperarRegistro(container, "Conexão estabelecida com");

        // Quem não ouve o pedido é morto aos 10 s, e o código é outro
        await motor.parar(container);
        expect(await motor.inspecionar(container, "{{.State.ExitCode}}")).toBe("0");
        expect((await motor.registros(container)).trim().split("\n").at(-1)).toBe(
          ENCERRADO,
        );
        ocupado.terminate();
        await motor.remover(container);
      },
    );

    test.concurrent(
      "o Ctrl+C (SIGINT) também encerra o servidor, com código 0",
      async () => {
        const { container } = await publicar("thread", 8000);
        await motor.exigir(["kill", "--signal", "SIGINT", container]);
        expect(await motor.exigir(["wait", container])).toBe("0");
        expect(await motor.registros(container)).toBe(
          `Servidor TCP multithread rodando na porta 8000...\n\n${ENCERRADO}\n`,
        );
        await motor.remover(container);
      },
    );

    test.concurrent("o servidor é o processo 1 e não é root", async () => {
      const dentro = await motor.executarDentro(noAr.container, [
        "bun",
        "-e",
        `const { readFileSync } = require("node:fs");
         const status = readFileSync("/proc/1/status", "utf8");
         const comando = readFileSync("/proc/1/cmdline", "utf8").split("\\0").join(" ").trim();
         console.log(JSON.stringify({ uid: /^Uid:\\s+(\\d+)/m.exec(status)[1], comando }));`,
      ]);
      expect(JSON.parse(dentro.saida)).toEqual({
        uid: "1000",
        comando: "bun run servidor.ts",
      });
    });

    test.concurrent(
      "a imagem é a base e mais um arquivo, o script: nada foi instalado",
      async () => {
        const naBase = new Set(await arquivos(IMAGEM_BASE));
        const naImagem = await arquivos(imagens.thread ?? "");
        expect(naImagem.filter((nome) => !naBase.has(nome))).toEqual(["/servidor.ts"]);
        expect(DOCKERFILE).not.toMatch(/^\s*(RUN|ADD)\b/im);

        const { saida } = await motor.executarDentro(noAr.container, [
          "bun",
          "-e",
          `await Bun.write(Bun.stdout, Bun.file("/servidor.ts"))`,
        ]);
        expect(saida).toBe(await Bun.file(`${PASTA}/servidor_thread.ts`).text());
      },
    );

    test.serial("no fim, nada fica para trás", async () => {
      await motor.iniciar({
        imagem: imagens.thread ?? "",
        rede: await motor.criarRede(),
      });
      const marca = `-tcp-${process.pid}-`;
      for (const quantos of Object.values(contarNoMotor(nome, marca)))
        expect(quantos).toBeGreaterThan(0);
      expect(await motor.removerTudo()).toEqual([]);
      expect(contarNoMotor(nome, marca)).toEqual(NADA_NO_MOTOR);
    });

    /** Inicia um container com a porta publicada em 127.0.0.1 e espera o servidor abri-la. */
    async function publicar(
      qual: string,
      porta: number,
      ambiente?: Record<string, string>,
    ): Promise<{ container: string; porta: number }> {
      const fora = portaLivre();
      const container = await motor.iniciar({
        imagem: imagens[qual] ?? "",
        publicar: { dentro: porta, fora },
        ambiente,
      });
      await esperarRegistro(container, `${porta}`);
      return { container, porta: fora };
    }

    async function esperarRegistro(container: string, trecho: string): Promise<void> {
      const limite = performance.now() + 15_000;
      while (!(await motor.registros(container)).includes(trecho)) {
        if (performance.now() > limite)
          throw new Error(
            `"${trecho}" não veio em:\n${await motor.registros(container)}`,
          );
        await Bun.sleep(20);
      }
    }

    /** Todos os arquivos de uma imagem, sem os que o sistema mostra só durante a execução. */
    async function arquivos(imagem: string): Promise<string[]> {
      const listar = `
        const { readdirSync } = require("node:fs");
        const pular = ["/proc", "/sys", "/dev", "/run"];
        const abrir = (pasta) => readdirSync(pasta, { withFileTypes: true }).flatMap((item) => {
          const nome = pasta.replace(/\\/$/, "") + "/" + item.name;
          if (pular.includes(nome)) return [];
          return item.isDirectory() ? abrir(nome) : [nome];
        });
        console.log(abrir("/").join("\\n"));`;
      const dentro = ["run", "--rm", "--user", "root", imagem, "bun", "-e", listar];
      return (await motor.exigir(dentro)).split("\n");
    }
  });
}

/** Executa um cliente do roteiro contra uma porta desta máquina e devolve o que ele escreve. */
async function cliente(script: string, porta: number, entrada = ""): Promise<string> {
  const processo = Bun.spawn(["bun", "run", `${PASTA}/${script}`], {
    env: { ...process.env, HOST: "127.0.0.1", PORT: `${porta}` },
    stdin: new Blob([entrada]),
    stdout: "pipe",
    timeout: 15_000,
  });
  return processo.stdout.text();
}
