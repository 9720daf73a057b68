/**
 * Tutorial, 1: servidor TCP sem thread, que atende um cliente de cada vez.
 *
 *   Terminal 1: bun run servidor_sequencial.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Servidor TCP rodando na porta 8000...
 *   Conexão estabelecida com 127.0.0.1:54321
 *
 * Diferente do Python: o Bun não para em um accept(); ele avisa (`open`) que chegou
 * uma conexão. Por isso a fila: cada aviso entra nela, e o laço os atende em ordem.
 */

const HOST = process.env.HOST || "0.0.0.0"; // aceita conexões de qualquer endereço
const PORT = numero("PORT", 8000, 0, 65535); // com PORT=0, o sistema escolhe uma livre
const ATRASO_MS = numero("ATRASO_MS", 0, 0, 3_600_000); // duração de cada atendimento

process.on("SIGINT", encerrar);
process.on("SIGTERM", encerrar);

// Quem chegou e ainda não foi atendido
const fila = new TransformStream<[conexao: Bun.Socket, endereco: string]>();
const chegada = fila.writable.getWriter();

// Criando o socket do servidor
try {
  const servidor = Bun.listen({
    hostname: HOST,
    port: PORT,
    allowHalfOpen: true, // quem parou de enviar ainda espera a resposta
    socket: {
      open(conexao) {
        const { remoteAddress: ip, remotePort: porta } = conexao;
        if (porta) chegada.write([conexao, `${ip}:${porta}`]); // sem porta: já desistiu
      },
      data() {}, // o Bun exige esta função; aqui, o que o cliente envia não importa
      end() {}, // sem esta, o Bun encerraria com quem parou de enviar
    },
  });
  console.log(`Servidor TCP rodando na porta ${servidor.port}...`);
} catch (erro) {
  desistir(motivo(erro));
}

// O próximo da fila só é atendido depois que este terminar
for await (const [conexao, endereco] of fila.readable) {
  console.log(`Conexão estabelecida com ${endereco}`);
  await Bun.sleep(ATRASO_MS);
  const mensagem = "Olá, cliente! Você está conectado ao servidor TCP.";
  conexao.end(mensagem); // envia e encerra: o sendall() e o close() do Python
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
  const { code, name, message } = erro as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return `a porta ${PORT} já está em uso; feche o outro programa ou mude PORT`;
  if (code === "EADDRNOTAVAIL")
    return `o endereço ${HOST} não é desta máquina; mude HOST`;
  if (code === "EACCES") return `sem permissão para a porta ${PORT}; mude PORT`;
  if (name !== "Error") return message; // um engano neste arquivo
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
