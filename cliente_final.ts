/**
 * Estudo Dirigido, Parte 3: cliente do servidor de eco.
 *
 *   Terminal 1: bun run servidor_final.ts
 *   Terminal 2: bun run cliente_final.ts
 *
 *   Conectado ao servidor com sucesso!
 *   Digite sua mensagem ('sair' ou '' para fechar): Olá!
 *   Servidor respondeu: Olá!
 *   Conexão encerrada.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 5555);

// Função principal que inicia o cliente e se conecta ao servidor
async function main(): Promise<void> {
  try {
    // 'createConnection' simplifica a criação e conexão do socket.
    // O 'using' garante que o socket será fechado corretamente.
    using conexao = await createConnection(HOST, PORT);
    console.log("Conectado ao servidor com sucesso!");
    const pergunta = "Digite sua mensagem ('sair' ou '' para fechar): ";
    const mensagem = (await input(pergunta)).trim();

    if (mensagem !== "" && mensagem.toLowerCase() !== "sair") {
      // Envia a mensagem codificada em UTF-8
      conexao.write(mensagem);

      // Aguarda a resposta do servidor
      const dados = await receber(conexao, mensagem);
      console.log(`Servidor respondeu: ${dados}`);
    }
    // Captura qualquer exceção de rede (ex: servidor offline) de forma genérica
  } catch (erro) {
    const { code } = erro as NodeJS.ErrnoException;
    console.log("Ocorreu um erro:", code ?? erro, `(${HOST}:${PORT})`);
    process.exitCode = 1;
  }

  console.log("Conexão encerrada.");
}

// ------- Por baixo: o que o Python traz pronto em `socket` e `input` -------

async function createConnection(
  host: string,
  port: number,
): Promise<Socket & Disposable> {
  const conexao = connect(port, host);
  await once(conexao, "connect");
  conexao.on("error", () => {}); // quem o conta é receber()
  return Object.assign(conexao, { [Symbol.dispose]: () => void conexao.destroy() });
}

// Lê até a resposta ser igual à mensagem ou, se ela for outra, até meio segundo de silêncio
async function receber(conexao: Socket, mensagem: string): Promise<string> {
  const esperada = Buffer.from(mensagem);
  let resposta = Buffer.alloc(0);
  while (!resposta.equals(esperada)) {
    const pedaco: Buffer | null = conexao.read();
    if (pedaco) {
      resposta = Buffer.concat([resposta, pedaco]);
      continue;
    }
    if (conexao.errored) throw conexao.errored;
    if (conexao.readableEnded && mensagem.startsWith(`${resposta}`))
      throw "o servidor fechou a conexão antes de responder";
    const chegou = Promise.race([once(conexao, "readable"), once(conexao, "end")]);
    const silencio = resposta.length > 0 ? Bun.sleep(500) : chegou;
    if (!(await Promise.race([chegou, silencio]))) break;
  }
  return `${resposta}`;
}

const teclado = console[Symbol.asyncIterator]();
async function input(pergunta: string): Promise<string> {
  process.stdout.write(pergunta);
  const { value } = await teclado.next();
  return value ?? "";
}

await main();
process.exit(); // sem isto, o teclado manteria o programa vivo
