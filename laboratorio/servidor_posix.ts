/**
 * O quarto modelo: servidor TCP cujas threads fazem, elas mesmas, as chamadas ao sistema.
 *
 *   Terminal 1: bun run laboratorio/servidor_posix.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Servidor TCP posix rodando na porta 8000...
 *   Conexão estabelecida com 127.0.0.1:54321
 *
 * Com `eco` no fim do primeiro comando, devolve o que recebe. Como em Python, quem bloqueia a
 * thread é o sistema operacional. Usa a libc, a biblioteca de C: só no Linux e no macOS.
 */
import { dlopen, type FFITypeOrString, read } from "bun:ffi";
import { desistir, ErroDoSistema, motivo, numero } from "./posix/partida.ts";
import { criarThreads, executar, livre, ocupada, recolherLixo } from "./posix/reserva.ts";

const HOST = process.env.HOST || "0.0.0.0"; // aceita conexões de qualquer endereço
const PORT = numero("PORT", 8000, 0, 65535); // 0: qualquer porta livre
const ATRASO_MS = numero("ATRASO_MS", 0, 0, 3_600_000); // duração de cada atendimento
const MAX_THREADS = numero("MAX_THREADS", 100, 1, 1000); // os outros clientes esperam a vez
const ECO = process.argv[2] === "eco";

// Função alvo da thread, na saudação: atende um único cliente
function atenderCliente(conexao: number, endereco: string): void {
  console.log(`Conexão estabelecida com ${endereco}`);
  Bun.sleepSync(ATRASO_MS); // bloqueia esta thread, e só ela
  const mensagem = "Olá, cliente! Você está conectado ao servidor TCP posix.";
  send(conexao, Buffer.from(mensagem));
}

// Função alvo da thread, no eco: lida com a comunicação de um único cliente
function lidarComCliente(conexao: number, endereco: string): void {
  console.log(`Novo cliente conectado: ${endereco}`);
  const titulo = `Mensagem de ${endereco}:`;
  const utf8 = new TextDecoder(); // guarda a letra que veio pela metade
  while (true) {
    // Espera receber dados; se vierem vazios, o cliente encerrou a conexão
    const dados = recv(conexao);
    const texto = utf8.decode(dados, { stream: dados.length > 0 });
    // Caracteres de controle aparecem como %XX: nenhum cliente comanda este terminal
    if (texto !== "") console.log(titulo, texto.replace(/\p{Cc}/gu, encodeURI));
    if (dados.length === 0) break;
    send(conexao, dados); // Echo: envia a mesma mensagem de volta ao cliente
  }
}

// O que cada thread faz: aceita um cliente, atende-o e volta a aceitar
function thread(servidor: number): never {
  while (true) {
    // Bloqueia a execução até uma nova conexão chegar
    const [conexao, endereco] = accept(servidor);
    try {
      if (ECO) lidarComCliente(conexao, endereco);
      else atenderCliente(conexao, endereco);
    } catch (erro) {
      // Um cliente com erro não pode derrubar o servidor inteiro
      console.log(`Erro na conexão com ${endereco}: ${motivo(erro)}`);
    }
    livre(); // já pode contar com ela quem, com o close(), voltar logo
    close(conexao);
    if (ECO) console.log(`Cliente ${endereco} desconectado.`);
  }
}

function main(): void {
  // Criando o socket do servidor
  const servidor = socket(AF_INET, SOCK_STREAM, 0);
  const porta = bind(servidor, HOST, PORT);
  listen(servidor, 512);
  console.log(`Servidor TCP posix rodando na porta ${porta}...`);
  // Cria e inicia as threads, à medida que os clientes chegam; cada uma abre 3 descritores
  const maximo = Math.min(MAX_THREADS, (libc.getdtablesize() - 32) / 3);
  criarThreads(import.meta.url, maximo, servidor);
}

// ------- Por baixo: de que precisam as chamadas; cada constante, com o seu arquivo .h -------
const MAC = process.platform === "darwin"; // onde há dois valores, o primeiro é o do macOS
const [AF_INET, SOCK_STREAM] = [2, 1]; // sys/socket.h
const [SOL_SOCKET, SO_REUSEADDR] = MAC ? [0xffff, 4] : [1, 2]; // sys/socket.h
const [IPPROTO_TCP, TCP_NODELAY] = [6, 1]; // netinet/in.h, netinet/tcp.h
const FIOCLEX = MAC ? 0x20006601 : 0x5451; // sys/ioctl.h
const { libc, errno } = abrirLibc(MAC ? "libSystem.B.dylib" : "libc.so.6");
function abrirLibc(nome: string) {
  const [int, bytes, texto, size_t] = ["int", "buffer", "cstring", "u64"] as const;
  const f = <const A extends FFITypeOrString[]>(...args: A) => ({ args, returns: int });
  const onde = MAC ? "__error" : "__errno_location"; // errno.h
  try {
    const { symbols } = dlopen(nome, {
      ...{ socket: f(int, int, int), listen: f(int, int), bind: f(int, bytes, int) },
      ...{ accept: f(int, bytes, bytes), recv: f(int, bytes, size_t, int) },
      ...{ send: f(int, bytes, size_t, int), close: f(int), ioctl: f(int, size_t) },
      ...{ setsockopt: f(int, int, int, bytes, int), inet_pton: f(int, texto, bytes) },
      ...{ getsockname: f(int, bytes, bytes), getdtablesize: f() },
    });
    const erro = dlopen(nome, { [onde]: { args: [], returns: "ptr" } }).symbols;
    return { libc: symbols, errno: erro[onde]!()! };
  } catch {
    return desistir(`não há neste sistema a libc do Linux ou do macOS (${nome})`);
  }
}

// Se não foi feita, repete-se: um sinal a interrompeu, o cliente desistiu ou não há lugar
function feita(chamada: string, resultado: number): boolean {
  recolherLixo(resultado);
  if (resultado >= 0) return true;
  const numero = read.i32(errno, 0); // antes que outra chamada o mude
  const erro = process.getBuiltinModule("node:util").getSystemErrorName(-numero);
  if (/E[MN]FILE|ENOBUFS|ENOMEM/.test(erro)) Bun.sleepSync(100);
  else if (!/EINTR|ECONNABORTED/.test(erro)) throw new ErroDoSistema(chamada, erro);
  return false;
}
const certo = (chamada: string, n: number) => (feita(chamada, n), n); // não bloqueiam
const socket = (...a: [number, number, number]) => certo("socket", libc.socket(...a));
const listen = (s: number, fila: number) => certo("listen", libc.listen(s, fila));
const close = (conexao: number) => certo("close", libc.close(conexao));
const sockaddr_in = new DataView(new ArrayBuffer(16)); // netinet/in.h: família, porta e IP
const ip = new Uint8Array(sockaddr_in.buffer, 4, 4);
function bind(servidor: number, host: string, porta: number): number {
  const sim = new Int32Array([1]);
  libc.setsockopt(servidor, SOL_SOCKET, SO_REUSEADDR, sim, 4); // reabre a porta na hora
  libc.setsockopt(servidor, IPPROTO_TCP, TCP_NODELAY, sim, 4); // não segura envios curtos
  libc.ioctl(servidor, FIOCLEX); // nenhum processo filho o herda
  if (!libc.inet_pton(AF_INET, host.replace(/^localhost$/, "127.0.0.1"), ip))
    throw new Error(`HOST deve ser localhost ou um IPv4, e não "${host}"`);
  sockaddr_in.setUint16(0, MAC ? 0x1002 : 0x0200); // AF_INET, e no macOS antes o tamanho
  sockaddr_in.setUint16(2, porta);
  certo("bind", libc.bind(servidor, sockaddr_in, 16));
  libc.getsockname(servidor, sockaddr_in, new Int32Array([16]));
  return sockaddr_in.getUint16(2); // com PORT=0, a que o sistema escolheu
}

function accept(servidor: number): [conexao: number, endereco: string] {
  const conexao = libc.accept(servidor, sockaddr_in, new Int32Array([16]));
  if (!feita("accept", conexao)) return accept(servidor);
  libc.ioctl(conexao, FIOCLEX);
  ocupada();
  return [conexao, `${ip.join(".")}:${sockaddr_in.getUint16(2)}`];
}
const caixa = new Uint8Array(new ArrayBuffer(65536)); // sempre a mesma: nada a move ou libera
function recv(conexao: number): Uint8Array {
  const n = libc.recv(conexao, caixa, caixa.length, 0);
  return feita("recv", n) ? caixa.subarray(0, n) : recv(conexao);
}
function send(conexao: number, dados: Uint8Array): void {
  const n = libc.send(conexao, dados, dados.length, 0);
  const falta = feita("send", n) ? dados.subarray(n) : dados; // foi só uma parte?
  if (falta.length > 0) return send(conexao, falta);
}

executar(main, thread);
