/**
 * A medição: N clientes disparados ao mesmo tempo contra um servidor, e o instante de cada
 * acontecimento. Não sabe como o servidor foi iniciado nem o que se fará com os números.
 */
import { type Endereco, faltamDescritores } from "../servidores/portas.ts";
import type { Passo } from "./plano.ts";
import type { Atendimento, Rodada } from "./tipos.ts";

/** O que se vê de um cliente enquanto a rodada acontece. */
export interface Acontecimento {
  tipo: "conectou" | "respondeu" | "encerrou" | "falhou";
  /** De 0 em diante, na ordem da partida. */
  cliente: number;
  /** Desde o sinal de partida. */
  em_ms: number;
  /** A porta do cliente, pela qual o servidor o chama, de quando ele conecta em diante. */
  porta: number | null;
  /** Por que o cliente não foi atendido; null se foi. */
  erro: string | null;
}

/** Um atendimento antes de se saber em que ordem os clientes foram atendidos. */
type SemNumero = Omit<Atendimento, "cliente">;

/** O mínimo que uma rodada dura até se desistir de quem não foi atendido, em ms. */
const PRAZO_MINIMO_MS = 5_000;

/**
 * Faz uma rodada: a um mesmo sinal, `passo.clientes` clientes se conectam, recebem a resposta
 * até o servidor encerrar a conexão e anotam quando foi cada coisa. Um cliente que falha não
 * interrompe os outros: o motivo fica em `erro`.
 *
 * @param interrupcao ao ser acionada, os clientes desistem e a rodada não vale.
 * @param observar chamada a cada acontecimento, na hora em que ele acontece.
 * @throws a razão da interrupção.
 */
export async function medirRodada(
  endereco: Endereco,
  passo: Passo,
  interrupcao?: AbortSignal,
  observar: (acontecimento: Acontecimento) => void = () => {},
): Promise<Rodada> {
  interrupcao?.throwIfAborted();
  const prazo_ms = PRAZO_MINIMO_MS + 2 * passo.clientes * (passo.atraso_ms ?? 0);
  const fim = AbortSignal.any([
    AbortSignal.timeout(prazo_ms),
    ...(interrupcao ? [interrupcao] : []),
  ]);
  const sinal = performance.now();
  const clientes = Array.from({ length: passo.clientes }, (_, cliente) =>
    atender(endereco, sinal, fim, (fato) => observar({ cliente, ...fato })),
  );
  const atendimentos = await Promise.all(clientes);
  interrupcao?.throwIfAborted();

  atendimentos.sort(
    (a, b) => (a.primeiroByte_ms ?? Infinity) - (b.primeiroByte_ms ?? Infinity),
  );
  const fins = atendimentos.flatMap(({ erro, ultimoByte_ms }) =>
    erro === null && ultimoByte_ms !== null ? [ultimoByte_ms] : [],
  );
  return {
    ...passo,
    atendimentos: atendimentos.map((um, i) => ({ ...um, cliente: i + 1 })),
    makespan_ms: fins.length > 0 ? Math.max(...fins) : null,
  };
}

/** Um cliente, do connect ao último byte. */
function atender(
  { host, porta }: Endereco,
  sinal: number,
  fim: AbortSignal,
  observar: (fato: Omit<Acontecimento, "cliente">) => void,
): Promise<SemNumero> {
  const agora = () => Math.round((performance.now() - sinal) * 1000) / 1000;
  const atendimento: SemNumero = {
    partida_ms: agora(),
    conectado_ms: null,
    primeiroByte_ms: null,
    ultimoByte_ms: null,
    bytes: 0,
    erro: null,
  };
  const { promise, resolve } = Promise.withResolvers<SemNumero>();
  let conexao: Bun.Socket | undefined;
  let portaLocal: number | null = null;
  let acabou = false;
  /** O que aconteceu, agora; o instante é o que fica anotado. */
  const contar = (tipo: Acontecimento["tipo"], erro: string | null = null) => {
    const em_ms = agora();
    observar({ tipo, em_ms, porta: portaLocal, erro });
    return em_ms;
  };
  const encerrar = (erro: string | null) => {
    if (acabou) return;
    acabou = true;
    contar(erro === null ? "encerrou" : "falhou", erro);
    fim.removeEventListener("abort", desistir);
    resolve({ ...atendimento, erro }); // o que vier depois já não conta
    conexao?.terminate();
  };
  const desistir = () => encerrar(porQueNaoAcabou(atendimento, agora()));
  fim.addEventListener("abort", desistir);

  Bun.connect({
    hostname: host,
    port: porta,
    allowHalfOpen: true,
    socket: {
      open(aberta) {
        conexao = aberta;
        if (acabou) return void aberta.terminate();
        portaLocal = aberta.localPort;
        atendimento.conectado_ms = contar("conectou");
      },
      data(_conexao, dados) {
        const primeiro = atendimento.primeiroByte_ms === null;
        const em_ms = primeiro ? contar("respondeu") : agora();
        atendimento.primeiroByte_ms ??= em_ms;
        atendimento.ultimoByte_ms = em_ms;
        atendimento.bytes += dados.length;
      },
      // O servidor encerrou. Interromper a conexão em vez de se despedir libera na hora a
      // porta do servidor, e ele pode ser iniciado de novo nela.
      end() {
        encerrar(
          atendimento.bytes > 0 ? null : "o servidor encerrou a conexão sem responder",
        );
      },
      close(_conexao, erro) {
        encerrar(
          erro || atendimento.bytes === 0
            ? "o servidor interrompeu a conexão antes de terminar a resposta"
            : null,
        );
      },
    },
  }).catch((erro: NodeJS.ErrnoException) => encerrar(porQueNaoConectou(erro)));
  return promise;
}

function porQueNaoConectou({ code, message }: NodeJS.ErrnoException): string {
  if (faltamDescritores())
    return "o sistema não deixa abrir tantas conexões; use menos clientes (ou aumente ulimit -n)";
  if (code === "ECONNREFUSED") return "conexão recusada: nenhum servidor nesta porta";
  if (code === "ETIMEDOUT") return "a conexão não foi aceita a tempo pelo sistema";
  return `não foi possível conectar (${code ?? message})`;
}

function porQueNaoAcabou({ conectado_ms, bytes }: SemNumero, agora_ms: number): string {
  const tempo = `em ${(agora_ms / 1000).toLocaleString("pt-BR", { maximumFractionDigits: 1 })} s`;
  if (conectado_ms === null) return `a conexão não foi aceita ${tempo}`;
  if (bytes > 0) return `o servidor respondeu, mas não encerrou a conexão ${tempo}`;
  return `o servidor não respondeu ${tempo} (com a fila de conexões cheia, o sistema descarta quem chega)`;
}
