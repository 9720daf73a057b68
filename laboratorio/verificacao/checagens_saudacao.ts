/** Os servidores do tutorial: saúdam quem se conecta e encerram a conexão. */
import { ATENDIMENTO_MS, CenaServidor } from "./cena_servidor.ts";
import type { Conversa, OpcoesDaCena } from "./cena_servidor.ts";
import { checagensDeFim } from "./checagens_do_fim.ts";
import {
  QUANTIDADES,
  TODOS_JUNTOS,
  abrePorta,
  aguentaApressados,
  aindaAtende,
  atendeMuitos,
  naoVaza,
} from "./checagens_servidor.ts";
import type { ClienteDeTeste } from "./cliente_de_teste.ts";
import { conferirConcorrencia } from "./concorrencia.ts";
import { SaudacaoEsperada } from "./saudacao_esperada.ts";
import { SECOES } from "./secoes.ts";
import { descrever } from "./texto.ts";
import { Falha, TextoDiferente } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

/** Quantos clientes ao mesmo tempo na prova de concorrência. */
const JUNTOS = 5;

/** Por quanto tempo se espera que não venha mais nada de quem não encerra, em ms. */
const SILENCIO_MS = 60;

/** Quanto a conexão que só vê se a porta abriu espera pelo fim da saudação, em ms. */
const DESPEDIDA_MS = 300;

export interface OpcoesDaSaudacao extends OpcoesDaCena {
  /** Se o servidor deve atender vários clientes ao mesmo tempo. */
  concorrente: boolean;
  /** Outra saudação que não a do roteiro: o que se escreve em `--mensagem`. */
  mensagem?: string;
}

export function prepararSaudacao(opcoes: OpcoesDaSaudacao) {
  const { concorrente } = opcoes;
  const esperada = new SaudacaoEsperada(opcoes.mensagem);
  /** Se o servidor encerra a conexão: então dá para ler até o fim. */
  let encerra = false;

  /** Tudo o que um cliente recebe; vazio se nada veio em `prazo_ms` (ms). */
  async function receber(cliente: ClienteDeTeste, prazo_ms: number): Promise<Buffer> {
    const inicio = await cliente.ler(1, prazo_ms);
    if (inicio.length === 0) return inicio;
    const resto = await cliente.lerAteFim(encerra ? prazo_ms : SILENCIO_MS);
    return Buffer.concat([inicio, resto]);
  }

  const secao = concorrente ? SECOES.comThread : SECOES.semThread;
  const conversar: Conversa = async (cliente, prazo_ms) => {
    const resposta = await receber(cliente, prazo_ms + 2 * cena.atendimento_ms);
    if (esperada.comoAsOutras(resposta)) return;
    throw new Falha(
      `a mesma saudação para todos: ${descrever(esperada.exemplo)}`,
      descrever(resposta),
      "cada cliente recebe a saudação inteira, e só ela, haja um cliente ou dez",
    );
  };
  const cena = new CenaServidor(opcoes, secao, conversar, DESPEDIDA_MS);

  const checagens: Checagem<CenaServidor>[] = [
    abrePorta(),
    {
      id: "resposta",
      nome: "responde a quem se conecta",
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
        esperada.aprender(Buffer.concat([primeiro, resto]));
        const depois = performance.now();
        encerra = cliente.conexao === "encerrada";
        cliente.fechar();
        esperada.aprender(await receber(await cena.conectar(), 6_000));
        cena.atendimento_ms = Math.min(depois - inicio, performance.now() - depois);
      },
    },
    {
      id: "utf8",
      nome: "envia a saudação em UTF-8",
      depende: ["resposta"],
      async verificar() {
        try {
          new TextDecoder("utf-8", { fatal: true }).decode(esperada.exemplo);
        } catch {
          throw new Falha(
            "bytes que formem um texto em UTF-8",
            descrever(esperada.exemplo),
            'codifique com mensagem.encode("utf-8"); a letra "á" ocupa 2 bytes',
          );
        }
      },
    },
    {
      id: "saudacao",
      nome: opcoes.mensagem
        ? "envia a saudação informada em --mensagem"
        : "envia a saudação inteira, byte a byte",
      depende: ["utf8"],
      async verificar() {
        if (esperada.aceita(esperada.exemplo)) return;
        throw new TextoDiferente(
          esperada.descricao,
          descrever(esperada.exemplo),
          opcoes.mensagem
            ? "compare com a expressão regular de --mensagem"
            : "compare letra por letra; se a saudação é outra de propósito, informe --mensagem",
        );
      },
    },
    {
      id: "encerra",
      secao: SECOES.with,
      nome: "encerra a conexão depois da saudação",
      depende: ["resposta"],
      async verificar() {
        const cliente = await cena.conectar();
        await cliente.lerAteFim(3_000 + 2 * cena.atendimento_ms);
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
      prazo_ms: 60_000,
      depende: ["resposta"],
      async verificar() {
        for (const quantos of QUANTIDADES) {
          // Um servidor sequencial atende o último depois de todos os outros
          const prazo_ms = 8_000 + quantos * cena.atendimento_ms;
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
            `${quantos === 1 ? "1 cliente atendido" : `${quantos} clientes simultâneos atendidos`}: ${reason.esperado}`,
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
      nome: `${JUNTOS} clientes juntos esperam o tempo de um, e não a soma; ${TODOS_JUNTOS}, também`,
      prazo_ms: 120_000,
      depende: ["resposta", "encerra"],
      verificar: () => conferirConcorrencia(cena, [JUNTOS, TODOS_JUNTOS]),
    });
  }

  checagens.push(
    aguentaApressados(["simultaneos"]),
    atendeMuitos(["apressados"]),
    naoVaza(["muitos", "encerra"]),
    {
      id: "reset",
      secao: SECOES.servidorFinal,
      nome: "sobrevive a um cliente que interrompe a conexão (reset)",
      nivel: concorrente ? "obrigatoria" : "recomendada",
      prazo_ms: 40_000,
      depende: ["resposta"],
      porQue: "basta um cliente travar ou perder a rede para o servidor inteiro cair",
      async verificar() {
        cena.pedirAtraso(ATENDIMENTO_MS); // dá tempo de interromper antes da resposta
        for (let vez = 0; vez < 3; vez++) {
          const cliente = await cena.conectar();
          await Bun.sleep(20);
          cliente.interromper();
        }
        await aindaAtende(cena, "um cliente interrompido", 5_000 + 4 * ATENDIMENTO_MS);
      },
    },
    ...checagensDeFim("recomendada", ["resposta"], true),
  );
  return { cena, checagens };
}
