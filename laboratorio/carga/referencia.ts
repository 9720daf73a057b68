/**
 * O servidor mais simples possível, que não escreve nem guarda nada: o que o gerador alcança
 * contra ele é o máximo que se consegue medir nesta máquina.
 *
 *   PORT=8000 bun run laboratorio/carga/referencia.ts saudacao
 *   PORT=5555 bun run laboratorio/carga/referencia.ts eco
 */

const saudacao: Bun.SocketHandler = {
  open: (conexao) => void conexao.end("Olá, cliente!"),
  data() {},
};

const eco: Bun.SocketHandler<Buffer> = {
  open(conexao) {
    conexao.data = Buffer.alloc(0); // o que o cliente ainda não recebeu
  },
  data(conexao, dados) {
    const enviados = Math.max(conexao.write(dados), 0);
    if (enviados === dados.length) return;
    conexao.pause();
    conexao.data = Buffer.from(dados.subarray(enviados));
  },
  drain(conexao) {
    if (conexao.data.length === 0) return;
    conexao.data = conexao.data.subarray(Math.max(conexao.write(conexao.data), 0));
    if (conexao.data.length === 0) conexao.resume();
  },
};

const endereco = { hostname: "127.0.0.1", port: Number(process.env.PORT) };
if (process.argv[2] === "eco") Bun.listen({ ...endereco, socket: eco });
else Bun.listen({ ...endereco, socket: saudacao });
