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
const PORT = Number(process.env.PORT || 8000); // Porta do servidor
const ATRASO_MS = Number(process.env.ATRASO_MS || 0); // quanto dura cada atendimento

async function main(): Promise<void> {
  if (!(ATRASO_MS >= 0)) throw "ATRASO_MS inválido";
  // Criando o socket do servidor
  const servidor = listen(HOST, PORT);

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

// Abre a porta; accept() espera que alguém chegue, e sendall(), que o cliente leia
function listen(hostname: string, port: number) {
  const fila: Bun.Socket[] = []; // quem chegou e ainda não foi aceito
  let acordar = (_?: unknown) => {};
  const dormir = () => new Promise((avisar) => (acordar = avisar));
  const socket = {
    open(cliente: Bun.Socket) {
      if (cliente.remotePort) acordar(fila.push(cliente)); // sem porta: já desistiu
    },
    data() {}, // o que o cliente envia não importa
    end() {}, // e quem parou de enviar ainda espera a resposta
    drain: () => acordar(),
    close: () => acordar(),
  };
  const { port: porta } = Bun.listen({ hostname, port, allowHalfOpen: true, socket });
  const accept = async () => {
    while (fila.length === 0) await dormir();
    const cliente = fila.shift()!;
    const sendall = async (texto: string) => {
      let resto = Buffer.from(texto);
      for (let n; (n = cliente.write(resto)) >= 0 && n < resto.length; await dormir())
        resto = resto.subarray(n);
    };
    const conexao = { sendall, close: () => cliente.end() };
    return [conexao, `${cliente.remoteAddress}:${cliente.remotePort}`] as const;
  };
  return { porta, accept };
}

// Ctrl+C (SIGINT) ou `docker stop` (SIGTERM)
function encerrar(): void {
  console.log("\nServidor sendo encerrado pelo usuário.");
  process.exit();
}

process.on("SIGINT", encerrar).on("SIGTERM", encerrar);
await main().catch((erro) => {
  console.error("Erro ao iniciar o servidor:", erro.code ?? erro, `(${HOST}:${PORT})`);
  process.exit(1);
});
