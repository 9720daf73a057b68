/** O servidor final do estudo dirigido: devolve a cada cliente o que ele enviou. */
import { CenaServidor } from "./cena_servidor.ts";
import type { OpcoesDaCena } from "./cena_servidor.ts";
import {
  QUANTIDADES,
  abrePorta,
  aguentaApressados,
  aindaAtende,
  checagensDeFim,
} from "./checagens_servidor.ts";
import { ClienteDeTeste } from "./cliente_de_teste.ts";
import { SECOES } from "./secoes.ts";
import { descrever, primeiraDiferenca } from "./texto.ts";
import { Falha } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

/** Quanto esperar por um eco curto, em ms. */
const PRAZO_DO_ECO_MS = 4_000;

const MEBIBYTE = 1024 * 1024;

export interface OpcoesDoEco extends OpcoesDaCena {
  /** Se o servidor deve atender vários clientes ao mesmo tempo. */
  concorrente: boolean;
}

export function prepararEco(opcoes: OpcoesDoEco) {
  const { concorrente } = opcoes;
  const secao = SECOES.servidorFinal;
  const cena = new CenaServidor(opcoes, (cliente, prazo_ms) =>
    conferirEco(cliente, "oi\n", { prazo_ms }),
  );

  const checagens: Checagem<CenaServidor>[] = [
    abrePorta(secao),
    {
      id: "eco",
      secao,
      nome: "devolve a mensagem, byte a byte",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["abre_porta"],
      async verificar() {
        const cliente = await cena.conectar();
        await conferirEco(cliente, " Mensagem numero 1.\n", { prazo_ms: 6_000 });
        await conferirSilencio(cliente);
      },
    },
    {
      id: "acentos",
      secao,
      nome: "devolve acentos em UTF-8",
      nivel: "obrigatoria",
      prazo_ms: 10_000,
      depende: ["eco"],
      async verificar() {
        await conferirEco(await cena.conectar(), "Olá, coração! Três maçãs.", {
          dica: "devolva os bytes recebidos; se decodificar, use sempre UTF-8",
        });
      },
    },
    {
      id: "varias",
      secao,
      nome: "devolve várias mensagens na mesma conexão",
      nivel: "obrigatoria",
      prazo_ms: 20_000,
      depende: ["eco"],
      async verificar() {
        const cliente = await cena.conectar();
        for (let numero = 1; numero <= 5; numero++) {
          await conferirEco(cliente, `Mensagem ${numero}\n`, {
            dica: "receba e responda em um laço, até o cliente encerrar a conexão",
          });
        }
      },
    },
    {
      id: "grande",
      secao,
      nome: "devolve 1 MiB inteiro",
      nivel: "obrigatoria",
      prazo_ms: 45_000,
      depende: ["varias"],
      async verificar() {
        const linha = "0123456789abcdefghijklmnopqrstuvwxyz\n";
        const texto = linha.repeat(Math.ceil(MEBIBYTE / linha.length)).slice(0, MEBIBYTE);
        await conferirEco(await cena.conectar(), texto, {
          dica: "um recv(1024) traz só um pedaço: repita até não haver mais, e envie com sendall",
        });
      },
    },
    {
      id: "meio_fechamento",
      secao: SECOES.with,
      nome: "completa o eco e encerra quando o cliente para de enviar",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["eco"],
      async verificar() {
        const cliente = await cena.conectar();
        const mensagem = Buffer.from("ultima mensagem\n");
        await cliente.enviar(mensagem);
        cliente.meioFechar();
        const eco = await cliente.lerAteFim(PRAZO_DO_ECO_MS);
        const dica =
          "quando o recv devolve 0 bytes, o cliente só parou de enviar: termine de " +
          "responder e feche a conexão";
        compararEco(mensagem, eco, cliente, dica);
        if (cliente.conexao === "encerrada") return;
        const recebido =
          cliente.conexao === "aberta" ? "a conexão continuou aberta" : "um reset";
        throw new Falha("a conexão encerrada depois do eco", recebido, dica);
      },
    },
  ];

  if (concorrente) {
    checagens.push({
      id: "silencio",
      secao: SECOES.comoTestar,
      nome: "um cliente em silêncio não para os outros",
      nivel: "obrigatoria",
      prazo_ms: 20_000,
      depende: ["eco"],
      async verificar() {
        await cena.conectar(); // aceito, e calado até o fim
        await conferirEco(await cena.conectar(), "e eu?\n", {
          dica:
            "o sistema aceita a conexão, mas o servidor só atende a primeira: inicie uma " +
            "thread para cada cliente",
        });
      },
    });
  }

  checagens.push(
    {
      id: "misturas",
      secao: SECOES.comoTestar,
      nome: "cada cliente recebe só o que enviou",
      nivel: "obrigatoria",
      prazo_ms: 30_000,
      depende: concorrente ? ["varias", "silencio"] : ["eco"],
      async verificar() {
        const dica = "o que um cliente enviou não pode ficar em uma variável de todos";
        if (concorrente) await conversasIntercaladas(cena, 3, dica);
        else await conversasJuntas(cena, 3, dica);
      },
    },
    {
      id: "simultaneos",
      secao: SECOES.comoTestar,
      nome: "atende 1, 2, 5 e 10 clientes simultâneos",
      nivel: "obrigatoria",
      prazo_ms: 60_000,
      depende: ["misturas"],
      async verificar() {
        const dica = "aceite clientes em um laço sem fim, sem limitar quantos são";
        for (const quantos of QUANTIDADES) {
          if (concorrente) await conversasIntercaladas(cena, quantos, dica);
          else await conversasJuntas(cena, quantos, dica);
        }
      },
    },
    {
      id: "reset",
      secao,
      nome: "sobrevive a um cliente que interrompe a conexão (reset)",
      nivel: "obrigatoria",
      prazo_ms: 20_000,
      depende: ["eco"],
      async verificar() {
        for (let vez = 0; vez < 3; vez++) {
          const cliente = await cena.conectar();
          await conferirEco(cliente, "ate logo\n");
          cliente.interromper();
        }
        await aindaAtende(cena, "um cliente interrompido");
      },
    },
    {
      id: "desconexao",
      secao,
      nome: "sobrevive a um cliente que sai no meio da mensagem",
      nivel: "obrigatoria",
      prazo_ms: 20_000,
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
    {
      id: "letra_partida",
      secao,
      nome: "devolve uma letra acentuada que chega em dois pacotes",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["acentos"],
      porQue:
        "a rede corta a mensagem em qualquer byte: decodificar cada pedaço sozinho falha com acentos",
      async verificar() {
        const cliente = await cena.conectar();
        const mensagem = Buffer.from("maçã");
        const meioDaLetra = 3;
        await cliente.enviar(mensagem.subarray(0, meioDaLetra));
        const dica =
          "devolva os bytes como vieram; para mostrar o texto, use um decodificador incremental";
        const inicio = await cliente.ler(meioDaLetra, PRAZO_DO_ECO_MS);
        await cliente.enviar(mensagem.subarray(meioDaLetra));
        const fim = await cliente.ler(mensagem.length - inicio.length, PRAZO_DO_ECO_MS);
        compararEco(mensagem, Buffer.concat([inicio, fim]), cliente, dica);
      },
    },
    {
      id: "binario",
      secao,
      nome: "devolve quaisquer bytes, mesmo os que não são texto",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["eco"],
      porQue: "um eco devolve bytes: um arquivo ou um texto em Latin-1 não é UTF-8",
      async verificar() {
        const todos = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        await conferirEco(await cena.conectar(), todos, {
          dica: 'devolva os bytes como vieram; para mostrar, decode(errors="replace")',
        });
      },
    },
    ...checagensDeFim("obrigatoria", ["eco"], false),
  );
  return { cena, checagens };
}

interface OpcoesDoConfronto {
  prazo_ms?: number;
  dica?: string;
}

/** Envia a mensagem e confere o eco, do mesmo tamanho e com os mesmos bytes. */
async function conferirEco(
  cliente: ClienteDeTeste,
  mensagem: string | Buffer,
  { prazo_ms = PRAZO_DO_ECO_MS, dica = DICA_DO_ECO }: OpcoesDoConfronto = {},
): Promise<void> {
  const enviados = Buffer.from(mensagem);
  const envio = cliente.enviar(enviados);
  const eco = await cliente.ler(enviados.length, prazo_ms);
  compararEco(enviados, eco, cliente, dica);
  await envio;
}

const DICA_DO_ECO = "envie de volta, com sendall, exatamente os bytes que o recv trouxe";

function compararEco(
  enviados: Buffer,
  eco: Buffer,
  cliente: ClienteDeTeste,
  dica: string,
): void {
  const posicao = primeiraDiferenca(enviados, eco);
  if (posicao < 0) return;
  const depois =
    cliente.conexao === "aberta" ? "e mais nada" : `conexão ${cliente.conexao}`;
  const onde =
    eco.length < enviados.length && posicao === eco.length
      ? depois
      : `diferente a partir do byte ${posicao + 1}`;
  throw new Falha(descrever(enviados), `${descrever(eco)}, ${onde}`, dica);
}

/** Depois do eco não vem mais nada, nem o fim da conexão. */
async function conferirSilencio(cliente: ClienteDeTeste): Promise<void> {
  const sobra = await cliente.ler(1, 100);
  if (sobra.length === 0) return;
  throw new Falha("nada além do eco", `mais ${descrever(sobra)}`, DICA_DO_ECO);
}

/** Clientes juntos, cada um com o seu texto; o servidor pode atender um de cada vez. */
async function conversasJuntas(
  cena: CenaServidor,
  quantos: number,
  dica: string,
): Promise<void> {
  const conversar = async (_: unknown, numero: number) => {
    const cliente = await cena.conectar();
    try {
      await conferirEco(cliente, `cliente ${numero} de ${quantos}\n`, {
        prazo_ms: 10_000,
        dica,
      });
    } finally {
      cliente.fechar(); // dá a vez ao próximo
    }
  };
  await todas(Array.from({ length: quantos }, conversar));
}

/** Todos conectados ao mesmo tempo: ninguém sai enquanto os outros não têm o seu eco. */
async function conversasIntercaladas(
  cena: CenaServidor,
  quantos: number,
  dica: string,
): Promise<void> {
  const clientes = await Promise.all(
    Array.from({ length: quantos }, () => cena.conectar()),
  );
  for (let volta = 1; volta <= 3; volta++) {
    await todas(
      clientes.map((cliente, numero) =>
        conferirEco(cliente, `cliente ${numero} de ${quantos}, mensagem ${volta}\n`, {
          dica,
        }),
      ),
    );
  }
  for (const cliente of clientes) await conferirSilencioCurto(cliente);
  for (const cliente of clientes) cliente.fechar();
}

async function conferirSilencioCurto(cliente: ClienteDeTeste): Promise<void> {
  const sobra = await cliente.ler(64, 1);
  if (sobra.length === 0) return;
  throw new Falha(
    "cada cliente com o seu eco, e nada mais",
    `mais ${descrever(sobra)}`,
    "responda só a quem enviou",
  );
}

/** Espera todas terminarem antes de lançar a primeira falha. */
async function todas(conversas: Promise<void>[]): Promise<void> {
  for (const conversa of await Promise.allSettled(conversas)) {
    if (conversa.status === "rejected") throw conversa.reason;
  }
}
