/**
 * Todo comando escrito nas duas páginas funciona como está escrito, em um shell. O que demora
 * é interrompido com Ctrl+C depois de mostrar que começou; o que não dá para executar aqui
 * está em uma lista curta, com o motivo.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import pacote from "../package.json";
import { melhorDe, pastaTemporaria, Programa, Servidor } from "./apoio.ts";

setDefaultTimeout(60_000);

const RAIZ = join(import.meta.dir, "..");
const ROTEIRO = join(RAIZ, "../shared/roteiro");
const PYTHON = Bun.which("python3");

/** O que este teste não executa, e por quê. */
const FORA: [comando: RegExp, motivo: string][] = [
  [/^npx .* run (experimento1|testes)$/, "o .ci/run executa, com três versões do npm"],
  [/^npx -y --allow-scripts=bun bun@[\d.]+$/, "é um pedaço de comando"],
  [/^(sudo )?npm install -g /, "instala no sistema; o .ci/run faz o mesmo em uma pasta"],
  [/^bun install$/, "o .ci/run executa"],
  [/^bun init -y$/, "baixa os tipos; o .ci/run executa"],
  [/^bun check$/, "o .ci/run executa"],
  [/^docker /, "container.test.ts constrói e executa, onde há um motor"],
  [/^node servidor_final\.ts$/, "é o que não se deve fazer"],
  [/^bun run$/, "é um pedaço de comando"],
  [/NOME/, "depende de um arquivo que ainda vai ser escrito"],
  [/^git clone$/, "depende do endereço da página"],
  [/^bun test /, "são estes testes"],
];

/** Os que terminam sozinhos; dos outros espera-se o que mostra que começaram. */
const SINAIS: [comando: RegExp, sinal: RegExp | null][] = [
  [/threads_demo\.ts$/, /finalizadas\./],
  [/painel\.ts/, /http:\/\/127\.0\.0\.1:\d+/],
  [/chamadas\.ts/, null],
  [
    /^(\w+=\S+ )?bun run (laboratorio\/)?servidor_\w+\.ts/,
    /rodando na porta \d+|conexões em \S+:\d+/,
  ],
  [/^bun run cliente(_final)?\.ts$/, null],
  [/verificar\.ts /, /✓ passou/],
  [/^git diff /, null],
  [/^bun -e /, null],
  [/laboratorio\//, /rodada \d+ de \d+|construindo a imagem|Docker|Podman/],
];

/** Os comandos de uma página: linhas de blocos de shell e código no meio do texto. */
function comandosDe(texto: string): string[] {
  const blocos = [...texto.matchAll(/^```(?:sh|powershell)\n([\s\S]*?)^```$/gm)];
  const semBlocos = texto.replace(/^```[\s\S]*?^```$/gm, "");
  const noTexto = [...semBlocos.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, c]) => c!);
  const EXECUTAVEL = /^(\w+=\S+ )?(bun|npx|npm|docker|git|node|sudo|python3) \S/;
  return [...blocos.flatMap(([, bloco]) => bloco!.trim().split("\n")), ...noTexto].filter(
    (comando) => EXECUTAVEL.test(comando) && !/…|\{/.test(comando),
  );
}

const paginas = await Promise.all(
  ["README.md", "laboratorio/README.md"].map((p) => Bun.file(join(RAIZ, p)).text()),
);
const todos = [...new Set(paginas.flatMap(comandosDe))];
const executaveis = todos.filter((comando) => !FORA.some(([fora]) => fora.test(comando)));

test("há comandos nas duas páginas, e a lista do que fica de fora é toda usada", () => {
  expect(executaveis.length).toBeGreaterThan(15);
  for (const [fora, motivo] of FORA) {
    const usada = todos.some((comando) => fora.test(comando));
    expect([motivo, usada]).toEqual([motivo, true]);
  }
});

/** Uma pasta com tudo o que há no projeto e, se o roteiro está ao lado, as listagens dele. */
const pasta = pastaTemporaria();
afterAll(() => pasta[Symbol.dispose]());
const NO_WINDOWS = process.platform === "win32"; // lá, um atalho pede permissão
for (const nome of NO_WINDOWS ? [] : readdirSync(RAIZ))
  if (!["resultados", ".git", ".env"].includes(nome))
    symlinkSync(join(RAIZ, nome), join(pasta.caminho, nome));
if (!NO_WINDOWS && existsSync(ROTEIRO)) {
  symlinkSync(ROTEIRO, join(pasta.caminho, "pasta-do-roteiro"));
  const textos = await Promise.all(
    readdirSync(ROTEIRO).map((nome) => Bun.file(join(ROTEIRO, nome)).text()),
  );
  const listagens = [...textos.join("\n").matchAll(/```python\n([\s\S]*?)```/g)];
  // Cada arquivo que os comandos citam: a listagem do roteiro que ele é, e a tarefa feita nela
  const ECO = "create_server((HOST, PORT)) as";
  const EM_PYTHON = [
    ["servidor.py", ECO, "", ""],
    ["cliente.py", "fazer_requisicao", "", ""],
    ["threads_demo.py", "tarefa_simples", "", ""],
    [
      "servidor_hora.py",
      "servidor.listen(1)",
      /PORT = .*([^]*)mensagem = .*/,
      'import os, time\nPORT = int(os.environ["PORT"])$1mensagem = time.strftime("São %H:%M")',
    ],
    [
      "servidor_maiusculas.py",
      ECO,
      "conn.sendall(data)",
      "conn.sendall(data.decode(errors='replace').upper().encode())",
    ],
    ["servidor_prefixo.py", ECO, "conn.sendall(data)", 'conn.sendall(b"Eco: " + data)'],
  ] as const;
  for (const [arquivo, marca, sai, entra] of EM_PYTHON) {
    const listagem = listagens.find(([, texto]) => texto!.includes(marca))?.[1] ?? "";
    await Bun.write(join(pasta.caminho, arquivo), listagem.replace(sai, entra));
  }
}
const SEM_ROTEIRO = !existsSync(ROTEIRO) || !PYTHON;

describe.skipIf(NO_WINDOWS)("os comandos das páginas", () => {
  for (const comando of executaveis) {
    const precisaDoRoteiro = /\.py\b|pasta-do-roteiro/.test(comando);
    test.skipIf(precisaDoRoteiro && SEM_ROTEIRO)(comando, async () => {
      // Uma porta fixa pode estar, por um instante, com o teste de outro arquivo
      await melhorDe(/5555|8000/.test(comando) ? 3 : 1, () => executar(comando));
    });
  }
});

/** Executa um comando até o fim, ou até mostrar que começou. */
async function executar(comando: string): Promise<void> {
  const [, sinal] = SINAIS.find(([qual]) => qual.test(comando)) ?? [];
  expect(sinal).not.toBeUndefined();

  const deCliente = /cliente(_final)?\.ts$/.test(comando) && !/verificar/.test(comando);
  await using servidor = deCliente
    ? await Servidor.iniciar(
        comando.includes("final") ? "servidor_final.ts" : "servidor_thread.ts",
      )
    : undefined;
  const PATH = `${join(process.execPath, "..")}:${process.env.PATH}`;
  await using programa = new Programa(["sh", "-c", comando], {
    pasta: pasta.caminho,
    terminal: true,
    // Sem o paginador do git, que em alguns terminais espera uma tecla
    ambiente: { PATH, PORT: `${servidor?.porta ?? 0}`, GIT_PAGER: "cat" },
  });
  if (deCliente && comando.includes("final")) {
    await programa.esperar("para fechar): ");
    programa.digitar("oi\r");
  }
  if (sinal) {
    await programa.esperar(sinal, 30_000);
    programa.digitar("\x03");
  }
  const { codigo, saida } = await programa.fim(30_000);
  expect(saida).not.toMatch(/não entendi|^error:|command not found/m);
  expect([saida, codigo]).not.toEqual([saida, 2]);
  if (!sinal) expect([saida, codigo]).toEqual([saida, /git diff/.test(comando) ? 1 : 0]);
}

test("a versão do Bun nos comandos é a do projeto", () => {
  for (const comando of todos.filter((c) => c.includes("bun@")))
    expect(comando).toContain(pacote.packageManager);
});
