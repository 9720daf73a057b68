/**
 * O gerador de carga: um processo à parte, para não disputar o laço de eventos com ninguém.
 *
 * Recebe um `Pedido` por mensagem, mantém os clientes conversando com o servidor enquanto
 * durar a medição e devolve uma `Medicao`. Só o que termina dentro da medição entra nas
 * contas de velocidade; os erros contam do começo ao fim.
 */
import { type Alvo, Cliente, type Placar } from "./clientes.ts";
import { type Especie, especies, papelDe } from "./falhas.ts";
import { Latencias } from "./latencias.ts";
import { fonteDeMensagens } from "./mensagens.ts";
import type { Medicao, Pedido } from "./tipos.ts";

/** De quanto em quanto tempo se procura quem passou do prazo, em ms. */
const VIGIA_MS = 50;

process.on("message", async (pedido: Pedido) => process.send?.(await medir(pedido)));
process.on("disconnect", () => process.exit());
process.on("SIGINT", () => {}); // o Ctrl+C é com quem nos iniciou

async function medir(pedido: Pedido): Promise<Medicao> {
  const contas = new Contas();
  const clientes = criarClientes(pedido, contas);
  for (const { cliente } of clientes) cliente.iniciar();
  const vigia = setInterval(() => {
    const agora = performance.now();
    for (const { cliente } of clientes) cliente.vigiar(agora);
  }, VIGIA_MS);

  await Bun.sleep(pedido.aquecimento_ms);
  contas.comecar();
  await Bun.sleep(pedido.medicao_ms);
  contas.terminar();

  // A última resposta de cada cliente também é conferida: ou chega, ou passa do prazo. Quem
  // nunca lê só vai embora depois: se o servidor parou por causa dele, os outros o mostram
  for (const ficam of [false, true]) {
    const grupo = clientes.filter(({ especie }) => (especie === "nunca lê") === ficam);
    await Promise.all(grupo.map(({ cliente }) => cliente.encerrar()));
  }
  clearInterval(vigia);
  return contas.medicao();
}

function criarClientes(pedido: Pedido, contas: Contas) {
  const { familia, clientes, comFalhas, tamanhos_bytes } = pedido;
  const alvo: Alvo = { ...pedido, mensagens: fonteDeMensagens(tamanhos_bytes) };
  const populacao: Especie[] = comFalhas
    ? especies(clientes)
    : Array(clientes).fill("normal");
  return populacao.map((especie, numero) => {
    const placar = contas.placarDe(especie);
    return {
      especie,
      cliente: new Cliente(numero, alvo, placar, papelDe(especie, familia)),
    };
  });
}

/** O que se conta durante uma medição. */
class Contas {
  readonly #latencias = new Latencias();
  readonly #erros: Record<string, number> = {};
  readonly #conversas: Record<string, number> = {};
  #bytes = 0;
  #medindo = false;
  #inicio_ms = 0;
  #duracao_ms = 0;
  #cpu_us = 0;

  comecar(): void {
    this.#medindo = true;
    this.#cpu_us = cpuGasta();
    this.#inicio_ms = performance.now();
  }

  terminar(): void {
    this.#duracao_ms = performance.now() - this.#inicio_ms;
    this.#cpu_us = cpuGasta() - this.#cpu_us;
    this.#medindo = false;
  }

  /** O placar dos clientes de uma espécie. */
  placarDe(especie: Especie): Placar {
    const conversas = this.#conversas;
    conversas[especie] ??= 0;
    // De quem interrompe, nunca lê ou envia lixo não se espera resposta alguma
    const confere = especie === "normal" || especie === "meio-fecha";
    return {
      conversa: () => void (conversas[especie] = (conversas[especie] ?? 0) + 1),
      acerto: (inicio_ms, fim_ms, bytes) => {
        if (!this.#medindo) return;
        this.#latencias.anotar(fim_ms - inicio_ms);
        this.#bytes += bytes;
      },
      erro: (motivo) => {
        if (confere) this.#erros[motivo] = (this.#erros[motivo] ?? 0) + 1;
      },
    };
  }

  medicao(): Medicao {
    return {
      respostas: this.#latencias.quantas,
      bytes: this.#bytes,
      duracao_ms: this.#duracao_ms,
      p50_ms: this.#latencias.quantil(0.5),
      p99_ms: this.#latencias.quantil(0.99),
      maximo_ms: this.#latencias.maxima_ms,
      erros: this.#erros,
      conversas: this.#conversas,
      cpuDoGerador: this.#cpu_us / 1000 / this.#duracao_ms,
    };
  }
}

/** Tempo de processador gasto por este processo até agora, em µs. */
function cpuGasta(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
