/**
 * Os clientes da carga: cada um repete a mesma conversa, uma depois da outra, e confere
 * cada byte que recebe. Eles não medem: contam a um `Placar` o que aconteceu, e quando.
 */
import { faltamDescritores } from "../servidores/portas.ts";
import type { Mensagens } from "./mensagens.ts";
import { type Pedido, SEM_DESCRITORES } from "./tipos.ts";

/** O pedido, com o que enviar (no eco). */
export type Alvo = Pedido & { mensagens: Mensagens };

/** Quem anota o que aconteceu; os instantes são de performance.now(), em ms. */
export interface Placar {
  /** Uma conexão que chegou ao fim como devia. */
  conversa(): void;
  /** Uma resposta inteira e correta. */
  acerto(inicio_ms: number, fim_ms: number, bytes: number): void;
  /** Uma resposta que não veio, ou que veio errada. */
  erro(motivo: string): void;
}

type Conexao = Bun.Socket<Cliente>;

/** O que um cliente faz enquanto dura uma conexão. */
interface Conversa {
  recebeu?(dados: Buffer): void;
  /** Já cabe mais do que se estava enviando. */
  escoou?(): void;
  /** O servidor encerrou a conexão; sem isto, a conversa acabou bem. */
  fechou?(): void;
  /** De vez em quando; sem isto, dá-se por perdida a resposta que passou do prazo. */
  vigiar?(agora_ms: number): void;
}

/** O papel de um cliente: como ele começa cada conversa, em uma conexão recém-aberta. */
export type Papel = (cliente: Cliente) => (conexao: Conexao) => Conversa;

/** Pausa depois de um erro, para um servidor caído não virar um laço sem fim, em ms. */
const DESCANSO_MS = 20;

/** O que todo cliente faz: conectar-se, desistir no prazo, recomeçar, encerrar. */
export class Cliente {
  /** Desde quando espera por uma resposta, em ms. */
  inicio_ms = 0;
  encerrando = false;
  #conexao: Conexao | undefined;
  #conversa: Conversa = {};
  readonly #conversar: (conexao: Conexao) => Conversa;
  readonly #fim = Promise.withResolvers<void>();

  /** @param numero qual dos clientes é este, de 0 em diante. */
  constructor(
    readonly numero: number,
    readonly alvo: Alvo,
    readonly placar: Placar,
    papel: Papel,
  ) {
    this.#conversar = papel(this);
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

  /** A conversa em curso passa a ser a última; espera-se que ela termine. */
  encerrar(): Promise<void> {
    this.encerrando = true;
    return this.#fim.promise;
  }

  vigiar(agora_ms: number): void {
    if (this.#conexao && this.#conversa.vigiar) this.#conversa.vigiar(agora_ms);
    else if (agora_ms - this.inicio_ms > this.alvo.prazo_ms)
      this.errar(`sem a resposta inteira em ${this.alvo.prazo_ms / 1000} s`);
  }

  /** Uma resposta chegou inteira e correta. */
  acertar(bytes: number, agora_ms = performance.now()): void {
    this.placar.acerto(this.inicio_ms, agora_ms, bytes);
  }

  /** A conversa acabou bem: começa outra. A conexão, se ainda existe, é deixada. */
  recomecar(como: "end" | "terminate" = "end"): void {
    this.placar.conversa();
    const conexao = this.#conexao;
    this.#conexao = undefined; // antes de deixá-la: o que ela ainda disser não conta
    if (this.alvo.pausa_ms === 0) this.iniciar();
    else this.#descansar(this.alvo.pausa_ms);
    conexao?.[como]();
  }

  /** A conversa acabou mal: anota o motivo e, depois de um descanso, começa outra. */
  errar(motivo: string): void {
    this.placar.erro(motivo);
    const conexao = this.#conexao;
    this.#conexao = undefined;
    conexao?.terminate();
    this.#descansar(DESCANSO_MS);
  }

  #descansar(pausa_ms: number): void {
    this.inicio_ms = Infinity; // enquanto descansa, não espera resposta
    setTimeout(() => this.iniciar(), pausa_ms);
  }

  // Os mesmos tratadores servem a todas as conexões; o que chega de uma abandonada se ignora
  static readonly #eventos: Bun.SocketHandler<Cliente> = {
    open(conexao) {
      const cliente = conexao.data;
      cliente.#conexao = conexao;
      cliente.#conversa = cliente.#conversar(conexao);
    },
    data(conexao, dados) {
      const { data: cliente } = conexao;
      if (cliente.#conexao === conexao) cliente.#conversa.recebeu?.(dados);
    },
    drain(conexao) {
      const { data: cliente } = conexao;
      if (cliente.#conexao === conexao) cliente.#conversa.escoou?.();
    },
    close(conexao, erro) {
      const { data: cliente } = conexao;
      if (cliente.#conexao !== conexao) return;
      cliente.#conexao = undefined;
      if (erro) cliente.errar(motivoDaRede(erro));
      else if (cliente.#conversa.fechou) cliente.#conversa.fechou();
      else cliente.recomecar();
    },
  };
}

/**
 * Lê a saudação até o servidor encerrar.
 *
 * @param meioFecha para de enviar assim que se conecta, e ainda assim espera a saudação inteira.
 */
export function lerSaudacao(cliente: Cliente, meioFecha = false) {
  const { saudacao } = cliente.alvo;
  return (conexao: Conexao): Conversa => {
    let recebidos = 0;
    if (meioFecha) conexao.shutdown();
    return {
      recebeu(dados) {
        const fim = recebidos + dados.length;
        if (!dados.equals(saudacao.subarray(recebidos, fim)))
          return cliente.errar("saudação diferente da esperada");
        recebidos = fim;
      },
      fechou() {
        if (recebidos < saudacao.length) return cliente.errar("saudação cortada");
        cliente.acertar(recebidos);
        cliente.recomecar();
      },
    };
  };
}

/**
 * Envia uma mensagem, confere o eco, e só então envia a seguinte.
 *
 * @param meioFecha para de enviar logo depois da primeira mensagem; espera o eco inteiro e o
 * fim da conexão.
 */
export function conferirEco(cliente: Cliente, meioFecha = false) {
  const { mensagens, mensagensPorConexao } = cliente.alvo;
  let enviadas = 0; // mensagens, em todas as conversas
  return (conexao: Conexao): Conversa => {
    let mensagem: Buffer = Buffer.alloc(0);
    let enviados = 0; // bytes da mensagem
    let recebidos = 0;
    const escoou = () => {
      if (enviados === mensagem.length) return;
      const resto = enviados ? mensagem.subarray(enviados) : mensagem;
      enviados += Math.max(conexao.write(resto), 0);
      if (meioFecha && enviados === mensagem.length) conexao.shutdown();
    };
    const enviar = (agora_ms: number) => {
      mensagem = mensagens(cliente.numero, enviadas++);
      enviados = 0;
      recebidos = 0;
      cliente.inicio_ms = agora_ms;
      escoou();
    };
    enviar(performance.now());
    return {
      escoou,
      recebeu(dados) {
        const fim = recebidos + dados.length;
        if (!dados.equals(mensagem.subarray(recebidos, fim)))
          return cliente.errar("eco diferente do que foi enviado");
        recebidos = fim;
        if (fim < mensagem.length || meioFecha) return;
        const agora_ms = performance.now();
        cliente.acertar(fim, agora_ms);
        const trocar =
          mensagensPorConexao !== null && enviadas % mensagensPorConexao === 0;
        if (trocar || cliente.encerrando) cliente.recomecar();
        else enviar(agora_ms);
      },
      fechou() {
        if (!meioFecha || recebidos < mensagem.length)
          return cliente.errar("o servidor encerrou a conexão antes do fim do eco");
        cliente.acertar(recebidos);
        cliente.recomecar();
      },
    };
  };
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
