/**
 * Estudo Dirigido, Parte 3: servidor de eco multithread, com tratamento de erros.
 *
 *   Terminal 1: bun run servidor_final.ts
 *   Terminal 2: bun run cliente_final.ts
 *
 *   Servidor pronto para receber conexões em 127.0.0.1:5555
 *   Novo cliente conectado: 127.0.0.1:54321
 *   Mensagem de 127.0.0.1:54321: Olá!
 *   Cliente 127.0.0.1:54321 desconectado.
 *
 * Diferente do Python: a thread é um Worker, que executa este mesmo arquivo com uma cópia
 * só sua de cada variável, e não alcança os sockets. O que o cliente envia chega à thread
 * por mensagem, e por mensagem volta. Quem termina um cliente fica livre para o próximo.
 */

// Constantes para o endereço do servidor
const HOST = process.env.HOST || "127.0.0.1"; // localhost
const PORT = numero("PORT", 5555, 0, 65535); // com PORT=0, o sistema escolhe uma livre
const MAX_THREADS = numero("MAX_THREADS", 100, 1, 1000); // os outros clientes esperam a vez

/**
 * Função alvo da thread. Lida com a comunicação de um único cliente.
 *
 * 'conexao' traz os dados do cliente, na ordem em que chegam.
 * 'endereco' é o IP e a porta do cliente.
 */
async function lidarComCliente(conexao: ReadableStream<Uint8Array>, endereco: string) {
  console.log(`Novo cliente conectado: ${endereco}`);

  // Um cliente com erro não pode derrubar o servidor inteiro.
  try {
    const utf8 = new TextDecoder(); // guarda a letra que veio pela metade
    // Cada volta espera os próximos dados; o laço acaba quando o cliente encerra a conexão
    for await (const dados of conexao) {
      mostrar(utf8.decode(dados, { stream: true }), endereco);

      // Echo: envia a mesma mensagem de volta ao cliente
      enviar(dados);
    }
    mostrar(utf8.decode(), endereco); // a meia letra que tenha sobrado
  } catch (erro) {
    console.log(`Erro na conexão com ${endereco}: ${(erro as Error).message ?? erro}`);
  }

  console.log(`Cliente ${endereco} desconectado.`);
}

// Caracteres de controle aparecem como %XX: nenhum cliente comanda este terminal
function mostrar(mensagem: string, endereco: string): void {
  if (mensagem === "") return;
  console.log(`Mensagem de ${endereco}: ${mensagem.replace(/\p{Cc}/gu, encodeURI)}`);
}

// Função principal que inicia o servidor
async function main(): Promise<void> {
  process.on("SIGINT", encerrar);
  process.on("SIGTERM", encerrar);

  // Quem chegou e ainda não tem uma thread
  const fila = new TransformStream<[conexao: Bun.Socket<Cliente>, endereco: string]>();
  const chegada = fila.writable.getWriter();

  try {
    const servidor = Bun.listen<Cliente>({
      hostname: HOST,
      port: PORT,
      allowHalfOpen: true, // quem parou de enviar ainda espera o eco
      socket: {
        open(conexao) {
          conexao.pause(); // até haver uma thread para este cliente
          conexao.data = { saida: Buffer.alloc(0), fim: false };
          const { remoteAddress: ip, remotePort: porta } = conexao;
          if (porta) chegada.write([conexao, `${ip}:${porta}`]); // sem porta: já desistiu
        },
        data(conexao, dados) {
          conexao.pause(); // só se lê mais depois de responder, como no roteiro
          conexao.data.thread?.postMessage(dados.toString("latin1"));
        },
        drain(conexao) {
          if (conexao.data.saida.length > 0) escrever(conexao);
        },
        end(conexao) {
          conexao.data.thread?.postMessage(null);
        },
        close(conexao) {
          conexao.data.thread?.postMessage({ erro: "o cliente interrompeu a conexão" });
        },
      },
    });
    console.log(`Servidor pronto para receber conexões em ${HOST}:${servidor.port}`);
  } catch (erro) {
    desistir(motivo(erro));
  }

  // Entrega cada cliente a uma thread só dele
  for await (const [conexao, endereco] of fila.readable) {
    const cliente = conexao.data;
    const thread = await threadLivre();
    cliente.thread = thread;
    thread.onmessage = ({ data }) => {
      if (typeof data === "string") {
        cliente.saida = Buffer.concat([cliente.saida, Buffer.from(data, "latin1")]);
      } else if (data.fim) {
        cliente.fim = true;
        cliente.thread = undefined;
        livres.push(thread);
        ficouLivre();
      }
      escrever(conexao);
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
    thread.postMessage({ endereco });
    if (conexao.readyState < 1)
      thread.postMessage({ erro: "o cliente não esperou a vez" });
  }
}

// Como o programa principal e as threads conversam: os dados vão e voltam como texto
// latin1, um caractere por byte, que é o que atravessa mais depressa entre Workers.

// O que o programa principal guarda de cada conexão
type Cliente = { thread?: Worker; saida: Buffer; fim: boolean };

// No programa principal: envia o que couber; o resto vai quando o cliente ler (`drain`)
function escrever(conexao: Bun.Socket<Cliente>): void {
  const cliente = conexao.data;
  const enviados = conexao.write(cliente.saida);
  if (enviados < 0) return void conexao.terminate(); // o cliente já se foi
  cliente.saida = cliente.saida.subarray(enviados);
  if (cliente.saida.length > 0) return;
  if (cliente.fim) conexao.end();
  else conexao.resume();
}

// Na thread: envia dados ao cliente
let respondeu = false;
function enviar(dados: Uint8Array | string): void {
  postMessage(Buffer.from(dados).toString("latin1"));
  respondeu = true;
}

// Na thread: transforma as mensagens que chegam na conexão de que lidarComCliente() lê
let recebidos: ReadableStreamDefaultController<Uint8Array> | undefined;
async function receber({ data }: MessageEvent): Promise<void> {
  if (data === null) return recebidos?.close();
  if (typeof data === "string") {
    respondeu = false;
    return recebidos?.enqueue(Buffer.from(data, "latin1"));
  }
  if (data.erro) return recebidos?.error(new Error(data.erro));

  respondeu = false;
  const conexao = new ReadableStream<Uint8Array>(
    {
      start: (controle) => void (recebidos = controle),
      // Pede mais dados; se a thread respondeu, a resposta já serve de pedido
      pull() {
        if (!respondeu) postMessage({ fim: false });
      },
      cancel: () => void (recebidos = undefined), // o laço saiu antes do fim
    },
    { highWaterMark: 0 },
  );
  await lidarComCliente(conexao, data.endereco);
  recebidos = undefined;
  postMessage({ fim: true });
}

// As threads que esperam um cliente, e quantas existem ao todo
let livres: Worker[] = [];
let total = 0;
let ficouLivre = () => {}; // avisa threadLivre() que uma thread terminou

// Uma thread livre; se não há, uma nova; se já há MAX_THREADS, a primeira a terminar
async function threadLivre(): Promise<Worker> {
  while (livres.length === 0 && total === MAX_THREADS) {
    await new Promise<void>((avisar) => (ficouLivre = avisar));
  }
  if (livres.length === 0) total++;
  return livres.pop() ?? new Worker(import.meta.url);
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

if (Bun.isMainThread) await main();
else addEventListener("message", receber);
