/**
 * O terceiro modelo: servidor TCP de eventos, sem thread para cada cliente.
 *
 *   Terminal 1: bun run laboratorio/servidor_eventos.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Servidor TCP de eventos rodando na porta 8000...
 *   Conexão estabelecida com 127.0.0.1:54321
 *
 * Com `eco` no fim do primeiro comando, ele devolve o que o cliente envia.
 *
 * Uma thread só atende todos: enquanto um cliente espera, ela cuida dos avisos dos outros.
 * Funciona enquanto nenhum atendimento bloquear a thread: por isso o `await`.
 */

const HOST = process.env.HOST || "0.0.0.0"; // aceita conexões de qualquer endereço
const PORT = Number(process.env.PORT || 8000); // 0: qualquer porta livre
const ATRASO_MS = Number(process.env.ATRASO_MS || 0); // duração de cada atendimento

process.on("SIGINT", encerrar);
process.on("SIGTERM", encerrar);

// O que fazer a cada aviso, na saudação
const saudacao: Bun.SocketHandler<Buffer> = {
  async open(conexao) {
    anunciar(conexao);
    await Bun.sleep(ATRASO_MS); // enquanto isto, outros clientes são atendidos
    const mensagem = "Olá, cliente! Você está conectado ao servidor TCP de eventos.";
    conexao.end(mensagem);
  },
  data() {}, // o que o cliente enviar não importa aqui,
  end() {}, // e quem já parou de enviar ainda espera a resposta
};

// O que fazer a cada aviso, no eco; `conexao.data` é o que o cliente ainda não recebeu
const eco: Bun.SocketHandler<Buffer> = {
  open(conexao) {
    anunciar(conexao);
    conexao.data = Buffer.alloc(0);
  },
  data(conexao, dados) {
    conexao.pause(); // só se lê mais depois de responder
    conexao.data = dados;
    escrever(conexao);
  },
  drain: escrever,
  end(conexao) {
    conexao.end();
  },
};

function anunciar({ remoteAddress: ip, remotePort: porta }: Bun.Socket<Buffer>): void {
  if (porta) console.log(`Conexão estabelecida com ${ip}:${porta}`); // sem porta: já desistiu
}

// Envia o que couber; o resto vai quando o cliente ler (`drain`)
function escrever(conexao: Bun.Socket<Buffer>): void {
  if (conexao.data.length === 0) return;
  const enviados = conexao.write(conexao.data);
  if (enviados < 0) return void conexao.terminate(); // o cliente já se foi
  conexao.data = conexao.data.subarray(enviados);
  if (conexao.data.length === 0) conexao.resume();
}

// Criando o socket do servidor
try {
  if (!(ATRASO_MS >= 0)) throw "ATRASO_MS inválido";
  const servidor = Bun.listen<Buffer>({
    hostname: HOST,
    port: PORT,
    allowHalfOpen: true,
    socket: process.argv[2] === "eco" ? eco : saudacao,
  });
  console.log(`Servidor TCP de eventos rodando na porta ${servidor.port}...`);
} catch (erro) {
  const causa = (erro as NodeJS.ErrnoException).code ?? erro;
  console.error("Erro ao iniciar o servidor:", causa, `(${HOST}:${PORT})`);
  process.exit(1);
}

// Ctrl+C (SIGINT) ou `docker stop` (SIGTERM)
function encerrar(): never {
  console.log("\nServidor sendo encerrado pelo usuário.");
  process.exit(0);
}
