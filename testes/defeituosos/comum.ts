/**
 * Programas certos, dos quais cada arquivo desta pasta estraga uma coisa só: a que o
 * comentário no começo dele diz.
 */

export const SAUDACAO = "Olá, cliente! Você está conectado ao servidor TCP.";
export const PORT = Number(process.env.PORT);

type Dados = { saida: Buffer[]; fim: boolean };
export type Conexao = Bun.Socket<Dados>;
export type Tratador = Bun.SocketHandler<Dados>;

/** Põe a resposta na fila e envia o que couber. */
export function responder(conexao: Conexao, dados: string | Uint8Array): void {
  conexao.data.saida.push(Buffer.from(dados));
  escrever(conexao);
}

/** Encerra quando a fila acabar. */
export function encerrar(conexao: Conexao): void {
  conexao.data.fim = true;
  escrever(conexao);
}

function escrever(conexao: Conexao): void {
  const { saida } = conexao.data;
  for (let pedaco = saida[0]; pedaco; pedaco = saida[0]) {
    const enviados = Math.max(conexao.write(pedaco), 0);
    if (enviados < pedaco.length) return void (saida[0] = pedaco.subarray(enviados));
    saida.shift();
  }
  if (conexao.data.fim) conexao.end();
}

/** Um eco certo. */
export const eco = {
  open(conexao: Conexao) {
    conexao.data = { saida: [], fim: false };
  },
  data: responder,
  drain: escrever,
  end: encerrar,
  error() {},
} satisfies Tratador;

/** Uma saudação certa. */
export const saudacao = {
  open(conexao: Conexao) {
    conexao.end(SAUDACAO);
  },
  data() {},
  error() {},
} satisfies Tratador;

/** Abre a porta, diz o erro se não conseguir e termina em ordem com Ctrl+C. */
export function servir(socket: Tratador, opcoes: { reusePort?: boolean } = {}): void {
  process.on("SIGINT", () => process.exit(0));
  try {
    abrir(socket, opcoes);
  } catch {
    console.log(`Erro ao iniciar o servidor: a porta ${PORT} já está em uso.`);
    process.exit(1);
  }
}

export function abrir(socket: Tratador, opcoes: { reusePort?: boolean } = {}): void {
  Bun.listen({
    hostname: "127.0.0.1",
    port: PORT,
    allowHalfOpen: true,
    socket,
    ...opcoes,
  });
  console.log(`Servidor rodando na porta ${PORT}...`);
}

/** Conecta, chama `aoConectar` e devolve o que chegar até o servidor encerrar. */
export function conversar(
  aoConectar: (conexao: Bun.Socket) => void = () => {},
): Promise<Buffer> {
  return new Promise((responder, falhar) => {
    const pedacos: Buffer[] = [];
    Bun.connect({
      hostname: "127.0.0.1",
      port: PORT,
      socket: {
        open: aoConectar,
        data: (_, pedaco) => void pedacos.push(pedaco),
        close: () => responder(Buffer.concat(pedacos)),
      },
    }).catch(falhar);
  });
}

/** O que um cliente certo faz com um erro. */
export function desistir(erro: unknown): never {
  console.log(`Ocorreu um erro: ${(erro as Error).message}`);
  process.exit(1);
}

/** Um cliente do tutorial certo, que mostra a resposta com `mostrar`. */
export async function cliente(mostrar: (resposta: Buffer) => void): Promise<void> {
  const resposta = await conversar().catch(desistir);
  if (resposta.length === 0) desistir(new Error("o servidor não respondeu"));
  mostrar(resposta);
}

export interface PartesDoClienteFinal {
  pergunta?: string;
  /** O que se tira da linha digitada. */
  limpar?: (linha: string) => string;
  /** O que se envia, a partir da linha digitada; null é sair sem enviar. */
  enviar?: (linha: string) => string | null;
  /** O que mais se faz com a conexão depois de enviar. */
  depoisDeEnviar?: (conexao: Bun.Socket) => void;
  mostrar?: (eco: string, mensagem: string) => void;
  desistir?: (erro: unknown) => void;
  despedida?: string;
}

/** Um cliente final certo, com as partes que um defeito pode trocar. */
export async function clienteFinal(partes: PartesDoClienteFinal = {}): Promise<never> {
  const {
    pergunta = "Digite sua mensagem ('sair' ou '' para fechar): ",
    enviar = (linha) => (["sair", ""].includes(linha.toLowerCase()) ? null : linha),
    limpar = (linha) => linha.trim(),
    depoisDeEnviar = () => {},
    mostrar = (eco) => console.log(`Servidor respondeu: ${eco}`),
    desistir = (erro) => console.log(`Ocorreu um erro: ${(erro as Error).message}`),
    despedida = "Conexão encerrada.",
  } = partes;
  let codigo = 0;
  try {
    let recebido = Buffer.alloc(0);
    let faltam = Infinity;
    const { promise: eco, resolve, reject } = Promise.withResolvers<string>();
    eco.catch(() => {});
    const conexao = await Bun.connect({
      hostname: "127.0.0.1",
      port: PORT,
      socket: {
        data(_, pedaco) {
          recebido = Buffer.concat([recebido, pedaco]);
          if (recebido.length >= faltam) resolve(recebido.toString());
        },
        close: () => reject(new Error("o servidor encerrou a conexão sem responder")),
      },
    });
    console.log("Conectado ao servidor com sucesso!");
    process.stdout.write(pergunta);
    const linha = limpar(await umaLinha());
    const mensagem = enviar(linha);
    if (mensagem !== null) {
      faltam = Buffer.byteLength(mensagem);
      conexao.write(mensagem);
      depoisDeEnviar(conexao);
      mostrar(await eco.catch((erro) => (desistir(erro), (codigo = 1), "")), linha);
    }
  } catch (erro) {
    desistir(erro);
    codigo = 1;
  }
  if (despedida !== "") console.log(despedida);
  process.exit(codigo);
}

async function umaLinha(): Promise<string> {
  for await (const linha of console) return linha;
  return "";
}

/** Uma thread do roteiro: escreve, espera e escreve. Termina quando a thread termina. */
export async function thread(numero: number, espera_ms: number): Promise<void> {
  const worker = new Worker(import.meta.url);
  worker.postMessage([numero, espera_ms]);
  await new Promise((fim) => worker.addEventListener("close", fim));
}

// A thread executa este arquivo, e só ele
if (!Bun.isMainThread) {
  addEventListener("message", ({ data: [numero, espera_ms] }: MessageEvent) => {
    console.log(`Thread ${numero}: Iniciando.`);
    Bun.sleepSync(espera_ms);
    console.log(`Thread ${numero}: Finalizada.`);
    process.exit();
  });
}

export const AGUARDANDO = "Programa principal: Aguardando as threads finalizarem...";
export const TODAS = "Programa principal: Todas as threads foram finalizadas.";
