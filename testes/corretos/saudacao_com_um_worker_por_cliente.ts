// Certo: o tempo de atendimento é de um Worker novo para cada cliente.
const espera_ms = Number(process.env.ATRASO_MS ?? 0);

if (Bun.isMainThread) {
  Bun.listen({
    hostname: "127.0.0.1",
    port: Number(process.env.PORT),
    socket: {
      open(conexao) {
        if (espera_ms === 0) return void conexao.end(saudacao());
        const worker = new Worker(import.meta.url);
        worker.onmessage = ({ data }: MessageEvent<string>) => void conexao.end(data);
      },
      data() {},
      error() {},
    },
  });
} else {
  Bun.sleepSync(espera_ms);
  postMessage(saudacao());
  process.exit();
}

function saudacao(): string {
  return "Olá, cliente! Você está conectado ao servidor TCP multithread.";
}
