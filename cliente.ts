/**
 * Tutorial, Experimento 1: cliente TCP.
 *
 *   Terminal 1: bun run servidor_thread.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Resposta do servidor: Olá, cliente! Você está conectado ao servidor TCP multithread.
 */
import { createConnection } from "node:net";
import { buffer } from "node:stream/consumers";

const HOST = process.env.HOST || "localhost";
const PORT = process.env.PORT || 8000;

async function fazerRequisicao(): Promise<void> {
  const cliente = createConnection(Number(PORT), HOST);
  const resposta = await buffer(cliente); // tudo, até o servidor fechar a conexão
  if (resposta.length === 0) throw "o servidor não respondeu";
  const utf8 = new TextDecoder("utf-8", { fatal: true }); // recusa uma letra pela metade
  console.log("Resposta do servidor:", utf8.decode(resposta));
  cliente.destroy();
}

try {
  await fazerRequisicao();
} catch (erro) {
  const { code } = erro as NodeJS.ErrnoException;
  console.log("Ocorreu um erro:", code ?? erro, `(${HOST}:${PORT})`);
  process.exitCode = 1;
}
