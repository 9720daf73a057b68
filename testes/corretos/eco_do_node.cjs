// Certo: o pipe do Node espera quem não lê.
const net = require("node:net");

const servidor = net.createServer({ allowHalfOpen: true }, (conexao) => {
  conexao.on("error", () => {});
  conexao.pipe(conexao);
});
servidor.on("error", (erro) => {
  console.log(`Erro ao iniciar o servidor: ${erro.code}`);
  process.exit(1);
});
servidor.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGINT", () => process.exit(0));
