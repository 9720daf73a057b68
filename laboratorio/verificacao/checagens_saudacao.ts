/** Os servidores do tutorial: saúdam quem se conecta e encerram a conexão. */
import { ATENDIMENTO_MS, CenaServidor } from "./cena_servidor.ts";
import type { OpcoesDaCena } from "./cena_servidor.ts";
import {
  QUANTIDADES,
  abrePorta,
  aguentaApressados,
  aindaAtende,
  checagensDeFim,
  semTempoDeAtendimento,
} from "./checagens_servidor.ts";
import { SECOES } from "./secoes.ts";
import { descrever } from "./texto.ts";
import { Falha } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

/** As saudações das duas listagens; um servidor com threads pode ter a da primeira. */
const SAUDACOES = [
  "Olá, cliente! Você está conectado ao servidor TCP.",
  "Olá, cliente! Você está conectado ao servidor TCP multithread.",
];

/** Quantos clientes ao mesmo tempo na prova de concorrência. */
const JUNTOS = 5;

/** Um atendimento que já demora isto, em ms, dispensa pedir um tempo de atendimento. */
const DEMORA_VISIVEL_MS = 150;

export interface OpcoesDaSaudacao extends OpcoesDaCena {
  /** Se o servidor deve atender vários clientes ao mesmo tempo. */
  concorrente: boolean;
  /** Outra saudação que não a do roteiro. */
  mensagem?: string;
}

/** Um servidor com tempo de atendimento visível. */
interface Demora {
  porta: number;
  /** O atendimento de um cliente sozinho, em ms. */
  um_ms: number;
  /** Se o servidor em uso foi reiniciado para isto, e precisa voltar ao normal. */
  emprestado: boolean;
}

export function prepararSaudacao(opcoes: OpcoesDaSaudacao) {
  const { concorrente } = opcoes;
  const aceitas = opcoes.mensagem === undefined ? SAUDACOES : [opcoes.mensagem];
  const secao = concorrente ? SECOES.comThread : SECOES.semThread;
  /** O que o servidor respondeu ao primeiro cliente: os outros devem receber o mesmo. */
  let referencia = Buffer.alloc(0);
  /** Quanto durou o primeiro atendimento, em ms. */
  let atendimento_ms = 0;

  /** Um cliente comum recebe a saudação inteira, e ela é a mesma do primeiro cliente. */
  const cena = new CenaServidor(opcoes, async (cliente, prazo_ms) => {
    const resposta = await cliente.ler(referencia.length, prazo_ms + 2 * atendimento_ms);
    if (resposta.equals(referencia)) return;
    throw new Falha(
      `a mesma saudação para todos: ${descrever(referencia)}`,
      descrever(resposta),
      "cada cliente recebe a saudação inteira, haja um cliente ou dez",
    );
  });

  /** Quanto tempo levam `quantos` clientes juntos, do primeiro connect ao último fim, em ms. */
  async function medir(porta: number, quantos: number): Promise<number> {
    const inicio = performance.now();
    await Promise.all(
      Array.from({ length: quantos }, () =>
        cena.pedir(
          porta,
          20_000,
          async (cliente, prazo_ms) => void (await cliente.lerAteFim(prazo_ms)),
        ),
      ),
    );
    return performance.now() - inicio;
  }

  /**
   * Quanto levam os clientes da prova de concorrência, em ms, sem o que é da fila de conexões:
   * se passaram de `limite_ms` e ela encheu, o sistema fez um deles tentar de novo, e a medida
   * se repete; vale a menor.
   */
  async function medirJuntos(porta: number, limite_ms: number): Promise<number> {
    let menor_ms = Infinity;
    for (let vez = 0; vez < 3; vez++) {
      cena.filaEncheu = false;
      menor_ms = Math.min(menor_ms, await medir(porta, JUNTOS));
      if (menor_ms < limite_ms || !cena.filaEncheu) break;
    }
    return menor_ms;
  }

  /** O atendimento de um cliente sozinho, em ms: o menor de dois, para não medir ruído. */
  async function sozinho(porta: number): Promise<number> {
    return Math.min(await medir(porta, 1), await medir(porta, 1));
  }

  /**
   * Um servidor em que cada atendimento demora o bastante para se ver: o próprio, se já
   * demora; o próprio com os envios atrasados, se é em Python; ou outra cópia com ATRASO_MS.
   */
  async function comDemora(): Promise<Demora | undefined> {
    let um_ms = await sozinho(cena.porta);
    if (um_ms >= DEMORA_VISIVEL_MS) {
      return { porta: cena.porta, um_ms, emprestado: false };
    }

    cena.pedirAtraso(true);
    um_ms = await sozinho(cena.porta);
    if (um_ms >= ATENDIMENTO_MS * 0.9) {
      return { porta: cena.porta, um_ms, emprestado: false };
    }

    cena.pedirAtraso(false);
    const ambiente = { ATRASO_MS: `${ATENDIMENTO_MS}` };
    const emprestado = opcoes.porta !== undefined; // a porta fixa só serve a um por vez
    if (emprestado) await cena.reiniciar(ambiente);
    const { porta } = emprestado ? cena : await cena.iniciarOutro(undefined, ambiente);
    um_ms = await sozinho(porta);
    if (um_ms >= ATENDIMENTO_MS * 0.9) return { porta, um_ms, emprestado };
    if (emprestado) await cena.parar();
    return undefined;
  }

  const checagens: Checagem<CenaServidor>[] = [
    abrePorta(secao),
    {
      id: "resposta",
      secao,
      nome: "responde a quem se conecta",
      nivel: "obrigatoria",
      prazo_ms: 20_000,
      depende: ["abre_porta"],
      async verificar() {
        const inicio = performance.now();
        const cliente = await cena.conectar();
        const primeiro = await cliente.ler(1, 6_000);
        if (primeiro.length === 0) {
          throw new Falha(
            "uma saudação, sem que o cliente precise enviar nada",
            cliente.conexao === "aberta"
              ? "nada em 6 s"
              : `nada: a conexão foi ${cliente.conexao}`,
            "aceita ainda não é atendida: depois do accept, envie a saudação com sendall",
          );
        }
        const resto = await cliente.lerAteFim(1_000);
        referencia = Buffer.concat([primeiro, resto]);
        atendimento_ms = performance.now() - inicio;
      },
    },
    {
      id: "utf8",
      secao,
      nome: "envia a saudação em UTF-8",
      nivel: "obrigatoria",
      prazo_ms: 1_000,
      depende: ["resposta"],
      async verificar() {
        try {
          new TextDecoder("utf-8", { fatal: true }).decode(referencia);
        } catch {
          throw new Falha(
            "bytes que formem um texto em UTF-8",
            descrever(referencia),
            'codifique com mensagem.encode("utf-8"); a letra "á" ocupa 2 bytes',
          );
        }
      },
    },
    {
      id: "saudacao",
      secao,
      nome: "envia a saudação inteira, byte a byte",
      nivel: "obrigatoria",
      prazo_ms: 1_000,
      depende: ["utf8"],
      async verificar() {
        if (aceitas.includes(referencia.toString("utf-8"))) return;
        throw new Falha(
          aceitas.map((texto) => descrever(Buffer.from(texto))).join(" ou "),
          descrever(referencia),
          "compare letra por letra; se a saudação é outra de propósito, informe --mensagem",
        );
      },
    },
    {
      id: "encerra",
      secao: SECOES.with,
      nome: "encerra a conexão depois da saudação",
      nivel: "obrigatoria",
      prazo_ms: 20_000,
      depende: ["resposta"],
      async verificar() {
        const cliente = await cena.conectar();
        await cliente.lerAteFim(3_000 + 2 * atendimento_ms);
        if (cliente.conexao === "encerrada") return;
        throw new Falha(
          "a conexão encerrada pelo servidor",
          cliente.conexao === "aberta" ? "a conexão continuou aberta" : "um reset",
          "feche a conexão depois do sendall: conexao.close(), ou o bloco with",
        );
      },
    },
    {
      id: "simultaneos",
      secao: SECOES.comThread,
      nome: "atende 1, 2, 5 e 10 clientes simultâneos",
      nivel: "obrigatoria",
      prazo_ms: 60_000,
      depende: ["resposta"],
      async verificar() {
        for (const quantos of QUANTIDADES) {
          // Um servidor sequencial atende o último depois de todos os outros
          const prazo_ms = 8_000 + quantos * atendimento_ms;
          const pedidos = Array.from({ length: quantos }, () =>
            cena.pedir(cena.porta, prazo_ms),
          );
          const falhas = (await Promise.allSettled(pedidos)).filter(
            (pedido) => pedido.status === "rejected",
          );
          if (falhas.length === 0) continue;
          const { reason } = falhas[0]!;
          if (!(reason instanceof Falha)) throw reason;
          throw new Falha(
            `${quantos} clientes simultâneos atendidos: ${reason.esperado}`,
            `${falhas.length} de ${quantos} sem a saudação certa; o primeiro: ${reason.recebido}`,
            cena.filaEncheu
              ? `a fila de conexões encheu: aumente o número do listen; ${reason.dica}`
              : reason.dica,
          );
        }
      },
    },
  ];

  if (concorrente) {
    checagens.push({
      id: "concorrente",
      secao: SECOES.comThread,
      nome: `${JUNTOS} clientes juntos esperam o tempo de um, e não a soma`,
      nivel: "obrigatoria",
      prazo_ms: 120_000,
      depende: ["resposta", "encerra"],
      async verificar() {
        const demora = await comDemora();
        if (!demora) throw semTempoDeAtendimento();
        // Entre T (todos ao mesmo tempo) e N·T (um de cada vez)
        const limite_ms = demora.um_ms * 2.5;
        const juntos_ms = await medirJuntos(demora.porta, limite_ms);
        if (demora.emprestado) await cena.parar();
        if (juntos_ms < limite_ms) return;
        throw new Falha(
          `${JUNTOS} clientes em cerca de ${Math.round(demora.um_ms)} ms, o tempo de um`,
          `${Math.round(juntos_ms)} ms: um cliente espera o outro terminar`,
          "cada cliente em uma thread, sem join() nem trava em volta do atendimento",
        );
      },
    });
  }

  checagens.push(aguentaApressados(["simultaneos"]), {
    id: "reset",
    secao: SECOES.servidorFinal,
    nome: "sobrevive a um cliente que interrompe a conexão (reset)",
    nivel: concorrente ? "obrigatoria" : "recomendada",
    prazo_ms: 40_000,
    depende: ["resposta"],
    porQue: "basta um cliente travar ou perder a rede para o servidor inteiro cair",
    async verificar() {
      cena.pedirAtraso(true); // dá tempo de interromper antes da resposta
      for (let vez = 0; vez < 3; vez++) {
        const cliente = await cena.conectar();
        await Bun.sleep(20);
        cliente.interromper();
      }
      await aindaAtende(cena, "um cliente interrompido", 5_000 + 4 * ATENDIMENTO_MS);
    },
  });
  checagens.push(...checagensDeFim("recomendada", ["resposta"], true));
  return { cena, checagens };
}
