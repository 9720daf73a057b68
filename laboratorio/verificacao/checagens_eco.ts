/** O servidor final do estudo dirigido: devolve a cada cliente o que ele enviou. */
import { CenaServidor, type OpcoesDaCena } from "./cena_servidor.ts";
import { checagensDeFim } from "./checagens_do_fim.ts";
import {
  abrePorta,
  aguentaApressados,
  aindaAtende,
  atendeMuitos,
  naoVaza,
  QUANTIDADES,
  TODOS_JUNTOS,
} from "./checagens_servidor.ts";
import type { ClienteDeTeste } from "./cliente_de_teste.ts";
import { comoFicou, Eco, PRAZO_DO_ECO_MS } from "./confere_eco.ts";
import { SECOES } from "./secoes.ts";
import { type Checagem, Falha, NaoExecutado, TextoDiferente } from "./tipos.ts";
import { DESCONHECIDA, lerTransformacao, reconhecer } from "./transformacao.ts";

const MEBIBYTE = 1024 * 1024;

/** Um texto que não cabe no que o sistema guarda (uns 4 MiB no envio) de quem não lê. */
const NAO_CABE = 12 * MEBIBYTE;
const NAO_CABE_POR_POUCO = 7 * MEBIBYTE;

/** Quanto o servidor fica sem receber nada para se ver que parou, em ms. */
const PARADO_MS = 300;

/** Quanto um cliente pensa antes de digitar, em ms; com threads, enquanto os outros conversam. */
const PENSA_MS = 5_200;
const PENSA_SOZINHO_MS = 1_300;

/** Quantas mensagens em uma conversa comprida. */
const MENSAGENS = 1_000;

export interface OpcoesDoEco extends OpcoesDaCena {
  /** Se o servidor deve atender vários clientes ao mesmo tempo. */
  concorrente: boolean;
  /** O que ele deve responder, se não é a própria mensagem: o que se escreve em `--eco`. */
  eco?: string;
}

/** Quem faz o servidor esperar enquanto os outros conversam. */
interface Pensativos {
  servidor: unknown;
  /** Um que ainda não disse nada, e um que já conversou. */
  clientes: ClienteDeTeste[];
  /** Um que enviou muito e ainda não leu nada. */
  surdo?: { cliente: ClienteDeTeste; texto: Buffer };
  desde_ms: number;
}

export async function prepararEco(opcoes: OpcoesDoEco) {
  const { concorrente } = opcoes;
  const combinado = opcoes.eco === undefined ? undefined : lerTransformacao(opcoes.eco);
  const cortavel = (await combinado?.porPedacos()) ?? true;
  const eco = new Eco(combinado);
  const cena = new CenaServidor(opcoes, SECOES.servidorFinal, (cliente, prazo_ms) =>
    eco.conversaComum(cliente, prazo_ms),
  );
  let pensativos: Pensativos | undefined;
  /** Quantos bytes por ms o servidor devolve, medidos no eco de um texto grande. */
  let vazao = Infinity;
  let enorme: Buffer | undefined;
  /** Se ele já mostrou que devolve tudo a quem demora um instante a ler. */
  let naoPerde = false;

  const checagens: Checagem<CenaServidor>[] = [
    abrePorta(),
    {
      id: "eco",
      nome: combinado
        ? "responde o que se combinou em --eco"
        : "devolve a mensagem, byte a byte",
      depende: ["abre_porta"],
      async verificar() {
        const cliente = await cena.conectar();
        const mensagem = Buffer.from(" Mensagem numero 1.\n");
        const [esperada] = await eco.transformacao.responder(mensagem);
        await cliente.enviar(mensagem);
        const lidos = await cliente.ler(esperada?.length ?? 1, 6_000);
        // Depois do eco não vem mais nada, nem o fim da conexão
        const resposta = Buffer.concat([lidos, await cliente.lerAteFim(100)]);
        try {
          await eco.comparar(mensagem, resposta, cliente);
        } catch (erro) {
          if (!(erro instanceof Falha) || resposta.length === 0) throw erro;
          eco.transformacao = await reconhecer(mensagem, resposta);
          throw new TextoDiferente(
            erro.esperado,
            erro.recebido,
            combinado
              ? "compare com o que o comando de --eco escreve para a mesma mensagem"
              : `${erro.dica}; se a resposta é outra de propósito, informe --eco`,
          );
        }
      },
    },
    {
      id: "acentos",
      nome: "devolve acentos em UTF-8",
      depende: ["eco"],
      async verificar() {
        const cliente = await cena.conectar();
        await eco.conferir(cliente, "Olá, coração! Três maçãs.", {
          dica: "devolva os bytes recebidos; se decodificar, use sempre UTF-8",
        });
      },
    },
    {
      id: "meio_fechamento",
      secao: SECOES.with,
      nome: "completa o eco e encerra quando o cliente para de enviar",
      depende: ["eco"],
      async verificar() {
        const cliente = await cena.conectar();
        const mensagem = Buffer.from("ultima mensagem\n");
        await cliente.enviar(mensagem);
        cliente.meioFechar();
        const resposta = await cliente.lerAteFim(PRAZO_DO_ECO_MS);
        const dica =
          "quando o recv devolve 0 bytes, o cliente só parou de enviar: termine de " +
          "responder e feche a conexão";
        await eco.comparar(mensagem, resposta, cliente, dica);
        eco.fecha = cliente.conexao === "encerrada";
        if (eco.fecha) return;
        throw new Falha("a conexão encerrada depois do eco", comoFicou(cliente), dica);
      },
    },
    {
      id: "varias",
      nome: "devolve várias mensagens na mesma conexão",
      prazo_ms: 40_000,
      depende: ["eco"],
      async verificar() {
        const mensagens = [
          ...Array.from({ length: 10 }, (_, numero) => `Mensagem ${numero}\n`),
          "sem fim de linha",
          "  pontas em branco  ",
          "duas\nlinhas\r\n",
          ...((await eco.transformacao.responder(Buffer.from("\n"))).length > 0
            ? ["\n", " "]
            : []),
        ];
        const cliente = await cena.conectar();
        // Uma conversa comprida; quem responde devagar tem uma mais curta
        const limite = performance.now() + PRAZO_DO_ECO_MS;
        for (let numero = 0; numero < MENSAGENS; numero++) {
          if (numero >= mensagens.length && performance.now() > limite) break;
          await eco.conferir(cliente, mensagens[numero % mensagens.length]!, {
            dica: "receba e responda em um laço, até o cliente encerrar a conexão",
          });
        }
        await eco.despedir(cliente);
      },
    },
    {
      id: "grande",
      nome: "devolve 2 MiB inteiros",
      prazo_ms: 45_000,
      depende: ["varias"],
      async verificar() {
        exigirResposta();
        const inicio = performance.now();
        const cliente = await cena.conectar();
        await eco.conferir(cliente, textoLongo(2 * MEBIBYTE), {
          dica: "um recv(1024) traz só um pedaço: repita até não haver mais, e envie com sendall",
        });
        vazao = (2 * MEBIBYTE) / (performance.now() - inicio);
        await eco.despedir(cliente);
      },
    },
    {
      id: "sem_ler",
      nome: "devolve tudo a um cliente que envia muito antes de começar a ler",
      prazo_ms: 45_000,
      depende: ["grande"],
      async verificar() {
        exigirResposta();
        const texto = textoQueNaoCabe();
        const cliente = await cena.conectar();
        await cliente.enviarSemLer(texto, PARADO_MS);
        await lerTudo(
          cliente,
          texto,
          "o sistema só guarda um tanto de quem não lê: envie com sendall, que espera; um send " +
            "(ou um write) pode enviar só uma parte, e o resto é preciso enviar depois",
        );
        naoPerde = true;
      },
    },
    ...(concorrente ? enquantoUmPara() : []),
    {
      id: "misturas",
      secao: SECOES.comoTestar,
      nome: "cada cliente recebe só o que enviou",
      prazo_ms: 30_000,
      depende: concorrente ? ["varias", "silencio"] : ["eco"],
      async verificar() {
        const dica = "o que um cliente enviou não pode ficar em uma variável de todos";
        if (concorrente) await eco.conversasIntercaladas(cena, 3, dica);
        else await eco.conversasJuntas(cena, 3, dica);
      },
    },
    {
      id: "simultaneos",
      secao: SECOES.comoTestar,
      nome: concorrente
        ? `atende 1, 2, 5, 10 e ${TODOS_JUNTOS} clientes simultâneos`
        : "atende 1, 2, 5 e 10 clientes simultâneos",
      prazo_ms: 60_000,
      depende: ["misturas"],
      async verificar() {
        const dica = "aceite clientes em um laço sem fim, sem limitar quantos são";
        for (const quantos of QUANTIDADES) {
          if (concorrente) await eco.conversasIntercaladas(cena, quantos, dica);
          else await eco.conversasJuntas(cena, quantos, dica);
        }
        if (concorrente) await eco.conversasIntercaladas(cena, TODOS_JUNTOS, dica);
      },
    },
    {
      id: "reset",
      nome: "sobrevive a um cliente que interrompe a conexão (reset)",
      depende: ["eco"],
      async verificar() {
        for (let vez = 0; vez < 3; vez++) {
          const cliente = await cena.conectar();
          await eco.conferir(cliente, "ate logo\n");
          cliente.interromper();
        }
        await aindaAtende(cena, "um cliente interrompido");
      },
    },
    {
      id: "desconexao",
      nome: "sobrevive a um cliente que sai no meio da mensagem",
      depende: ["reset", "misturas"],
      async verificar() {
        for (let vez = 0; vez < 3; vez++) {
          const cliente = await cena.conectar();
          await cliente.enviar("metade de uma mensagem que nunca");
          cliente.fechar();
        }
        await aindaAtende(cena, "um cliente que saiu sem ler a resposta");
      },
    },
    aguentaApressados(["simultaneos"]),
    atendeMuitos(["apressados"]),
    {
      id: "pausas",
      secao: SECOES.comoTestar,
      nome: concorrente
        ? "espera um cliente que pensa antes de digitar, ou que demora a ler"
        : "espera um cliente que pensa antes de digitar",
      prazo_ms: 45_000,
      depende: ["varias", "misturas"],
      async verificar() {
        const dica =
          "espere o cliente pelo tempo que for preciso: sem settimeout, ou com um de minutos";
        const conversar = (cliente: ClienteDeTeste) =>
          eco.conferir(cliente, "pensei\n", { dica });
        if (!concorrente) {
          const cliente = await cena.conectar();
          await Bun.sleep(PENSA_SOZINHO_MS);
          await conversar(cliente);
          await Bun.sleep(PENSA_SOZINHO_MS);
          return await conversar(cliente);
        }
        if (pensativos?.servidor !== cena.servidor) await comecarAPensar();
        const { clientes, surdo, desde_ms } = pensativos!;
        await Bun.sleep(Math.max(0, desde_ms + PENSA_MS - performance.now()));
        for (const cliente of clientes) await conversar(cliente);
        for (const cliente of clientes) cliente.fechar();
        if (surdo) await lerTudo(surdo.cliente, surdo.texto, dica);
      },
    },
    naoVaza(["muitos"]),
    {
      id: "letra_partida",
      nome: "devolve uma letra acentuada que chega em dois pacotes",
      nivel: "recomendada",
      depende: ["acentos"],
      porQue:
        "a rede corta a mensagem em qualquer byte: decodificar cada pedaço sozinho falha com acentos",
      async verificar() {
        exigirIdentica();
        const cliente = await cena.conectar();
        const mensagem = Buffer.from("maçã");
        const meioDaLetra = 3;
        await cliente.enviar(mensagem.subarray(0, meioDaLetra));
        const dica =
          "devolva os bytes como vieram; para mostrar o texto, use um decodificador incremental";
        const inicio = await cliente.ler(meioDaLetra, PRAZO_DO_ECO_MS);
        await cliente.enviar(mensagem.subarray(meioDaLetra));
        const fim = await cliente.ler(mensagem.length - inicio.length, PRAZO_DO_ECO_MS);
        await eco.comparar(mensagem, Buffer.concat([inicio, fim]), cliente, dica);
      },
    },
    {
      id: "binario",
      nome: "devolve quaisquer bytes, mesmo os que não são texto",
      nivel: "recomendada",
      depende: ["eco"],
      porQue: "um eco devolve bytes: um arquivo ou um texto em Latin-1 não é UTF-8",
      async verificar() {
        exigirIdentica();
        const todos = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        await eco.conferir(await cena.conectar(), todos, {
          dica: 'devolva os bytes como vieram; para mostrar, decode(errors="replace")',
        });
      },
    },
    ...checagensDeFim("obrigatoria", ["eco"], false),
  ];
  // O que só faz sentido com os mesmos bytes, ou com uma resposta que não depende dos cortes
  const foraDoCombinado = ["letra_partida", "binario"];
  if (!cortavel) foraDoCombinado.push("grande", "sem_ler", "nao_le");
  const fora = combinado ? foraDoCombinado : [];
  return { cena, checagens: checagens.filter(({ id }) => !fora.includes(id)) };

  /** O que um cliente parado não pode fazer aos outros. */
  function enquantoUmPara(): Checagem<CenaServidor>[] {
    return [
      {
        id: "silencio",
        secao: SECOES.comoTestar,
        nome: "um cliente em silêncio não para os outros",
        depende: ["eco"],
        verificar: () => comecarAPensar(),
      },
      {
        id: "nao_le",
        secao: SECOES.comoTestar,
        nome: "um cliente que não lê a resposta não para os outros",
        prazo_ms: 30_000,
        depende: ["silencio", "grande"],
        async verificar() {
          const cliente = await cena.conectar(cena.porta, { ateOFim: true });
          const texto = textoQueNaoCabe().subarray(0, NAO_CABE_POR_POUCO);
          await cliente.enviarSemLer(texto, PARADO_MS);
          await eco.conferir(await cena.conectar(), "e eu?\n", {
            dica:
              "quando um cliente não lê, o sendall para quem o chamou: chame-o na thread " +
              "daquele cliente, e não na que atende todos",
          });
          if (pensativos?.servidor === cena.servidor)
            pensativos.surdo = { cliente, texto };
        },
      },
    ];
  }

  /** Um cliente calado e um que conversa; os dois ficam a pensar até a checagem das pausas. */
  async function comecarAPensar(): Promise<void> {
    const dica =
      "o sistema aceita a conexão, mas o servidor só atende a primeira: inicie uma " +
      "thread para cada cliente";
    const calado = await cena.conectar(cena.porta, { ateOFim: true });
    const falante = await cena.conectar(cena.porta, { ateOFim: true });
    await eco.conferir(falante, "e eu?\n", { dica });
    const clientes = [calado, falante];
    pensativos = { servidor: cena.servidor, clientes, desde_ms: performance.now() };
  }

  /** Um cliente que voltou a ler recebe a resposta inteira, e sai. */
  async function lerTudo(cliente: ClienteDeTeste, texto: Buffer, dica: string) {
    cliente.retomar();
    const [esperada] = await eco.transformacao.responder(texto);
    const lidos = await eco.ler(cliente, esperada?.length, PRAZO_DO_ECO_MS);
    await eco.comparar(texto, lidos, cliente, dica);
    await eco.despedir(cliente);
  }

  /** @throws {NaoExecutado} não se sabe qual é a resposta a um texto longo. */
  function exigirResposta(): void {
    if (eco.transformacao === DESCONHECIDA) throw semSaberAResposta();
  }

  /** @throws {NaoExecutado} a resposta não é a mensagem. */
  function exigirIdentica(): void {
    if (!eco.transformacao.identica) throw semSaberAResposta();
  }

  /** Pseudoaleatório: um pedaço trocado de lugar não passa por outro. */
  function textoLongo(tamanho: number): Buffer {
    const bytes = new Uint8Array(Math.ceil((tamanho * 3) / 4));
    for (let inicio = 0; inicio < bytes.length; inicio += 65_536) {
      crypto.getRandomValues(bytes.subarray(inicio, inicio + 65_536));
    }
    return Buffer.from(Buffer.from(bytes).toString("base64").slice(0, tamanho));
  }

  /** De um servidor lento, o que ele devolve em poucos segundos; sempre o mesmo. */
  function textoQueNaoCabe(): Buffer {
    const tamanho = Math.min(NAO_CABE, Math.max(MEBIBYTE, vazao * PRAZO_DO_ECO_MS));
    return (enorme ??= textoLongo(Math.round(tamanho)));
  }
}

function semSaberAResposta(): NaoExecutado {
  return new NaoExecutado(
    "depende de “devolve a mensagem, byte a byte”, ou de --eco, para se saber a resposta",
  );
}
