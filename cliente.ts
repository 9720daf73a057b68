/**
 * Tutorial, Experimento 1: cliente TCP.
 *
 *   Terminal 1: bun run servidor_thread.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Resposta do servidor: Olá, cliente! Você está conectado ao servidor TCP multithread.
 *
 * Diferente do Python: um recv(1024) pode cortar a resposta; aqui ela é tudo o que
 * chegar (`data`) até o servidor encerrar a conexão (`close`).
 */

const HOST = process.env.HOST || "localhost";
const PORT = Number(process.env.PORT || 8000);

// Conecta e recebe a resposta inteira, em bytes
function fazerRequisicao(): Promise<Buffer> {
  return new Promise((pronto, falhou) => {
    const pedacos: Buffer[] = [];
    Bun.connect({
      hostname: HOST,
      port: PORT,
      socket: {
        data(_cliente, pedaco) {
          pedacos.push(pedaco);
        },
        close(_cliente, erro) {
          if (erro) falhou(erro);
          else pronto(Buffer.concat(pedacos));
        },
      },
    }).catch(falhou);
  });
}

try {
  const resposta = await fazerRequisicao();
  if (resposta.length === 0)
    throw new Error("o servidor encerrou a conexão sem responder");
  const utf8 = new TextDecoder("utf-8", { fatal: true }); // recusa uma letra cortada
  console.log("Resposta do servidor:", utf8.decode(resposta));
} catch (erro) {
  console.log(`Ocorreu um erro: ${motivo(erro)}.`);
  process.exitCode = 1;
}

// O que deu errado, e o que fazer
function motivo(erro: unknown): string {
  const { code, message } = erro as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED")
    return `nenhum servidor em ${HOST}:${PORT}; inicie o servidor ou confira HOST e PORT`;
  if (code === "ENOTFOUND") return `o endereço ${HOST} não existe; confira HOST`;
  if (code === "ECONNRESET") return "o servidor interrompeu a conexão; tente de novo";
  if (code === "ERR_OUT_OF_RANGE") return "PORT deve ser um número inteiro de 1 a 65535";
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "a resposta chegou cortada";
  return code ? `não dá para conectar a ${HOST}:${PORT}; confira HOST e PORT` : message;
}
