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
 */
import type { AddressInfo } from "node:net";

// Constantes para o endereço do servidor
const HOST = process.env.HOST || "127.0.0.1"; // localhost
const PORT = Number(process.env.PORT || 5555);
const MAX_THREADS = Number(process.env.MAX_THREADS || 100); // os demais clientes esperam

/**
 * Função alvo da thread. Lida com a comunicação de um único cliente.
 *
 * 'conexao' é o objeto socket da conexão.
 * 'endereco' contém o IP e a porta do cliente.
 */
function lidarComCliente(conexao: Conexao, endereco: string): void {
  console.log(`Novo cliente conectado: ${endereco}`);

  // Envolve a comunicação em um try/catch para que um cliente com erro
  // não derrube o servidor inteiro.
  try {
    // 'using' garante que a conexão deste cliente será fechada.
    using _ = conexao;
    while (true) {
      // Espera receber até 1024 bytes de dados
      const dados = conexao.recv(1024);
      if (dados.length === 0) {
        // Se dados está vazio, o cliente encerrou a conexão
        break;
      }
      console.log(`Mensagem de ${endereco}: ${conexao.decode(dados)}`);

      // Echo: envia a mesma mensagem de volta ao cliente
      conexao.sendall(dados);
    }
  } catch (erro) {
    console.log(`Erro na conexão com ${endereco}:`, erro);
  }

  console.log(`Cliente ${endereco} desconectado.`);
}

// Função principal que inicia o servidor
async function main(): Promise<void> {
  process.on("SIGINT", encerrar).on("SIGTERM", encerrar);
  try {
    if (!(MAX_THREADS >= 1)) throw "MAX_THREADS inválido";
    const servidor = await createServer(HOST, PORT);
    console.log(`Servidor pronto para receber conexões em ${HOST}:${servidor.porta}`);

    while (true) {
      // Espera até uma nova conexão chegar
      const [conexao, endereco] = await servidor.accept();

      // Cria e inicia uma nova thread para o cliente que conectou
      const thread = new Thread(lidarComCliente, conexao, endereco);
      await thread.start();
    }
  } catch (erro) {
    const { code } = erro as NodeJS.ErrnoException;
    console.error(
      "Erro ao iniciar o servidor:",
      (erro as NodeJS.ErrnoException).code ?? erro,
    );
    process.exit(1);
  }
}

function encerrar(): void {
  console.log("\nServidor sendo encerrado pelo usuário.");
  process.exit(0);
}

// ------- Por baixo: o que o Python traz pronto em `socket` e `threading` -------

const CAIXA = 65536; // quantos bytes podem esperar pela thread, e quantos pelo cliente
const FIM = -4095; // no lugar de uma quantidade: o cliente não vai enviar mais

// O socket é do programa principal, e uma thread não o alcança: ela pede por mensagem e dorme
// na memória que os dois dividem até ser atendida, como em uma chamada ao sistema.
class Conexao {
  n: Int32Array; // quantos bytes esperam pela thread, e quantos pelo cliente
  caixa: Uint8Array; // os que esperam pela thread
  #lidos = 0; // quantos deles ela já leu
  #utf8 = new TextDecoder(); // guarda a letra que veio pela metade
  [Symbol.dispose] = this.close;

  constructor(readonly memoria = new SharedArrayBuffer(8 + CAIXA)) {
    this.n = new Int32Array(memoria, 0, 2);
    this.caixa = new Uint8Array(memoria, 8);
  }

  recv(maximo: number): Buffer {
    Atomics.wait(this.n, 0, 0);
    const total = Atomics.load(this.n, 0);
    if (total === FIM) return Buffer.alloc(0);
    if (total < 0) throw require("node:util").getSystemErrorName(total);
    const ate = Math.min(total, this.#lidos + maximo);
    const dados = Buffer.from(this.caixa.slice(this.#lidos, ate));
    this.#lidos = ate % total;
    if (this.#lidos === 0 && Atomics.exchange(this.n, 0, 0)) Atomics.notify(this.n, 0);
    return dados;
  }

  sendall(dados: string | Uint8Array): void {
    const texto = Buffer.from(dados as string).toString("latin1"); // atravessa mais depressa
    let total = Atomics.add(this.n, 1, texto.length);
    this.pedir(texto);
    while ((total = Atomics.load(this.n, 1)) > CAIXA) Atomics.wait(this.n, 1, total);
    if (total < 0) throw "EPIPE";
  }

  // Um caractere de controle aparece como %XX: nenhum cliente comanda este terminal
  decode(dados: Uint8Array): string {
    return this.#utf8.decode(dados, { stream: true }).replace(/\p{Cc}/gu, encodeURI);
  }

  close(): void {
    this.pedir(null);
  }

  pedir = (pedido: string | null): void => postMessage(pedido);
}

// Um Worker custa caro de criar: o que termina com um cliente fica livre para outro
class Thread<A extends unknown[]> {
  static #vagas: (Worker | undefined)[] = Array.from({ length: MAX_THREADS });
  static #abriuVaga = () => {};
  #pedido;

  constructor(...pedido: [alvo: (c: Conexao, ...args: A) => void, Conexao, ...args: A]) {
    this.#pedido = pedido;
  }

  async start(): Promise<void> {
    const [alvo, conexao, ...args] = this.#pedido;
    while (Thread.#vagas.length === 0)
      await new Promise<void>((abriu) => (Thread.#abriuVaga = abriu));
    const worker = Thread.#vagas.pop() ?? new Worker(import.meta.url);
    const terminar = (vaga?: Worker) => {
      conexao.pedir(null);
      Thread.#vagas.push(vaga);
      Thread.#abriuVaga();
    };
    worker.onmessage = ({ data }) =>
      data === false ? terminar(worker) : conexao.pedir(data);
    worker.onerror = ({ message }) => terminar(void console.error(message));
    worker.postMessage([alvo.name, conexao.memoria, ...args]);
  }

  // Na thread: executa a função que o programa principal pedir
  static executar(funcoes: Record<string, Function>): void {
    process.exit = () => {
      throw new Error("só o programa principal usa process.exit()");
    };
    addEventListener("message", async ({ data: [nome, memoria, ...args] }) => {
      await funcoes[nome]!(new Conexao(memoria), ...args);
      postMessage(false);
    });
  }
}

// Abre a porta e, para cada cliente, liga o socket à memória que a thread dele vai ler
async function createServer(host: string, port: number) {
  const net = await import("node:net"); // só aqui: em cada thread, ocuparia memória
  const fila = new TransformStream<[Conexao, string]>();
  const [chegada, leitor] = [fila.writable.getWriter(), fila.readable.getReader()];
  const servidor = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const { remoteAddress: ip, remotePort: porta } = socket;
    if (!porta) return; // já desistiu
    const conexao = new Conexao();
    const { n, caixa } = conexao;
    const por = async (total: number, dados: Uint8Array = caixa) => {
      for (let v; (v = Atomics.load(n, 0)) > 0;) await Atomics.waitAsync(n, 0, v).value;
      caixa.set(dados);
      Atomics.store(n, 0, total);
      Atomics.notify(n, 0);
    };
    socket.on("data", async (dados: Buffer) => {
      if (dados.length > CAIXA || Atomics.load(n, 0) > 0) socket.pause();
      for (let i = 0; i < dados.length; i += CAIXA)
        await por(Math.min(CAIXA, dados.length - i), dados.subarray(i, i + CAIXA));
      socket.resume();
    });
    socket.on("end", () => por(FIM));
    socket.on("error", ({ errno = FIM }: NodeJS.ErrnoException) => por(errno));
    conexao.pedir = (texto) => {
      if (texto === null) return socket.destroySoon();
      socket.write(texto, "latin1", (erro) => {
        Atomics.sub(n, 1, erro ? 2 ** 30 : texto.length);
        Atomics.notify(n, 1);
      });
    };
    chegada.write([conexao, `${ip}:${porta}`]);
  });
  await new Promise<void>((pronto, falhou) =>
    servidor.on("error", falhou).listen(port, host, pronto),
  );
  const { port: porta } = servidor.address() as AddressInfo;
  return { porta, accept: async () => (await leitor.read()).value! };
}

if (Bun.isMainThread) await main();
else Thread.executar({ lidarComCliente });
