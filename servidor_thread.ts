/**
 * Tutorial, Experimento 1: servidor TCP com threads, uma para cada cliente.
 *
 *   Terminal 1: bun run servidor_thread.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Servidor TCP multithread rodando na porta 8000...
 *   Conexão estabelecida com 127.0.0.1:54321
 */
const HOST = process.env.HOST || "0.0.0.0"; // qualquer endereço desta máquina
const PORT = process.env.PORT || 8000; // Porta do servidor
const ATRASO_MS = Number(process.env.ATRASO_MS || 0); // quanto dura cada atendimento
const MAX_THREADS = Number(process.env.MAX_THREADS || 100); // os demais clientes esperam

function atenderCliente(conexao: Conexao, endereco: string): void {
  console.log(`Conexão estabelecida com ${endereco}`);
  Bun.sleepSync(ATRASO_MS);
  const mensagem = "Olá, cliente! Você está conectado ao servidor TCP multithread.";
  conexao.sendall(mensagem);
  conexao.close();
}

async function main(): Promise<void> {
  if (!(ATRASO_MS >= 0 && MAX_THREADS >= 1)) throw "ATRASO_MS ou MAX_THREADS inválido";
  // Criando o socket do servidor
  const servidor = listen(HOST, Number(PORT));

  console.log(`Servidor TCP multithread rodando na porta ${servidor.porta}...`);

  while (true) {
    const [conexao, endereco] = await servidor.accept();
    const thread = new Thread(atenderCliente, conexao, endereco);
    await thread.start();
  }
}

// ------- Por baixo: o que o Python traz pronto em `socket` e `threading` -------
// O socket é do programa principal, e uma thread não o alcança: ela pede por mensagem e dorme
// na memória que os dois dividem até ser atendida, como em uma chamada ao sistema.
class Conexao {
  // n[0]: quantos bytes faltam enviar; menos de zero, se não há mais a quem
  constructor(readonly n = new Int32Array(new SharedArrayBuffer(4))) {}

  sendall(dados: string | Uint8Array): void {
    if (Atomics.load(this.n, 0) < 0) throw "EPIPE";
    const texto = Buffer.from(dados as string).toString("latin1"); // atravessa mais depressa
    Atomics.add(this.n, 0, texto.length);
    this.pedir(texto);
    for (let v; !Bun.isMainThread && (v = Atomics.load(this.n, 0)) > 65536;)
      Atomics.wait(this.n, 0, v);
  }

  close = () => this.pedir(null);
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

// Abre a porta; accept() devolve quem chega, na ordem
function listen(hostname: string, port: number) {
  const fila = new TransformStream<[Conexao, string], [Conexao, string]>();
  const [chegada, leitor] = [fila.writable.getWriter(), fila.readable.getReader()];
  const open = (cliente: Bun.Socket<() => void>) => {
    const { remoteAddress: ip, remotePort: porta } = cliente;
    const conexao = new Conexao();
    let [resto, fim] = [Buffer.alloc(0), false];
    cliente.data = () => {
      const enviados = resto.length && cliente.write(resto);
      resto = resto.subarray(Math.max(enviados, 0)); // vai quando o cliente ler (`drain`)
      if (enviados < 0) Atomics.store(conexao.n, 0, -(2 ** 30));
      else Atomics.sub(conexao.n, 0, enviados);
      Atomics.notify(conexao.n, 0);
      if (fim && resto.length === 0) cliente.end();
    };
    conexao.pedir = (texto) => {
      fim ||= texto === null;
      resto = Buffer.concat([resto, Buffer.from(texto ?? "", "latin1")]);
      cliente.data();
    };
    if (porta) chegada.write([conexao, `${ip}:${porta}`]); // senão, já desistiu
  };
  const drain = (cliente: Bun.Socket<() => void>) => cliente.data();
  const socket = { open, data() {}, end() {}, drain, close: drain };
  const { port: porta } = Bun.listen({ hostname, port, allowHalfOpen: true, socket });
  return { porta, accept: async () => (await leitor.read()).value! };
}

if (!Bun.isMainThread) await Thread.executar({ atenderCliente });

// Até Ctrl+C (SIGINT) ou `docker stop` (SIGTERM)
const sinal = new Promise((parar) => process.on("SIGINT", parar).on("SIGTERM", parar));
await Promise.race([main(), sinal]).catch((erro) => {
  let causa = erro.code ?? erro.message; // a do sistema; um engano aparece com a linha
  if (erro instanceof TypeError || !/^(E[A-Z]|Failed)/.test(causa)) causa = erro;
  console.error("Erro ao iniciar o servidor:", causa, `(${HOST}:${PORT})`);
  process.exit(1);
});
console.log("\nServidor sendo encerrado pelo usuário.");
process.exit();
