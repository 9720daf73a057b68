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
// Abre a porta; accept() devolve quem chega, e sendall() espera o cliente ler
function listen(hostname: string, port: number) {
  const fila: [cliente: Bun.Socket, endereco: string][] = [];
  let acordar = (_?: unknown) => {};
  const dormir = () => new Promise((aviso) => (acordar = aviso));
  const open = (cliente: Bun.Socket) => {
    const { remoteAddress: ip, remotePort: porta } = cliente;
    if (porta) acordar(fila.push([cliente, `${ip}:${porta}`])); // senão, já desistiu
  };
  const drain = () => acordar();
  const socket = { open, data() {}, end() {}, drain, close: drain };
  const { port: porta } = Bun.listen({ hostname, port, allowHalfOpen: true, socket });
  const accept = async () => {
    while (fila.length === 0) await dormir();
    const [cliente, endereco] = fila.shift()!;
    const sendall = async (texto: string) => {
      let resto = Buffer.from(texto);
      for (let n; (n = cliente.write(resto)) >= 0 && n < resto.length; await dormir())
        resto = resto.subarray(n);
    };
    return [{ sendall, close: () => cliente.end() }, endereco] as const;
  };
  return { porta, accept };
}

// Até Ctrl+C (SIGINT) ou `docker stop` (SIGTERM)
const sinal = new Promise((parar) => process.on("SIGINT", parar).on("SIGTERM", parar));
await Promise.race([main(), sinal]).catch((erro) => {
  const engano = /^(Type|Reference)/.test(erro.name); // aparece com a linha
  const causa = engano ? erro : (erro.code ?? erro.message ?? erro);
  console.error("Erro ao iniciar o servidor:", causa, `(${HOST}:${PORT})`);
  process.exit(1);
});
console.log("\nServidor sendo encerrado pelo usuário.");
process.exit();
