/**
 * A carga dos nossos servidores, e do terceiro modelo, contra os do roteiro em Python, em
 * igualdade de condições.
 *
 *   bun run laboratorio/carga/contra_o_python.ts pasta-do-roteiro [opções da carga]
 *
 * Tira as listagens do texto do roteiro e muda nelas só duas coisas: a porta, que passa a vir
 * da variável PORT, e a fila de conexões (`backlog`), que fica com os 512 lugares que o Bun
 * usa. O resto, do primeiro ao último byte, é o do roteiro.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ErroDeUso } from "../comando/erros.ts";
import { executarComando } from "../comando/executar.ts";

/** Como o Python se chama neste sistema. */
const PYTHON = Bun.which("python3") ? "python3" : "python";

const PROJETO = join(import.meta.dir, "..", "..");

/** Cada listagem em Python, pelo texto que só ela tem, e o servidor que lhe corresponde. */
const PARES = [
  { nome: "sequencial", marca: "servidor.listen(1)", eventos: "saudacao" },
  { nome: "thread", marca: "servidor.listen(5)", eventos: "saudacao" },
  { nome: "final", marca: "socket.create_server((HOST, PORT)) as", eventos: "eco" },
];

async function principal(): Promise<number> {
  const [roteiro, ...opcoes] = process.argv.slice(2);
  if (!roteiro) throw new ErroDeUso("diga a pasta em que está o roteiro (arquivos .md)");
  const listagens = await lerListagens(roteiro);
  const pasta = mkdtempSync(join(tmpdir(), "roteiro-"));
  try {
    let codigo = 0;
    for (const { nome, marca, eventos } of PARES) {
      const listagem = listagens.find((texto) => texto.includes(marca));
      if (!listagem) throw new ErroDeUso(`não há em ${roteiro} o servidor ${nome}`);
      const python = join(pasta, `${nome}.py`);
      await Bun.write(python, emIgualdade(listagem));
      const servidores = [
        `python=${PYTHON} "${python}"`,
        `bun=bun run "${join(PROJETO, `servidor_${nome}.ts`)}"`,
        `eventos=bun run "${join(PROJETO, "laboratorio/servidor_eventos.ts")}" ${eventos}`,
      ];
      codigo = Math.max(codigo, await medir(nome, servidores, opcoes));
      if (codigo > 1) break; // não foi possível medir, ou foi interrompida
    }
    return codigo;
  } finally {
    rmSync(pasta, { recursive: true });
  }
}

/** Os blocos de Python dos arquivos .md da pasta. */
async function lerListagens(pasta: string): Promise<string[]> {
  const arquivos = readdirSync(pasta).filter((nome) => nome.endsWith(".md"));
  const textos = await Promise.all(
    arquivos.map((nome) => Bun.file(join(pasta, nome)).text()),
  );
  return textos.flatMap((texto) =>
    [...texto.matchAll(/^```python\n(.*?)^```/gms)].map(([, codigo = ""]) => codigo),
  );
}

/** A listagem com a porta de PORT e a fila de conexões do Bun. */
export function emIgualdade(listagem: string): string {
  return listagem
    .replace(/^PORT = \d+/m, 'PORT = int(__import__("os").environ["PORT"])')
    .replace(/\.listen\(\d+\)/, ".listen(512)")
    .replace("create_server((HOST, PORT))", "create_server((HOST, PORT), backlog=512)");
}

/** Mede os servidores; os resultados vão para uma pasta só deles. */
async function medir(nome: string, servidores: string[], opcoes: string[]) {
  const carga = Bun.spawn(
    [
      ...[process.execPath, "run", join(PROJETO, "laboratorio/carga.ts")],
      ...["--saida", join("resultados", "contra_o_python", nome)],
      ...servidores.flatMap((servidor) => ["--servidor", servidor]),
      ...opcoes,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const parar = () => carga.kill("SIGINT"); // ela guarda o que já mediu e termina
  process.once("SIGINT", parar).once("SIGTERM", parar);
  return await carga.exited.finally(() =>
    process.off("SIGINT", parar).off("SIGTERM", parar),
  );
}

if (import.meta.main) await executarComando(principal);
