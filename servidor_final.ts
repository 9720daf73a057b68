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
// Constantes para o endereço do servidor
const HOST = process.env.HOST || "127.0.0.1"; // localhost
const PORT = process.env.PORT || 5555;
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
    const servidor = await createServer(HOST, Number(PORT));
    console.log(`Servidor pronto para receber conexões em ${HOST}:${servidor.porta}`);

    while (true) {
      // Espera até uma nova conexão chegar
      const [conexao, endereco] = await servidor.accept();

      // Cria e inicia uma nova thread para o cliente que conectou
      const thread = new Thread(lidarComCliente, conexao, endereco);
      await thread.start();
    }
  } catch (erro) {
    const { code, message } = erro as NodeJS.ErrnoException;
    let causa: unknown = code ?? message; // a do sistema; um engano aparece com a linha
    if (erro instanceof TypeError || !/^(E[A-Z]|Failed)/.test(`${causa}`)) causa = erro;
    console.error("Erro ao iniciar o servidor:", causa, `(${HOST}:${PORT})`);
    process.exit(1);
  }
}

function encerrar(): void {
  console.log("\nServidor sendo encerrado pelo usuário.");
  process.exit(0);
}

// ------- Por baixo: o que o Python traz pronto em `socket` e `threading` -------
const CAIXA = 1 << 19; // cabe tudo o que um socket entrega de uma vez (512 KiB)
const FIM = -4095; // no lugar de uma quantidade: o cliente não vai enviar mais

// O socket é do programa principal, e uma thread não o alcança: ela pede por mensagem e dorme
// na memória que os dois dividem até ser atendida, como em uma chamada ao sistema.
class Conexao {
  #lidos = 0; // quantos bytes da caixa a thread já leu
  #utf8 = new TextDecoder(); // guarda a letra que veio pela metade

  // n[0]: bytes na caixa, à espera da thread; n[1]: bytes a enviar; depois, a caixa
  constructor(readonly n = new Int32Array(new SharedArrayBuffer(8 + CAIXA))) {}

  recv(maximo: number): Buffer {
    if (Bun.isMainThread) throw new TypeError("recv() é para a thread do cliente");
    Atomics.wait(this.n, 0, 0);
    const total = Atomics.load(this.n, 0);
    if (total === FIM) return Buffer.alloc(0);
    if (total < 0) throw require("node:util").getSystemErrorName(total);
    const quantos = Math.min(maximo, total - this.#lidos);
    const dados = Buffer.from(new Uint8Array(this.n.buffer, 8 + this.#lidos, quantos));
    this.#lidos = (this.#lidos + quantos) % total;
    if (this.#lidos === 0 && Atomics.compareExchange(this.n, 0, total, 0))
      Atomics.notify(this.n, 0);
    return dados;
  }

  sendall(dados: string | Uint8Array): void {
    if (Atomics.load(this.n, 1) < 0) throw "EPIPE";
    const texto = Buffer.from(dados as string).toString("latin1"); // atravessa mais depressa
    Atomics.add(this.n, 1, texto.length);
    this.pedir(texto);
    for (let v; !Bun.isMainThread && (v = Atomics.load(this.n, 1)) > 65536;)
      Atomics.wait(this.n, 1, v);
  }

  // Um caractere de controle aparece como %XX: nenhum cliente comanda este terminal
  decode(dados: Uint8Array): string {
    return this.#utf8.decode(dados, { stream: true }).replace(/\p{Cc}/gu, encodeURI);
  }

  close = () => this.pedir(null);
  [Symbol.dispose] = this.close;
  pedir = (pedido: string | null): void => postMessage(pedido);
}

// Um Worker custa caro de criar: o que termina com um cliente fica livre para outro
class Thread<A extends unknown[]> {
  static #vagas = Array.from<Worker | undefined>({ length: Math.min(MAX_THREADS, 1e4) });
  static #abriuVaga = (_?: unknown) => {};
  start: () => Promise<void>;

  constructor(alvo: (c: Conexao, ...args: A) => void, conexao: Conexao, ...args: A) {
    this.start = async () => {
      while (Thread.#vagas.length === 0)
        await new Promise((abriu) => (Thread.#abriuVaga = abriu));
      const worker = Thread.#vagas.pop() ?? new Worker(import.meta.url);
      const terminar = (vaga?: Worker) => {
        conexao.pedir(null);
        Thread.#abriuVaga(Thread.#vagas.push(vaga));
      };
      worker.onmessage = ({ data }) =>
        data === false ? terminar(worker) : conexao.pedir(data);
      worker.onerror = ({ message }) => terminar(void console.error(message));
      worker.postMessage([alvo.name, conexao.n, ...args]);
    };
  }

  // Na thread: executa, sem nunca voltar, a função que o programa principal pedir
  static executar(funcoes: Record<string, Function>): Promise<never> {
    process.exit = null as never; // quem termina o programa é o principal
    process.on("uncaughtException", console.log).on("unhandledRejection", console.log);
    const atender = async ({ data: [nome, n, ...args] }: MessageEvent) => {
      const conexao = new Conexao(n);
      try {
        await funcoes[nome]!(conexao, ...args);
      } catch (erro) {
        console.log(`Erro em ${nome}(${args}):`, erro);
      }
      conexao.pedir = () => {}; // o que ainda pedir não é do próximo cliente
      postMessage(false);
    };
    return new Promise(() => addEventListener("message", atender));
  }
}

// Abre a porta e, para cada cliente, liga o socket à memória que a thread dele vai ler
async function createServer(host: string, port: number) {
  const net = await import("node:net"); // só aqui: em cada thread, ocuparia memória
  const { on, once } = await import("node:events");
  const servidor = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const { remoteAddress: ip, remotePort: porta } = socket.on("error", () => {});
    if (!porta) return; // já desistiu
    const conexao = new Conexao();
    const { n } = conexao;
    let vez = Promise.resolve(); // cada coisa entra na caixa na ordem em que chegou
    const por = (total: number, dados?: Buffer) => {
      if (Atomics.load(n, 0) > 0) socket.pause();
      vez = vez.then(async () => {
        for (let v; (v = Atomics.load(n, 0)) > 0;) await Atomics.waitAsync(n, 0, v).value;
        if (Atomics.load(n, 0) < 0) return; // depois do fim, mais nada
        if (dados) new Uint8Array(n.buffer, 8).set(dados);
        Atomics.store(n, 0, total);
        Atomics.notify(n, 0);
        socket.resume();
      });
    };
    socket.on("data", (dados: Buffer) => por(dados.length, dados));
    socket.on("end", () => por(FIM));
    socket.on("error", ({ errno = FIM }: NodeJS.ErrnoException) => por(errno));
    conexao.pedir = (texto) => {
      if (texto === null) {
        Atomics.store(n, 0, FIM); // quem ainda esperava a vez não espera mais
        Atomics.notify(n, 0);
        return socket.destroySoon();
      }
      socket.write(texto, "latin1", (erro) => {
        if (erro) Atomics.store(n, 1, -(2 ** 30));
        else Atomics.sub(n, 1, texto.length);
        Atomics.notify(n, 1);
      });
    };
    servidor.emit("pronta", conexao, `${ip}:${porta}`);
  });
  const chegadas = on(servidor, "pronta");
  await once(servidor.listen(port, host), "listening");
  const { port: porta } = servidor.address() as { port: number };
  const accept = async () => (await chegadas.next()).value as [Conexao, string];
  return { porta, accept };
}

if (!Bun.isMainThread) await Thread.executar({ lidarComCliente });
await main();
