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
import { on, once } from "node:events";
import { connect, type Socket } from "node:net";

const HOST = process.env.HOST || "127.0.0.1";
const PORT = process.env.PORT || 5555;
const teclado = console[Symbol.asyncIterator](); // uma linha digitada de cada vez

// Função principal que inicia o cliente e se conecta ao servidor
async function main(): Promise<void> {
  try {
    // 'createConnection' simplifica a criação e conexão do socket.
    // O 'using' garante que o socket será fechado corretamente.
    using conexao = await createConnection(HOST, Number(PORT));
    console.log("Conectado ao servidor com sucesso!");
    process.stdout.write("Digite sua mensagem ('sair' ou '' para fechar): ");
    const mensagem = ((await teclado.next()).value ?? "").trim();

    if (mensagem !== "" && mensagem.toLowerCase() !== "sair") {
      // Envia a mensagem codificada em UTF-8
      conexao.write(mensagem);

      // Aguarda a resposta do servidor
      const dados = await receber(conexao, mensagem);
      console.log(`Servidor respondeu: ${dados}`);
    }
    // Captura qualquer exceção de rede (ex: servidor offline) de forma genérica
  } catch (erro) {
    const { code = erro } = erro as NodeJS.ErrnoException;
    const causa = erro instanceof TypeError ? erro : code; // um engano aparece com a linha
    console.log("Ocorreu um erro:", causa, `(${HOST}:${PORT})`);
    process.exitCode = 1;
  }

  console.log("Conexão encerrada.");
}

// ------- Por baixo: o que o Python traz pronto em `socket` -------
async function createConnection(host: string, port: number) {
  const conexao = connect(port, host).on("error", () => {}); // quem o conta é receber()
  await once(conexao.setEncoding("utf-8"), "connect");
  return Object.assign(conexao, { [Symbol.dispose]: () => void conexao.destroy() });
}

// Lê até a resposta ser igual à mensagem ou, se for outra, até meio segundo de silêncio
async function receber(conexao: Socket, mensagem: string): Promise<string> {
  const pedacos = on(conexao.resume(), "data", { close: ["end", "timeout"] });
  let resposta = "";
  for await (const [pedaco] of conexao.readable ? pedacos : []) {
    resposta += pedaco;
    if (resposta === mensagem) break;
    conexao.setTimeout(500);
  }
  conexao.setTimeout(0).pause();
  const eco = resposta.replace(/\uFFFD$/, ""); // sem uma letra pela metade
  if (conexao.readable || eco === mensagem || !mensagem.startsWith(eco)) return resposta;
  throw conexao.errored ?? "o servidor fechou a conexão antes de responder";
}

await main().finally(() => process.exit()); // o teclado manteria o programa vivo
