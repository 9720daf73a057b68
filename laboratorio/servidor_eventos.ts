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
const PORT = numero("PORT", 8000, 0, 65535); // 0: qualquer porta livre
const ATRASO_MS = numero("ATRASO_MS", 0, 0, 3_600_000); // duração de cada atendimento

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
  const servidor = Bun.listen<Buffer>({
    hostname: HOST,
    port: PORT,
    allowHalfOpen: true,
    socket: process.argv[2] === "eco" ? eco : saudacao,
  });
  console.log(`Servidor TCP de eventos rodando na porta ${servidor.port}...`);
} catch (erro) {
  desistir(motivo(erro));
}

// Daqui em diante, o que o roteiro não mostra: as opções, os erros e o Ctrl+C.

// Um número vindo do ambiente, como em PORT=8001, ou o do roteiro
function numero(nome: string, padrao: number, minimo: number, maximo: number): number {
  const valor = Number(process.env[nome] || padrao);
  if (Number.isInteger(valor) && valor >= minimo && valor <= maximo) return valor;
  return desistir(`${nome} deve ser um número inteiro de ${minimo} a ${maximo}`);
}

// Por que o servidor não conseguiu abrir a porta, e o que fazer
function motivo(erro: unknown): string {
  const { code } = erro as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return `a porta ${PORT} já está em uso; feche o outro programa ou mude PORT`;
  if (code === "EADDRNOTAVAIL")
    return `o endereço ${HOST} não é desta máquina; mude HOST`;
  if (code === "EACCES") return `sem permissão para a porta ${PORT}; mude PORT`;
  return `não dá para usar o endereço ${HOST}:${PORT}; confira HOST e PORT`;
}

function desistir(motivo: string): never {
  console.error(`Erro ao iniciar o servidor: ${motivo}.`);
  process.exit(1);
}

// Ctrl+C (SIGINT) ou `docker stop` (SIGTERM)
function encerrar(): never {
  console.log("\nServidor sendo encerrado pelo usuário.");
  process.exit(0);
}
