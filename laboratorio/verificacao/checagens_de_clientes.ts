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

/** Como se chega a cada situação, com um cliente e com o outro. */
export interface Roteiro {
  /** Um servidor que acaba por enviar o texto ao programa. */
  receber(texto: string, entrega?: Entrega): Conversa;
  /** O programa com o servidor fora do ar. */
  semServidor(): Processo;
  /** Um servidor que encerra a conexão sem responder. */
  semResposta(): Conversa;
  /** Espera o fim de quem já recebeu o que devia. */
  terminar(conversa: Conversa): Promise<void>;
  /** Como receber a resposta inteira. */
  dicaDaInteira: string;
}

export function conecta({ receber }: Roteiro): ChecagemDeCliente {
  return {
    id: "conecta",
    nome: "conecta-se ao servidor",
    async verificar() {
      const { programa, servidor } = receber(senha());
      await conferirConexao(programa, servidor);
    },
  };
}

export function mostra({ receber }: Roteiro, depende: string[]): ChecagemDeCliente {
  return {
    id: "mostra",
    nome: "mostra a resposta do servidor",
    depende,
    async verificar() {
      const texto = senha();
      await conferirSaida(receber(texto).programa, texto);
    },
  };
}

/** @param conferirMais o que mais se espera no fim, na tela. */
export function termina(
  { receber, terminar }: Roteiro,
  nome: string,
  conferirMais: (programa: Processo) => void = () => {},
): ChecagemDeCliente {
  return {
    id: "termina",
    nome,
    depende: ["mostra"],
    async verificar() {
      const conversa = receber(senha());
      await terminar(conversa);
      conferirMais(conversa.programa);
      conferirCodigoDeSucesso(conversa.programa);
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
  ...conferir: ((programa: Processo) => void)[]
): ChecagemDeCliente {
  return {
    ...checagem,
    async verificar() {
      const programa = semServidor();
      await conferirFim(programa, DICA_DA_RECUSA);
      for (const mais of conferir) mais(programa);
    },
  };
}

export function avisaSemResposta(
  { semResposta, terminar }: Roteiro,
  checagem: Pick<ChecagemDeCliente, "id" | "depende">,
): ChecagemDeCliente {
  return {
    ...checagem,
    nome: "avisa quando o servidor encerra sem responder",
    nivel: "recomendada",
    porQue: "uma resposta vazia parece uma resposta; é um erro do outro lado",
    async verificar() {
      const conversa = semResposta();
      await terminar(conversa);
      conferirMensagemDeErro(conversa.programa);
      conferirCodigoDeErro(conversa.programa);
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
