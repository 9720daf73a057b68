/**
 * Os clientes da carga: cada um repete a mesma conversa, uma depois da outra, e confere
 * cada byte que recebe. Eles não medem: contam a um `Placar` o que aconteceu, e quando.
 */
import { faltamDescritores } from "../servidores/portas.ts";
import type { Mensagens } from "./mensagens.ts";
import { SEM_DESCRITORES } from "./tipos.ts";

/** Com quem conversar, e o que esperar. */
export interface Alvo {
  porta: number;
  /** A saudação esperada (servidor de saudação). */
  saudacao: Buffer;
  /** O que enviar (servidor de eco). */
  mensagens: Mensagens;
  /** Depois de quantas mensagens trocar de conexão; null, nunca. */
  mensagensPorConexao: number | null;
  /** Pausa entre o fim de uma conexão e o começo da seguinte, em ms. */
  pausa_ms: number;
  /** Quanto esperar por uma resposta antes de dá-la por perdida, em ms. */
  prazo_ms: number;
}

/** Quem anota o que aconteceu; os instantes são de performance.now(), em ms. */
export interface Placar {
  /** Uma conexão que chegou ao fim como devia. */
  conversa(): void;
  /** Uma resposta inteira e correta. */
  acerto(inicio_ms: number, fim_ms: number, bytes: number): void;
  /** Uma resposta que não veio, ou que veio errada. */
  erro(motivo: string): void;
}

/** Pausa depois de um erro, para um servidor caído não virar um laço sem fim, em ms. */
const DESCANSO_MS = 20;

/** O que todo cliente faz: conectar-se, desistir no prazo, recomeçar, encerrar. */
export abstract class Cliente {
  protected conexao: Bun.Socket<Cliente> | undefined;
  /** Desde quando espera por uma resposta, em ms. */
  protected inicio_ms = 0;
  protected encerrando = false;
  readonly #fim = Promise.withResolvers<void>();
  /** Cumpre-se quando a última conversa termina. */
  readonly fim = this.#fim.promise;

  /** @param numero qual dos clientes é este, de 0 em diante. */
  constructor(
    protected readonly numero: number,
    protected readonly alvo: Alvo,
    protected readonly placar: Placar,
  ) {}

  /** A conexão foi aceita. */
  protected abstract abriu(conexao: Bun.Socket<Cliente>): void;
  protected recebeu(_dados: Buffer): void {}
  /** O servidor encerrou a conexão. */
  protected fechou(): void {
    this.recomecar();
  }
  /** Já cabe mais do que se estava enviando. */
  protected escoou(): void {}

  /** A conversa em curso passa a ser a última. */
  encerrar(): void {
    this.encerrando = true;
  }

  /** Dá por perdida a resposta que passou do prazo. */
  vigiar(agora_ms: number): void {
    if (agora_ms - this.inicio_ms > this.alvo.prazo_ms)
      this.errar(`sem a resposta inteira em ${this.alvo.prazo_ms / 1000} s`);
  }

  /** A conversa acabou bem: abandona a conexão e começa outra. */
  protected recomecar(): void {
    this.placar.conversa();
    this.conexao = undefined;
    if (this.alvo.pausa_ms === 0) this.iniciar();
    else this.#descansar(this.alvo.pausa_ms);
  }

  /** Dá a conversa por acabada e deixa a conexão, em ordem (`end`) ou de repente. */
  protected despedir(como: "end" | "terminate"): void {
    const { conexao } = this;
    if (!conexao) return;
    this.recomecar(); // antes de deixá-la: o que ela ainda disser não conta
    conexao[como]();
  }

  /** A conversa acabou mal: anota o motivo e, depois de um descanso, começa outra. */
  protected errar(motivo: string): void {
    this.placar.erro(motivo);
    const { conexao } = this;
    this.conexao = undefined; // antes de derrubá-la: o que ela ainda disser não conta
    conexao?.terminate();
    this.#descansar(DESCANSO_MS);
  }

  #descansar(pausa_ms: number): void {
    this.inicio_ms = Infinity; // enquanto descansa, não espera resposta
    setTimeout(() => this.iniciar(), pausa_ms);
  }

  /** Começa as conversas, ou a seguinte. */
  iniciar(): void {
    if (this.encerrando) return this.#fim.resolve();
    this.inicio_ms = performance.now();
    Bun.connect<Cliente>({
      hostname: "127.0.0.1",
      port: this.alvo.porta,
      data: this,
      socket: Cliente.#eventos,
    }).catch((erro) =>
      this.errar(faltamDescritores() ? SEM_DESCRITORES : motivoDaRede(erro)),
    );
  }

  // Os mesmos tratadores servem a todas as conexões; o que chega de uma abandonada se ignora
  static readonly #eventos: Bun.SocketHandler<Cliente> = {
    open(conexao) {
      conexao.data.conexao = conexao;
      conexao.data.abriu(conexao);
    },
    data(conexao, dados) {
      if (conexao.data.conexao === conexao) conexao.data.recebeu(dados);
    },
    drain(conexao) {
      if (conexao.data.conexao === conexao) conexao.data.escoou();
    },
    close(conexao, erro) {
      if (conexao.data.conexao !== conexao) return;
      conexao.data.conexao = undefined;
      if (erro) conexao.data.errar(motivoDaRede(erro));
      else conexao.data.fechou();
    },
  };
}

/** Conecta-se, lê a saudação até o servidor encerrar, e recomeça. */
export class ClienteDeSaudacao extends Cliente {
  #recebidos = 0;

  protected abriu(_conexao: Bun.Socket<Cliente>): void {
    this.#recebidos = 0;
  }

  protected override recebeu(dados: Buffer): void {
    const fim = this.#recebidos + dados.length;
    if (!dados.equals(this.alvo.saudacao.subarray(this.#recebidos, fim)))
      return this.errar("saudação diferente da esperada");
    this.#recebidos = fim;
  }

  protected override fechou(): void {
    const { length } = this.alvo.saudacao;
    if (this.#recebidos < length) return this.errar("saudação cortada");
    this.placar.acerto(this.inicio_ms, performance.now(), length);
    this.recomecar();
  }
}

/** Envia uma mensagem, confere o eco, e só então envia a seguinte. */
export class ClienteDeEco extends Cliente {
  #enviadas = 0; // mensagens
  protected mensagem: Buffer = Buffer.alloc(0);
  #enviados = 0; // bytes da mensagem
  protected recebidos = 0;

  protected abriu(_conexao: Bun.Socket<Cliente>): void {
    this.#proxima(performance.now());
  }

  #proxima(agora_ms: number): void {
    this.mensagem = this.alvo.mensagens(this.numero, this.#enviadas++);
    this.#enviados = 0;
    this.recebidos = 0;
    this.inicio_ms = agora_ms;
    this.escoou();
  }

  protected override escoou(): void {
    if (this.#enviados === this.mensagem.length) return;
    const resto = this.#enviados ? this.mensagem.subarray(this.#enviados) : this.mensagem;
    this.#enviados += Math.max(this.conexao?.write(resto) ?? 0, 0);
    if (this.#enviados === this.mensagem.length) this.enviou();
  }

  /** A mensagem foi toda enviada. */
  protected enviou(): void {}

  protected override recebeu(dados: Buffer): void {
    const fim = this.recebidos + dados.length;
    if (!dados.equals(this.mensagem.subarray(this.recebidos, fim)))
      return this.errar("eco diferente do que foi enviado");
    this.recebidos = fim;
    if (fim === this.mensagem.length) this.completou(performance.now());
  }

  /** O eco chegou inteiro. */
  protected completou(agora_ms: number): void {
    this.placar.acerto(this.inicio_ms, agora_ms, this.mensagem.length);
    const { mensagensPorConexao } = this.alvo;
    const trocar =
      mensagensPorConexao !== null && this.#enviadas % mensagensPorConexao === 0;
    if (!trocar && !this.encerrando) return this.#proxima(agora_ms);
    this.despedir("end");
  }

  protected override fechou(): void {
    this.errar("o servidor encerrou a conexão antes do fim do eco");
  }
}

/** O erro da rede em palavras. */
function motivoDaRede(erro: unknown): string {
  const { code } = erro as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "conexão recusada";
  if (code === "ECONNRESET" || code === "EPIPE")
    return "conexão interrompida pelo servidor";
  if (code === "EADDRNOTAVAIL") return "sem porta livre para o cliente nesta máquina";
  return `erro de rede (${code ?? String(erro)})`;
}
