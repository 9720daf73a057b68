/**
 * As chamadas ao sistema que um servidor faz para atender um cliente, e qual thread as fez.
 *
 *   bun run laboratorio/posix/chamadas.ts servidor_thread.ts
 *
 * Executa o servidor dentro do strace (Linux), conecta um cliente, lê a resposta e mostra, em
 * ordem, o que aconteceu com a conexão dele e o que apareceu na tela.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { desistir } from "./partida.ts";

/** Quanto esperar pelo servidor e pela resposta dele, em ms. */
const PRAZO_MS = 20_000;

/** Uma chamada: quem a fez, o nome, os argumentos e o resultado, como o strace os escreve. */
export interface Chamada {
  thread: "principal" | "outra";
  nome: string;
  argumentos: string;
  resultado: string;
}

/**
 * As chamadas feitas para um cliente, na ordem em que terminaram.
 *
 * @param comando o servidor, que abre a porta da variável PORT e a escreve em uma linha.
 * @throws {Error} não há strace, o servidor não abriu a porta ou o cliente não foi atendido.
 */
export async function chamadas(comando: string[], pasta?: string): Promise<Chamada[]> {
  const temporaria = mkdtempSync(join(tmpdir(), "chamadas-"));
  const registro = join(temporaria, "strace.txt");
  const filtro = "trace=network,ioctl,write,close";
  const strace = Bun.spawn(
    ["strace", "-f", "-qq", "-s", "80", "-e", filtro, "-o", registro, ...comando],
    {
      cwd: pasta,
      env: { ...process.env, HOST: "127.0.0.1", PORT: "0", ATRASO_MS: "0" },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const { pid } = strace;
  const servidor = () =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf-8").split(" ")[0]);
  const relogio = setTimeout(() => process.kill(servidor(), "SIGKILL"), PRAZO_MS);
  try {
    const porta = await lerPorta(strace.stdout);
    await Bun.sleep(300); // o tempo de a primeira thread chegar ao accept()
    await conversar(porta);
    await Bun.sleep(300); // e o de o servidor encerrar a conexão
    process.kill(servidor(), "SIGTERM");
    await strace.exited;
    return doCliente(readFileSync(registro, "utf-8"));
  } finally {
    clearTimeout(relogio);
    if (strace.exitCode === null) process.kill(servidor(), "SIGKILL");
    rmSync(temporaria, { recursive: true });
  }
}

async function lerPorta(saida: ReadableStream<Uint8Array>): Promise<number> {
  let texto = "";
  const leitor = saida.getReader();
  for (;;) {
    const { value, done } = await leitor.read();
    if (done) throw new Error("o servidor terminou antes de abrir a porta");
    texto += new TextDecoder().decode(value);
    const porta = /(\d+)(\.\.\.)?\n/.exec(texto)?.[1];
    if (porta) return Number(porta);
  }
}

/** Um cliente que lê até o servidor encerrar. */
async function conversar(porta: number): Promise<void> {
  const { promise: fim, resolve } = Promise.withResolvers<void>();
  await Bun.connect({
    hostname: "127.0.0.1",
    port: porta,
    socket: { data() {}, end: (conexao) => void conexao.end(), close: () => resolve() },
  });
  await fim;
}

/** Do registro do strace, o que é da conexão do cliente: do accept() ao close(). */
function doCliente(registro: string): Chamada[] {
  const comecadas = new Map<string, string>(); // o que cada thread deixou pela metade
  const [principal] = registro.split(" ", 1);
  const chamadas: Chamada[] = [];
  let conexao: string | undefined;
  for (const linha of registro.split("\n")) {
    const [, thread = "", escrito = ""] = /^(\d+) +(.*)$/.exec(linha) ?? [];
    const [, metade] = /^(.*?) *<unfinished \.\.\.>$/.exec(escrito) ?? [];
    if (metade !== undefined) comecadas.set(thread, metade);
    const [, resto] = /^<\.\.\. \w+ resumed>(.*)$/.exec(escrito) ?? [];
    const inteira = resto === undefined ? escrito : `${comecadas.get(thread)}${resto}`;
    const [, nome, argumentos, resultado] =
      /^(\w+)\((.*)\) += (-?\w+)/.exec(metade === undefined ? inteira : "") ?? [];
    if (nome === undefined || argumentos === undefined || resultado === undefined)
      continue;
    const aceitou = nome.startsWith("accept") && Number(resultado) >= 0;
    if (aceitou) conexao ??= resultado;
    const daConexao = conexao !== undefined && argumentos.split(",", 1)[0] === conexao;
    const naTela =
      conexao !== undefined && nome === "write" && /^1, "Conex/.test(argumentos);
    if (aceitou || naTela || (daConexao && /^(send|recv|write|ioctl|close)/.test(nome)))
      chamadas.push({
        thread: thread === principal ? "principal" : "outra",
        ...{ nome, argumentos: emPortugues(argumentos), resultado },
      });
    if (daConexao && nome === "close") break;
  }
  return chamadas;
}

/** Os argumentos sem o que muda a cada vez, e com os acentos no lugar de \303\241. */
function emPortugues(argumentos: string): string {
  const bytes = argumentos.replace(/(\\[0-7]{3})+/g, (trecho) =>
    Buffer.from(
      trecho
        .split("\\")
        .slice(1)
        .map((octal) => parseInt(octal, 8)),
    ).toString(),
  );
  return bytes
    .replace(/\{sa_family=.*?\}/, "{AF_INET, …}")
    .replace(/127\.0\.0\.1:\d+/, "127.0.0.1:…");
}

/** Uma chamada em uma linha. */
export function emLinha({ thread, nome, argumentos, resultado }: Chamada): string {
  return `${thread.padEnd(9)}  ${nome}(${argumentos}) = ${resultado}`;
}

if (import.meta.main) {
  if (!Bun.which("strace")) desistir("instale o strace, que só existe no Linux");
  const partes = process.argv.slice(2);
  if (partes.length === 0) desistir("diga o arquivo do servidor");
  for (const chamada of await chamadas([process.execPath, "run", ...partes]))
    console.log(emLinha(chamada));
}
