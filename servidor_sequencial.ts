/**
 * Tutorial, 1: servidor TCP sem thread, que atende um cliente de cada vez.
 *
 *   Terminal 1: bun run servidor_sequencial.ts
 *   Terminal 2: bun run cliente.ts
 *
 *   Servidor TCP rodando na porta 8000...
 *   Conexão estabelecida com 127.0.0.1:54321
 */
const HOST = process.env.HOST || "0.0.0.0"; // qualquer endereço desta máquina
const PORT = process.env.PORT || 8000; // Porta do servidor
const ATRASO_MS = Number(process.env.ATRASO_MS || 0); // quanto dura cada atendimento

async function main(): Promise<void> {
  if (!(ATRASO_MS >= 0)) throw "ATRASO_MS inválido";
  // Criando o socket do servidor
  const servidor = listen(HOST, Number(PORT));

  console.log(`Servidor TCP rodando na porta ${servidor.porta}...`);

  while (true) {
    const [conexao, endereco] = await servidor.accept();
    console.log(`Conexão estabelecida com ${endereco}`);
    await Bun.sleep(ATRASO_MS);
    const mensagem = "Olá, cliente! Você está conectado ao servidor TCP.";
    await conexao.sendall(mensagem);
    conexao.close();
  }
}

// ------- Por baixo: o que o Python traz pronto em `socket` -------
// Abre a porta; accept() devolve quem chega, na ordem
type Conexao = { sendall(texto: string): Promise<void>; close(): void };
function listen(hostname: string, port: number) {
  const fila = new TransformStream<[Conexao, string], [Conexao, string]>();
  const [chegada, leitor] = [fila.writable.getWriter(), fila.readable.getReader()];
  const open = (cliente: Bun.Socket<() => void>) => {
    const { remoteAddress: ip, remotePort: porta } = cliente;
    const close = () => cliente.end();
    const coube = () => new Promise<void>((aviso) => (cliente.data = aviso));
    const sendall = async (texto: string) => {
      let resto = Buffer.from(texto);
      for (let n; (n = cliente.write(resto)) >= 0 && n < resto.length; await coube())
        resto = resto.subarray(n); // vai quando o cliente ler (`drain`)
    };
    if (porta) chegada.write([{ sendall, close }, `${ip}:${porta}`]); // senão, já desistiu
  };
  const drain = (cliente: Bun.Socket<() => void>) => cliente.data?.();
  const socket = { open, data() {}, end() {}, drain, close: drain };
  const { port: porta } = Bun.listen({ hostname, port, allowHalfOpen: true, socket });
  return { porta, accept: async () => (await leitor.read()).value! };
}

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
