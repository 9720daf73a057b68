/** O que se espera de qualquer servidor: abrir a porta, aguentar clientes ruins, terminar. */
import type { CenaServidor } from "./cena_servidor.ts";
import { ClienteDeTeste } from "./cliente_de_teste.ts";
import { VE_POR_DENTRO, familia, recursos } from "./processos.ts";
import { SECOES } from "./secoes.ts";
import { Falha, NaoExecutado } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

type ChecagemDeServidor = Checagem<CenaServidor>;

/** Quantos clientes ao mesmo tempo, como no Experimento 1 do tutorial. */
export const QUANTIDADES = [1, 2, 5, 10];

/** Mais do que isso: onde há threads, todos são atendidos juntos. */
export const TODOS_JUNTOS = 40;

/** Clientes atendidos um depois do outro; os que respondem devagar atendem menos. */
const MUITOS = 650;
const POUCOS = 400;
const PRESSA_DE_MUITOS_MS = 4_000;
const LENTO_MS = 30;

/** Quantos clientes entram e saem para se ver se algo sobra, e a sobra que é vazamento. */
const QUE_SAEM = 60;
const SOBRA = 25;
const PRAZO_DE_QUEM_SAI_MS = 30_000;

/** Clientes apressados: conectam e vão embora sem esperar. */
const APRESSADOS = 100;

/** Quanto cada apressado espera pela conexão, em ms. */
const PRESSA_MS = 200;

/** Quantos de cada vez, para os que não precisam vir um depois do outro. */
const POR_VEZ = 10;

export function abrePorta(): ChecagemDeServidor {
  return {
    id: "abre_porta",
    nome: "abre a porta e aceita conexões",
    prazo_ms: 80_000,
    semPreparo: true,
    verificar: (cena) => cena.reiniciar(),
  };
}

export function aguentaApressados(depende: string[]): ChecagemDeServidor {
  return {
    id: "apressados",
    secao: SECOES.servidorFinal,
    nome: `continua atendendo depois de ${APRESSADOS} clientes apressados`,
    prazo_ms: 40_000,
    depende,
    async verificar(cena) {
      // De quem atende devagar, e um de cada vez, a fila não se acaba: vão menos
      let faltam = Math.min(APRESSADOS, Math.ceil(10_000 / (cena.atendimento_ms + 1)));
      const prazo_ms = 5_000 + faltam * cena.atendimento_ms;
      const chegarESair = async () => {
        while (faltam-- > 0) {
          // Quem encontra a fila cheia desiste; se o servidor caiu, vê-se a seguir
          const tentativa = ClienteDeTeste.conectar(cena.porta, PRESSA_MS);
          await tentativa.then(
            (cliente) => cliente.fechar(),
            () => {},
          );
        }
      };
      await Promise.all(Array.from({ length: POR_VEZ }, chegarESair));
      await aindaAtende(cena, "clientes que conectam e saem sem esperar", prazo_ms);
    },
  };
}

/** O próximo cliente é atendido, apesar do que acabou de acontecer com outros. */
export async function aindaAtende(
  cena: CenaServidor,
  apesarDe: string,
  prazo_ms = 5_000,
): Promise<void> {
  // Duas vezes: quem cai por causa de um cliente pode cair um instante depois
  for (const _ of [1, 2]) {
    try {
      await cena.pedir(cena.porta, prazo_ms);
    } catch (erro) {
      if (!(erro instanceof Falha)) throw erro;
      throw new Falha(
        `o próximo cliente é atendido, apesar de ${apesarDe}`,
        cena.servidor.vivo ? erro.recebido : "o programa terminou",
        "trate o erro de cada cliente (try/except) para que ele só encerre aquela conexão",
      );
    }
  }
}

/** Quem para depois de certo número de clientes, ou atende mal um deles, aparece aqui. */
export function atendeMuitos(depende: string[]): ChecagemDeServidor {
  return {
    id: "muitos",
    nome: "atende centenas de clientes, um depois do outro",
    secao: SECOES.comoTestar,
    prazo_ms: 60_000,
    depende,
    async verificar(cena) {
      const inicio = performance.now();
      let maisRapido_ms = Infinity;
      for (let atendidos = 0; atendidos < MUITOS; atendidos++) {
        const chegada = performance.now();
        // Só quem demora por si atende menos de `POUCOS`: a máquina ocupada não é desculpa
        const bastam = atendidos >= POUCOS || maisRapido_ms > LENTO_MS;
        if (bastam && chegada - inicio > PRESSA_DE_MUITOS_MS) return;
        try {
          await cena.pedir(cena.porta, 5_000);
          maisRapido_ms = Math.min(maisRapido_ms, performance.now() - chegada);
        } catch (erro) {
          if (!(erro instanceof Falha)) throw erro;
          throw new Falha(
            `o cliente ${atendidos + 1} atendido como os outros: ${erro.esperado}`,
            cena.servidor.vivo ? erro.recebido : "o programa terminou",
            "um cliente novo não pode depender de quantos já vieram: aceite em um laço sem fim",
          );
        }
      }
    },
  };
}

/** O que um cliente ocupou volta quando ele sai. */
export function naoVaza(depende: string[]): ChecagemDeServidor {
  return {
    id: "vazamento",
    nome: "não guarda threads nem descritores de quem já saiu",
    secao: SECOES.with,
    nivel: "recomendada",
    prazo_ms: 40_000,
    depende,
    porQue: "cada cliente que sai deixaria algo para trás, até não caber mais nenhum",
    async verificar(cena) {
      if (!VE_POR_DENTRO) {
        throw new NaoExecutado("só no Linux dá para ver o que o programa tem aberto");
      }
      const prazo_ms = 5_000 + POR_VEZ * cena.atendimento_ms;
      if (QUE_SAEM * cena.atendimento_ms > PRAZO_DE_QUEM_SAI_MS) {
        throw new NaoExecutado("cada atendimento demora demais para atender tantos");
      }
      const medir = () => recursos(familia(cena.servidor.pid, { zumbis: true }));
      const antes = medir();
      let faltam = QUE_SAEM;
      await Promise.all(
        Array.from({ length: POR_VEZ }, async () => {
          while (faltam-- > 0) await cena.pedir(cena.porta, prazo_ms);
        }),
      );
      let sobra = { threads: Infinity, descritores: Infinity };
      // Quem sai agora ainda pode estar saindo
      const limite = performance.now() + 2_000;
      while (Math.max(sobra.threads, sobra.descritores) >= SOBRA) {
        const agora = medir();
        sobra = {
          threads: agora.threads - antes.threads,
          descritores: agora.descritores - antes.descritores,
        };
        if (performance.now() > limite) break;
        await Bun.sleep(50);
      }
      if (Math.max(sobra.threads, sobra.descritores) < SOBRA) return;
      throw new Falha(
        `depois de ${QUE_SAEM} clientes que já saíram, o que havia antes deles`,
        `${sobra.threads} threads (ou processos) e ${sobra.descritores} descritores a mais`,
        "feche a conexão (with, ou close) e deixe a thread terminar quando o cliente sai",
      );
    },
  };
}
