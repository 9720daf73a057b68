/** O que se espera dos dois clientes do roteiro, seja qual for a conversa de cada um. */
import type { CenaCliente } from "./cena_cliente.ts";
import {
  conferirCodigoDeErro,
  conferirCodigoDeSucesso,
  conferirConexao,
  conferirFim,
  conferirMensagemDeErro,
  conferirSaida,
  senha,
} from "./confere_cliente.ts";
import type { Processo } from "../servidores/processo.ts";
import type { Entrega, ServidorDeTeste } from "./servidor_de_teste.ts";
import type { Checagem } from "./tipos.ts";

/** Quanto demora o servidor que faz o cliente esperar, em ms. */
const ESPERA_MS = 1_200;

type ChecagemDeCliente = Checagem<CenaCliente>;

/** Um programa que conversa com um servidor nosso. */
export interface Conversa {
  servidor: ServidorDeTeste;
  programa: Processo;
}

/** Uma conversa que vai até o fim, e para a qual várias checagens olham. */
export interface ConversaInteira extends Conversa {
  /** O que o servidor responde. */
  texto: string;
  /** Falha se o programa não termina. */
  fim: Promise<void>;
}

/** Como se chega a cada situação, com um cliente e com o outro. */
export interface Roteiro {
  /** A primeira conversa, sem nada de especial. */
  comum(): ConversaInteira;
  /** Um servidor que acaba por enviar o texto ao programa. */
  receber(texto: string, entrega?: Entrega): Conversa;
  /** O programa com o servidor fora do ar, iniciado uma vez só. */
  semServidor(): Processo;
  /** Um servidor que encerra a conexão sem responder; uma conversa só. */
  semResposta(): ConversaInteira;
  /** Espera o fim de quem já recebeu o que devia. */
  terminar(conversa: Conversa, texto?: string): Promise<void>;
  /** Como receber a resposta inteira. */
  dicaDaInteira: string;
}

/** O que só é preciso fazer uma vez: quem pede de novo recebe o que já há. */
export function umaVez<T>(fazer: () => T): () => T {
  let feito: { valor: T } | undefined;
  return () => (feito ??= { valor: fazer() }).valor;
}

/** Leva a conversa até o fim: o do programa e o da conexão. */
export function ateOFim(
  conversa: Conversa,
  texto: string,
  terminar: Roteiro["terminar"],
): ConversaInteira {
  const levar = async () => {
    try {
      await terminar(conversa, texto);
    } finally {
      await conversa.servidor.esperarDespedidas();
    }
  };
  const fim = levar();
  fim.catch(() => {}); // a falha é de quem perguntar por ela
  return { ...conversa, texto, fim };
}

export function conecta({ comum }: Roteiro): ChecagemDeCliente {
  return {
    id: "conecta",
    nome: "conecta-se ao servidor",
    prazo_ms: 40_000,
    async verificar() {
      const { programa, servidor, fim } = comum();
      await conferirConexao(programa, servidor);
      await fim.catch(() => {}); // depois desta checagem, a cena encerra o programa
    },
  };
}

/** @param trecho o que da resposta tem de aparecer na tela. */
export function mostra(
  { comum }: Roteiro,
  depende: string[],
  trecho = (texto: string) => texto,
): ChecagemDeCliente {
  return {
    id: "mostra",
    nome: "mostra a resposta do servidor",
    depende,
    async verificar() {
      const { programa, texto } = comum();
      await conferirSaida(programa, trecho(texto));
    },
  };
}

/** @param conferirMais o que mais se espera no fim, na tela. */
export function termina(
  { comum }: Roteiro,
  nome: string,
  conferirMais: (programa: Processo) => void = () => {},
): ChecagemDeCliente {
  return {
    id: "termina",
    nome,
    depende: ["mostra"],
    async verificar() {
      const { programa, fim } = comum();
      await fim;
      conferirMais(programa);
      conferirCodigoDeSucesso(programa);
    },
  };
}

export function espera({ receber }: Roteiro): ChecagemDeCliente {
  return {
    id: "espera",
    nome: "espera um servidor que demora a responder",
    depende: ["mostra"],
    async verificar() {
      const texto = senha();
      const { programa } = receber(texto, { atraso_ms: ESPERA_MS });
      const dica = "espere a resposta pelo tempo que for preciso";
      await conferirSaida(programa, texto, dica);
    },
  };
}

const DICA_DA_RECUSA = "quando a conexão é recusada, mostre o erro e termine";

/** Com o servidor fora do ar: termina, e o que mais `conferir` pede. */
export function semServidor(
  { semServidor }: Roteiro,
  checagem: Omit<ChecagemDeCliente, "verificar">,
  conferir: (programa: Processo) => void,
): ChecagemDeCliente {
  return {
    ...checagem,
    async verificar() {
      const programa = semServidor();
      await conferirFim(programa, DICA_DA_RECUSA);
      conferir(programa);
    },
  };
}

export function avisaSemResposta(
  { semResposta }: Roteiro,
  checagem: Pick<ChecagemDeCliente, "id" | "depende">,
): ChecagemDeCliente {
  return {
    ...checagem,
    nome: "avisa quando o servidor encerra sem responder",
    nivel: "recomendada",
    porQue: "uma resposta vazia parece uma resposta; é um erro do outro lado",
    async verificar() {
      const { programa, fim } = semResposta();
      await fim;
      conferirMensagemDeErro(programa);
      conferirCodigoDeErro(programa);
    },
  };
}

/** As respostas que um só recv(1024) não traz. */
export function respostasInteiras({
  receber,
  dicaDaInteira,
}: Roteiro): ChecagemDeCliente[] {
  const pedacos = `${senha()} maçã ${senha()}`;
  const meioDaLetra = Buffer.from(pedacos).indexOf(Buffer.from("ç")) + 1;
  const longa = `início ${"0123456789".repeat(300)} ${senha()}`;
  return [
    {
      id: "pedacos",
      nome: "junta uma resposta que chega em pedaços",
      nivel: "recomendada",
      depende: ["acentos"],
      porQue: "o TCP não guarda onde uma mensagem acaba: um recv pode trazer só o começo",
      async verificar() {
        const { programa } = receber(pedacos, { cortes: [4, meioDaLetra] });
        const dica = `${dicaDaInteira}, e só então decodifique tudo`;
        await conferirSaida(programa, pedacos, dica);
      },
    },
    {
      id: "longa",
      nome: "mostra inteira uma resposta de mais de 1024 bytes",
      nivel: "recomendada",
      depende: ["mostra"],
      porQue: "recv(1024) traz no máximo 1024 bytes, e o resto se perde sem nenhum erro",
      async verificar() {
        await conferirSaida(receber(longa).programa, longa, dicaDaInteira);
      },
    },
  ];
}
