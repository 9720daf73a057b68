/**
 * Tutorial, Experimento 1: servidor TCP com threads, uma para cada cliente.
 *
 *   Terminal 1: bun run servidor_thread.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Servidor TCP multithread rodando na porta 8000...
 *   Conexão estabelecida com 127.0.0.1:54321
 *
 * Diferente do Python: a thread é um Worker, que executa este mesmo arquivo com uma cópia
 * só sua de cada variável, e não alcança os sockets. Ela recebe o endereço do cliente e
 * devolve a mensagem. Criar um Worker custa caro: quem termina fica livre para o próximo.
 */

const HOST = process.env.HOST || "0.0.0.0"; // aceita conexões de qualquer endereço
const PORT = numero("PORT", 8000, 0, 65535); // com PORT=0, o sistema escolhe uma livre
const ATRASO_MS = numero("ATRASO_MS", 0, 0, 3_600_000); // duração de cada atendimento
const MAX_THREADS = numero("MAX_THREADS", 100, 1, 1000); // os outros clientes esperam a vez

// Função alvo da thread: atende um único cliente
function atenderCliente(endereco: string): string {
  console.log(`Conexão estabelecida com ${endereco}`);
  Bun.sleepSync(ATRASO_MS); // bloqueia esta thread, e só ela
  const mensagem = "Olá, cliente! Você está conectado ao servidor TCP multithread.";
  return mensagem;
}

// Na thread: para cada endereço que chega, uma mensagem de volta
if (!Bun.isMainThread) {
  addEventListener("message", async ({ data: endereco }) => {
    try {
      postMessage(`${await atenderCliente(endereco)}`);
    } catch (erro) {
      console.log(`Erro na conexão com ${endereco}: ${(erro as Error).message ?? erro}`);
      postMessage("");
    }
  });
}

let livres: Worker[] = []; // threads que esperam o próximo cliente
let total = 0; // threads que existem, livres ou ocupadas
let ficouLivre = () => {}; // avisa threadLivre() que uma thread terminou

// Uma thread livre; se não há, uma nova; se já há MAX_THREADS, a primeira a terminar
async function threadLivre(): Promise<Worker> {
  while (livres.length === 0 && total === MAX_THREADS) {
    await new Promise<void>((avisar) => (ficouLivre = avisar));
  }
  if (livres.length === 0) total++;
  return livres.pop() ?? new Worker(import.meta.url);
}

if (Bun.isMainThread) {
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
    console.log(`Servidor TCP multithread rodando na porta ${servidor.port}...`);
  } catch (erro) {
    desistir(motivo(erro));
  }

  // Entrega cada cliente da fila a uma thread e já passa ao próximo
  for await (const [conexao, endereco] of fila.readable) {
    const thread = await threadLivre();
    thread.onmessage = ({ data: mensagem }) => {
      conexao.end(mensagem); // envia e encerra: o sendall() e o close() do Python
      livres.push(thread);
      ficouLivre();
    };
    // Um erro que a função não tratou acaba com a thread, e só com este cliente
    thread.onerror = ({ message }) => {
      const [causa] = message.match(/\w*error: .*/i) ?? ["a thread parou"];
      console.log(`Erro na conexão com ${endereco}: ${causa}`);
      conexao.end();
      livres = livres.filter((livre) => livre !== thread);
      total--;
      ficouLivre();
    };
    thread.postMessage(endereco);
  }
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
