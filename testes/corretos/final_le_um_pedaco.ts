// Certo: lê da entrada um pedaço, e não uma linha; conversa até “sair”.
const fim = (codigo: number): never => {
  console.log("Conexão encerrada.");
  process.exit(codigo);
};
const perguntar = () =>
  process.stdout.write("Digite sua mensagem ('sair' ou '' para fechar): ");

const conexao = await Bun.connect({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  socket: {
    data(_, dados) {
      console.log(`Servidor respondeu: ${dados.toString()}`);
      perguntar();
    },
    close: () => fim(1),
  },
}).catch((erro: Error) => {
  console.log(`Ocorreu um erro: ${erro.message}`);
  return fim(1);
});
console.log("Conectado ao servidor com sucesso!");
perguntar();
process.stdin.on("data", (pedaco) => {
  const mensagem = pedaco.toString().trim();
  if (/^(sair)?$/i.test(mensagem)) fim(0);
  conexao.write(mensagem);
});
process.stdin.on("end", () => fim(0));
