/**
 * O Experimento 2, executado como o aluno o executa. Sem motor de verdade, um de mentira
 * mostra o que acontece quando falta algo; com o Docker, o experimento inteiro, o Ctrl+C e
 * um servidor que morre no meio.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secoesDoContainer } from "../laboratorio/container/relato.ts";
import type { DadosDoContainer } from "../laboratorio/container/tipos.ts";
import { pastaTemporaria, Programa } from "./apoio.ts";
import { conferirMotor, contarNoMotor, NADA_NO_MOTOR } from "./motor_de_teste.ts";

setDefaultTimeout(180_000);

const EXPERIMENTO = join(import.meta.dir, "..", "laboratorio", "experimento2.ts");
const SERVIDOR = join(import.meta.dir, "..", "servidor_thread.ts");
const SAUDACAO =
  "Resposta do servidor: Olá, cliente! Você está conectado ao servidor TCP multithread.";

/** O experimento em execução, com os resultados em `pasta`. */
function executar(
  pasta: string,
  opcoes: string[] = [],
  ambiente: Record<string, string> = {},
  terminal = false,
): Programa {
  const comando = [process.execPath, "run", EXPERIMENTO, "--saida", join(pasta, "saida")];
  return new Programa([...comando, ...opcoes], { ambiente, pasta, terminal });
}

/** Uma pasta só com um `docker` de mentira: um script que faz o que `corpo` diz. */
function motorDeMentira(pasta: string, corpo: string): Record<string, string> {
  writeFileSync(join(pasta, "docker"), `#!/bin/sh\n${corpo}\n`, { mode: 0o755 });
  return { PATH: pasta };
}

// Quase todo o tempo é de espera, pelo motor ou pelo limite dele: correm todos juntos
const juntos = process.platform === "win32" ? describe.skip : describe.concurrent;
juntos("sem um motor que sirva", () => {
  test("sem motor nenhum, diz como ter um, termina com 2 e não deixa nada", async () => {
    using pasta = pastaTemporaria();
    await using experimento = executar(pasta.caminho, [], { PATH: pasta.caminho });
    const { codigo, saida, erros } = await experimento.fim();
    expect(erros).toStartWith("Erro: nenhum motor de containers responde.\n");
    expect(erros).toContain("docker: não está instalado");
    expect(erros).toContain("podman: não está instalado");
    expect(erros).toContain("sudo apt install docker.io");
    expect(saida).toBe("");
    expect(codigo).toBe(2);
    expect(existsSync(join(pasta.caminho, "saida"))).toBe(false);
  });

  test("um motor que não responde: diz o que ele respondeu", async () => {
    using pasta = pastaTemporaria();
    const ambiente = motorDeMentira(
      pasta.caminho,
      `echo "Cannot connect to the Docker daemon" >&2; exit 1`,
    );
    await using experimento = executar(pasta.caminho, ["--motor", "docker"], ambiente);
    const { codigo, erros } = await experimento.fim();
    expect(erros).toContain(
      "docker: instalado, mas não responde (Cannot connect to the Docker daemon)",
    );
    expect(erros).not.toContain("podman:");
    expect(codigo).toBe(2);
  });

  test("a construção falha: mostra as últimas linhas e pede a remoção da imagem", async () => {
    using pasta = pastaTemporaria();
    const registro = join(pasta.caminho, "comandos");
    const ambiente = motorDeMentira(
      pasta.caminho,
      `echo "$*" >> ${registro}
       case "$1" in
         version) echo 99.9;;
         build) echo "pull access denied" >&2; exit 1;;
         rmi) echo "Error: No such image" >&2; exit 1;;
       esac`,
    );
    await using experimento = executar(pasta.caminho, [], ambiente);
    const { codigo, erros } = await experimento.fim();
    expect(erros).toContain(
      'Erro: "docker build" falhou; as últimas linhas dele:\n  | pull access denied',
    );
    expect(erros).not.toContain("Não foi possível remover");
    expect(codigo).toBe(2);

    const comandos = readFileSync(registro, "utf8").trim().split("\n");
    const imagem = /-t (\S+)/.exec(comandos[1] ?? "")?.[1];
    expect(comandos.at(-1)).toBe(`rmi --force ${imagem}`);
  });
});

describe.skipIf(process.platform === "win32")("um motor que não responde mais", () => {
  // Um script em volta de outro programa, como é o docker de muita gente: matar só o script
  // deixaria o outro vivo, com a saída aberta
  const TRAVAR = `sleep 1000 & echo $! >> filhos; echo $$ >> filhos; wait`;
  const PATH = "/usr/bin:/bin";

  function motorQueTrava(pasta: string, corpo: string): Record<string, string> {
    motorDeMentira(pasta, `cd "${pasta}"; ${corpo}`);
    return { PATH: `${pasta}:${PATH}` };
  }

  /** Os processos que o motor iniciou e que, um instante depois, ainda existem. */
  async function vivos(pasta: string): Promise<string[]> {
    const filhos = readFileSync(join(pasta, "filhos"), "utf8").trim().split("\n");
    expect(filhos.length).toBeGreaterThanOrEqual(2);
    const limite = performance.now() + 3_000;
    for (;;) {
      const restam = filhos.filter((pid) => existe(Number(pid)));
      if (restam.length === 0 || performance.now() > limite) return restam;
      await Bun.sleep(20);
    }
  }

  function existe(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  test.concurrent("nem diz que versão é: desiste em 15 s, e nada fica", async () => {
    using pasta = pastaTemporaria();
    const ambiente = motorQueTrava(pasta.caminho, TRAVAR);
    await using experimento = executar(pasta.caminho, ["--motor", "docker"], ambiente);
    const { codigo, erros } = await experimento.fim(30_000);
    expect(erros).toContain(
      "docker: instalado, mas não responde (não terminou em 15 s)\n",
    );
    expect(codigo).toBe(2);
    expect(await vivos(pasta.caminho)).toEqual([]);
  });

  test.concurrent("Ctrl+C enquanto se procura um motor: para logo", async () => {
    using pasta = pastaTemporaria();
    const ambiente = motorQueTrava(pasta.caminho, TRAVAR);
    const opcoes = ["--motor", "docker"];
    await using experimento = executar(pasta.caminho, opcoes, ambiente, true);
    await esperarArquivo(join(pasta.caminho, "filhos"));
    experimento.digitar("\x03");
    const { codigo, saida } = await experimento.fim();
    expect(saida).toContain("Interrompido pelo usuário.");
    expect(codigo).toBe(130);
    expect(await vivos(pasta.caminho)).toEqual([]);
  });

  test.concurrent(
    "Ctrl+C na construção: diz o que pode ter ficado no motor",
    async () => {
      using pasta = pastaTemporaria();
      const corpo = `if [ "$1" = version ]; then echo 99.9; exit; fi; ${TRAVAR}`;
      const ambiente = motorQueTrava(pasta.caminho, corpo);
      await using experimento = executar(pasta.caminho, [], ambiente, true);
      await esperarArquivo(join(pasta.caminho, "filhos"));
      experimento.digitar("\x03");
      const { codigo, saida } = await experimento.fim(30_000);
      expect(saida).toMatch(/Não foi possível remover do docker: servidor-tcp-\d+-\w+/);
      expect(saida).toContain("Interrompido pelo usuário.");
      expect(codigo).toBe(130);
      expect(await vivos(pasta.caminho)).toEqual([]);
    },
  );

  test.concurrent("um segundo Ctrl+C também não deixa nada", async () => {
    using pasta = pastaTemporaria();
    const corpo = `if [ "$1" = version ]; then echo 99.9; exit; fi; ${TRAVAR}`;
    const ambiente = motorQueTrava(pasta.caminho, corpo);
    await using experimento = executar(pasta.caminho, [], ambiente, true);
    await esperarArquivo(join(pasta.caminho, "filhos"));
    experimento.digitar("\x03");
    await experimento.esperar("removendo o que foi criado");
    experimento.digitar("\x03");
    expect((await experimento.fim(15_000)).codigo).toBe(130);
    expect(await vivos(pasta.caminho)).toEqual([]);
  });

  /** Espera o arquivo existir, por uns segundos. */
  async function esperarArquivo(caminho: string): Promise<void> {
    const limite = performance.now() + 10_000;
    while (!existsSync(caminho) && performance.now() < limite) await Bun.sleep(20);
  }
});

test.concurrent.skipIf(process.platform === "win32")(
  "um arquivo que não se escreve não leva os outros nem o que se mostra: código 2",
  async () => {
    using pasta = pastaTemporaria();
    const saida = join(pasta.caminho, "saida");
    mkdirSync(join(saida, "dados.csv"), { recursive: true });
    // Um motor que "executa" uma vez, com um servidor desta máquina, e na segunda se recusa
    const ambiente = motorDeMentira(
      pasta.caminho,
      `cd "${pasta.caminho}"
       case "$1" in
         version) echo 99.9;;
         inspect) echo 1;;
         run)
           [ -e pid ] && { echo "acabou" >&2; exit 1; }
           for parte; do case "$parte" in 127.0.0.1:*) porta="\${parte#127.0.0.1:}";; esac; done
           PORT="\${porta%:8000}" "${process.execPath}" run "${SERVIDOR}" >/dev/null 2>&1 &
           echo $! > pid;;
         stop) read pid < pid; kill $pid;;
       esac`,
    );
    await using experimento = executar(pasta.caminho, ["--motor", "docker"], ambiente);
    const { codigo, saida: texto, erros } = await experimento.fim(30_000);
    expect(erros).toContain(
      `Erro: não foi possível escrever ${join(saida, "dados.csv")}: há uma pasta com esse nome (EISDIR); `,
    );
    expect(erros).toContain("| acabou");
    expect(texto).toContain("Construir a imagem e acessar o container\n");
    expect(codigo).toBe(2);
    expect(lerDados(pasta.caminho).acessos[0]?.resposta).toBe(SAUDACAO);
    expect(existsSync(join(saida, "relatorio.html"))).toBe(true);
  },
);

test.concurrent("--ajuda explica o experimento e cada opção", async () => {
  using pasta = pastaTemporaria();
  await using experimento = executar(pasta.caminho, ["--ajuda"]);
  const { codigo, saida, erros } = await experimento.fim();
  expect(saida).toStartWith("Uso: bun run laboratorio/experimento2.ts [opções]\n");
  const opcoes = [...saida.matchAll(/^ {2}--(\S+)/gm)].map(([, nome]) => nome);
  expect(opcoes.join(" ")).toBe(
    "motor script clientes rodadas atraso saida rapido semente ajuda",
  );
  expect(saida).toContain("docker ou podman");
  expect(erros).toBe("");
  expect(codigo).toBe(0);
});

test.concurrent.each([
  [["--motor", "dokcer"], '--motor não pode ser "dokcer"; use docker ou podman'],
  [["--script", "servidor_final.ts"], '--script não pode ser "servidor_final.ts"'],
  [["--rodadas", "0"], "--rodadas precisa de números inteiros de 1 a 1000"],
  [["--redes", "2"], "não existe a opção --redes"],
])("%p: uma linha clara, e código 2", async (opcoes, mensagem) => {
  using pasta = pastaTemporaria();
  await using experimento = executar(pasta.caminho, opcoes);
  const { codigo, erros } = await experimento.fim();
  expect(erros).toStartWith(`Erro: ${mensagem}`);
  expect(erros.trim().split("\n")).toHaveLength(1);
  expect(codigo).toBe(2);
});

test.concurrent("só se compara o que foi medido nos dois lugares", () => {
  const ciclo = { rodada: 1, partida_ms: 10, parada_ms: 5 };
  const comCiclos = (...nomes: string[]) =>
    secoesDoContainer({
      servidores: [{ nome: "nativo" }, { nome: "container" }],
      ciclos: nomes.map((servidor) => ({ servidor, ...ciclo })),
      acessos: [],
      vazoes: [],
      processos: [],
    } as unknown as DadosDoContainer);
  expect(comCiclos("nativo")).toEqual([]);
  const [secao] = comCiclos("nativo", "container");
  expect(secao?.tabelas?.[0]?.grupos[0]?.linhas).toEqual([
    ["partida (ms)", "10,0", "10,0", "1,0×"],
    ["parada (ms)", "5,00", "5,00", "1,0×"],
  ]);
});

const { falta, pular } = await conferirMotor("docker");

describe.skipIf(pular)("com o Docker", () => {
  test.concurrent(
    "o experimento inteiro: acessos, rodadas, processos, arquivos, e nada de sobra",
    async () => {
      expect(falta).toBeNull();
      using pasta = pastaTemporaria();
      await using experimento = executar(pasta.caminho, [
        "--motor=docker",
        "--rapido",
        "--clientes=1,10",
      ]);
      const { codigo, saida, erros } = await experimento.fim(150_000);
      expect(erros).not.toContain("Erro");
      expect(codigo).toBe(0);
      expect(contarNoMotor("docker", `-tcp-${experimento.pid}-`)).toEqual(NADA_NO_MOTOR);

      const dados = lerDados(pasta.caminho);
      expect(dados.acessos.map(({ resposta }) => resposta)).toEqual([
        SAUDACAO,
        SAUDACAO,
        SAUDACAO,
      ]);
      expect(dados.acessos.every(({ funcionou }) => funcionou)).toBe(true);
      expect(dados.construcao_ms).toBeGreaterThan(0);
      expect(dados.imagem_bytes).toBeGreaterThan(10_000_000);

      // As mesmas rodadas para os dois, e a ordem se alterna
      const medidas = dados.rodadas.filter(({ rodada }) => rodada > 0);
      expect(medidas).toHaveLength(2 * 2 * 2 * 2);
      expect(medidas.find(({ rodada }) => rodada === 1)?.servidor).toBe("nativo");
      expect(medidas.find(({ rodada }) => rodada === 2)?.servidor).toBe("container");
      for (const { servidor, clientes, atraso_ms, atendimentos } of medidas) {
        expect(["nativo", "container"]).toContain(servidor);
        expect(atendimentos).toHaveLength(clientes);
        for (const { erro, primeiroByte_ms } of atendimentos) {
          expect(erro).toBeNull();
          expect(primeiroByte_ms).toBeGreaterThanOrEqual(atraso_ms ?? 0);
        }
      }

      // Iniciar um container dá mais trabalho do que iniciar um processo
      expect(dados.ciclos).toHaveLength(4);
      const partidas = (nome: string) =>
        dados.ciclos.filter((c) => c.servidor === nome).map((c) => c.partida_ms);
      expect(Math.min(...partidas("container"))).toBeGreaterThan(
        Math.min(...partidas("nativo")),
      );
      // Quem não ouve o pedido de parada só termina quando o motor o mata, sempre aos 10 s
      for (const nome of ["nativo", "container"]) {
        const paradas = dados.ciclos.filter((c) => c.servidor === nome);
        expect(Math.min(...paradas.map((c) => c.parada_ms))).toBeLessThan(9_000);
      }

      expect(dados.vazoes.map(({ servidor }) => servidor)).toEqual([
        "nativo",
        "container",
      ]);
      for (const { conexoesPorSegundo, erros } of dados.vazoes) {
        expect(conexoesPorSegundo).toBeGreaterThan(100);
        expect(erros).toEqual({});
      }

      // O mesmo processo, visto dos dois lados: outro número, as mesmas threads
      const [nativo, deFora, deDentro] = dados.processos;
      expect(dados.processos).toHaveLength(3);
      expect(deDentro).toMatchObject({ pid: 1, usuario: 1000, processosVisiveis: 1 });
      expect(deFora?.usuario).toBe(1000);
      expect(deFora?.pid).toBeGreaterThan(1);
      expect(deFora?.pid).not.toBe(nativo?.pid);
      expect(deFora?.threads).toBe(deDentro?.threads as number);
      expect(deFora?.threads).toBeGreaterThan(10); // uma para cada um dos 10 clientes
      expect(deFora?.processosVisiveis).toBeGreaterThan(2);

      // O terminal, o relatório e a planilha dizem o mesmo
      const saidas = join(pasta.caminho, "saida");
      const markdown = readFileSync(join(saidas, "relatorio.md"), "utf8");
      for (const titulo of [
        "Construir a imagem e acessar o container",
        "Partida, parada e conexões por segundo",
        "Gestão de processos",
      ]) {
        expect(saida).toContain(`${titulo}\n`);
        expect(markdown).toContain(`## ${titulo}\n`);
      }
      expect(saida).toMatch(new RegExp(`\\(PID\\) +${nativo?.pid} +${deFora?.pid} +1\n`));
      expect(markdown).toMatch(
        new RegExp(`\\(PID.*\\| ${nativo?.pid} \\| ${deFora?.pid} \\| 1 \\|`),
      );
      const csv = readFileSync(join(saidas, "dados.csv"), "utf8").trim().split("\n");
      const atendimentos = dados.rodadas.flatMap((rodada) => rodada.atendimentos);
      expect(csv).toHaveLength(1 + atendimentos.length);
      expect(existsSync(join(saidas, "relatorio.html"))).toBe(true);
      expect(saida).not.toContain("\x1b");
    },
  );

  test.concurrent.each([
    "construindo a imagem",
    "testando o acesso",
    "iniciando e parando",
  ])('Ctrl+C em "%s": tudo é removido, e o código é 130', async (fase) => {
    using pasta = pastaTemporaria();
    await using experimento = executar(
      pasta.caminho,
      ["--motor=docker", "--rapido", "--clientes=1", "--rodadas=1"],
      {},
      true,
    );
    await experimento.esperar(fase, 90_000);
    experimento.digitar("\x03");
    const { codigo, saida } = await experimento.fim(60_000);
    expect(saida).toContain("Interrompido pelo usuário.");
    expect(saida).not.toContain("Erro");
    expect(codigo).toBe(130);
    expect(contarNoMotor("docker", `-tcp-${experimento.pid}-`)).toEqual(NADA_NO_MOTOR);

    // O que já tinha sido medido é guardado
    const guardou = existsSync(join(pasta.caminho, "saida", "dados.json"));
    expect(guardou).toBe(fase === "iniciando e parando");
  });

  test.concurrent(
    "o container morre no meio: diz o que houve, guarda o que mediu e remove tudo",
    async () => {
      using pasta = pastaTemporaria();
      await using experimento = executar(
        pasta.caminho,
        ["--motor=docker", "--rapido", "--clientes=2", "--rodadas=500", "--atraso=20"],
        {},
        true,
      );
      await experimento.esperar(/rodada \d+ de 500/, 90_000);
      const nomes = Bun.spawnSync(["docker", "ps", "--format", "{{.Names}}"])
        .stdout.toString()
        .split("\n")
        .filter((nome) => nome.includes(`-tcp-${experimento.pid}-`));
      expect(nomes.length).toBeGreaterThan(0);
      Bun.spawnSync(["docker", "kill", ...nomes]);

      const { codigo, saida } = await experimento.fim(60_000);
      expect(saida).toContain(
        "Erro: o servidor container não atendeu ninguém em uma rodada com 2 clientes",
      );
      expect(codigo).toBe(2);
      const { rodadas } = lerDados(pasta.caminho);
      expect(rodadas.filter(({ rodada }) => rodada > 0).length).toBeGreaterThan(0);
      expect(contarNoMotor("docker", `-tcp-${experimento.pid}-`)).toEqual(NADA_NO_MOTOR);
    },
  );
});

function lerDados(pasta: string): DadosDoContainer {
  return JSON.parse(readFileSync(join(pasta, "saida", "dados.json"), "utf8"));
}
