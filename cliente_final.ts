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
 *
 * Diferente do Python: um recv(1024) pode cortar o eco; aqui se espera por ele inteiro.
 * `using` faz o papel do `with`.
 */
import { createInterface } from "node:readline";

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 5555);

// Função principal que inicia o cliente e se conecta ao servidor
async function main(): Promise<void> {
  const eco = Promise.withResolvers<string>();
  eco.promise.catch(() => {}); // o erro só interessa a quem espera pelo eco, abaixo
  const pedacos: Buffer[] = []; // o que já chegou
  let recebidos = 0; // em bytes
  let dados = Buffer.alloc(0); // a mensagem, em UTF-8
  let aEnviar = dados; // o que falta enviar dela

  // Envia o que couber agora; o resto de uma mensagem longa vai quando couber (`drain`)
  function enviar(conexao: Bun.Socket): void {
    aEnviar = aEnviar.subarray(Math.max(conexao.write(aEnviar), 0));
  }

  try {
    // 'using' garante que o socket será fechado ao fim deste bloco, com erro ou sem.
    using conexao = await Bun.connect({
      hostname: HOST,
      port: PORT,
      socket: {
        data(_conexao, pedaco) {
          const esperado = dados.subarray(recebidos, recebidos + pedaco.length);
          pedacos.push(pedaco);
          recebidos += pedaco.length;
          // Enquanto for igual ao começo da mensagem, falta um pedaço do eco
          if (pedaco.equals(esperado) && recebidos < dados.length) return;
          eco.resolve(Buffer.concat(pedacos).toString("utf-8"));
        },
        close(_conexao, erro) {
          const falta = pedacos.length > 0 ? "terminar o eco" : "responder";
          eco.reject(erro ?? new Error(`o servidor encerrou a conexão sem ${falta}`));
        },
        drain: enviar,
      },
    });
    console.log("Conectado ao servidor com sucesso!");
    const mensagem = await perguntar("Digite sua mensagem ('sair' ou '' para fechar): ");

    if (mensagem !== "" && mensagem.toLowerCase() !== "sair") {
      // Envia a mensagem codificada em UTF-8
      dados = aEnviar = Buffer.from(mensagem, "utf-8");
      enviar(conexao);

      // Aguarda a resposta do servidor
      console.log(`Servidor respondeu: ${await eco.promise}`);
    }
  } catch (erro) {
    // Qualquer erro de rede (por exemplo, servidor offline)
    console.log(`Ocorreu um erro: ${motivo(erro)}.`);
    process.exitCode = 1;
  }

  console.log("Conexão encerrada.");
}

// O input() do Python, sem os espaços das pontas; o fim da entrada vale como linha vazia
async function perguntar(pergunta: string): Promise<string> {
  const teclado = createInterface({ input: process.stdin, output: process.stdout });
  teclado.setPrompt(pergunta);
  teclado.prompt();
  for await (const linha of teclado) {
    teclado.close(); // devolve o teclado ao terminal, e com ele o Ctrl+C
    return linha.trim();
  }
  console.log();
  return "";
}

// O que deu errado, e o que fazer
function motivo(erro: unknown): string {
  const { code, message } = erro as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED")
    return `nenhum servidor em ${HOST}:${PORT}; inicie o servidor ou confira HOST e PORT`;
  if (code === "ENOTFOUND") return `o endereço ${HOST} não existe; confira HOST`;
  if (code === "ECONNRESET") return "o servidor interrompeu a conexão; tente de novo";
  if (code === "ERR_OUT_OF_RANGE") return "PORT deve ser um número inteiro de 1 a 65535";
  return code ? `não dá para conectar a ${HOST}:${PORT}; confira HOST e PORT` : message;
}

await main();
