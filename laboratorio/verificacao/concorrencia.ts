/**
 * Se um servidor de saudação atende vários clientes ao mesmo tempo.
 *
 * Com o atendimento em T ms, todos juntos terminam perto de T; um de cada vez, o último termina
 * em N·T; e, de k em k, há uma leva a cada T, com um intervalo em que ninguém termina. O tempo
 * de atendimento é o do próprio programa: o que ele já tem, o de ATRASO_MS ou, só se ele não
 * obedece e é em Python, o de cada envio.
 */
import { comAtraso } from "./atraso_python.ts";
import { ATENDIMENTO_MS } from "./cena_servidor.ts";
import type { CenaServidor } from "./cena_servidor.ts";
import { Falha, NaoExecutado } from "./tipos.ts";

/** Um atendimento que já demora isto, em ms, dispensa pedir um tempo de atendimento. */
const DEMORA_VISIVEL_MS = 150;

/** Uma demora natural que, somada por dez clientes, já se vê, em ms; e a soma que se perdoa. */
const DEMORA_NATURAL_MS = 40;
const SOMA_PERDOADA_MS = 250;
const DEZ = 10;

/** Um intervalo destes, em atendimentos, entre um fim e o seguinte separa duas levas. */
const INTERVALO_ENTRE_LEVAS = 0.6;

/** Quantas vezes se mede: em uma máquina ocupada, vale a melhor. */
const TENTATIVAS = 3;

/** O tempo de atendimento que tira a dúvida, em ms. */
const ATENDIMENTO_LONGO_MS = 800;

/** Entre a chegada de um cliente e a do seguinte, em ms, em cada tentativa. */
const ENTRE_CHEGADAS_MS = [1, 3, 10];

/** Quanto um fim pode fugir do múltiplo exato, em atendimentos, para ser o degrau de uma escada. */
const FOLGA_DO_DEGRAU = 0.35;

/** O que se viu não tem outra explicação: não é preciso medir com mais tempo. */
class SemDuvida extends Falha {}

/** Um servidor com tempo de atendimento visível. */
interface Demora {
  porta: number;
  /** O atendimento de um cliente sozinho, em ms. */
  um_ms: number;
}

/**
 * @param quantidades quantos clientes juntos, da menor à maior.
 * @throws {Falha} um cliente espera o outro.
 * @throws {NaoExecutado} o programa não demora, e não há como fazê-lo demorar.
 */
export async function conferirConcorrencia(
  cena: CenaServidor,
  quantidades: number[],
): Promise<void> {
  const natural: Demora = { porta: cena.porta, um_ms: await sozinho(cena, cena.porta) };
  if (natural.um_ms >= DEMORA_VISIVEL_MS) return await todas(natural);
  if (natural.um_ms >= DEMORA_NATURAL_MS) await conferirJuntos(cena, natural, DEZ, 4);

  // O que parece atraso de um pelo outro pode ser da máquina: com mais tempo, tira-se a dúvida
  try {
    await comTempo(ATENDIMENTO_MS);
  } catch (erro) {
    if (!(erro instanceof Falha) || erro instanceof SemDuvida) throw erro;
    await comTempo(ATENDIMENTO_LONGO_MS);
  }

  async function comTempo(tempo_ms: number): Promise<void> {
    // A porta fixa só serve a um por vez
    const emprestado = cena.opcoes.porta !== undefined;
    const inicio = {
      comando: comAtraso(cena.opcoes.comando),
      ambiente: { ATRASO_MS: `${tempo_ms}` },
    };
    try {
      if (emprestado) await cena.reiniciar(inicio);
      const { porta } = emprestado ? cena : await cena.iniciarOutro(undefined, inicio);
      let um_ms = await sozinho(cena, porta);
      if (um_ms < tempo_ms * 0.9) {
        cena.pedirAtraso(tempo_ms);
        um_ms = await sozinho(cena, porta);
      }
      if (um_ms < tempo_ms * 0.9) throw semTempoDeAtendimento();
      // Um tempo inflado pela máquina faria a soma parecer pouca: mede-se mais
      const esperado_ms = (natural.um_ms + tempo_ms) * 1.25;
      for (let vez = 0; vez < 2 && um_ms > esperado_ms; vez++)
        um_ms = Math.min(um_ms, await sozinho(cena, porta));
      await todas({ porta, um_ms });
    } finally {
      cena.pedirAtraso(0);
      if (emprestado) await cena.parar();
    }
  }

  async function todas(demora: Demora): Promise<void> {
    // Com mais clientes, a soma dos inícios das threads também aparece
    for (const quantos of quantidades)
      await conferirJuntos(cena, demora, quantos, quantos > DEZ ? 4 : 2.2);
  }
}

/**
 * @param limite quantos atendimentos os clientes podem levar juntos.
 * @throws {Falha} a melhor das tentativas ainda tem levas, ou passa do limite.
 */
async function conferirJuntos(
  cena: CenaServidor,
  { porta, um_ms }: Demora,
  quantos: number,
  limite: number,
): Promise<void> {
  let melhor: number[] = [];
  for (let vez = 0; vez < TENTATIVAS; vez++) {
    const fins_ms = await medir(cena, porta, quantos, vez);
    const total_ms = fins_ms.at(-1)!;
    if (total_ms < SOMA_PERDOADA_MS) return;
    if (total_ms < um_ms * limite && !temLevas(fins_ms, um_ms)) return;
    if (melhor.length === 0 || total_ms < melhor.at(-1)!) melhor = fins_ms;
    // O que é mesmo a soma não melhora; o que a fila cheia ou a máquina atrasam, sim
    const soma_ms = um_ms * quantos;
    if (total_ms > soma_ms * 0.9 && total_ms < soma_ms * 1.3 && !cena.filaEncheu) break;
  }
  const Certeza = ehEscada(melhor, um_ms) ? SemDuvida : Falha;
  const juntos = melhor.filter((fim_ms) => fim_ms < melhor[0]! + um_ms / 2).length;
  const como =
    juntos > 1 && temLevas(melhor, um_ms)
      ? `só ${juntos} são atendidos ao mesmo tempo`
      : "um cliente espera o outro terminar";
  throw new Certeza(
    `${quantos} clientes em cerca de ${Math.round(um_ms)} ms, o tempo de um`,
    `${Math.round(melhor.at(-1)!)} ms: ${como}`,
    "cada cliente em uma thread, sem join(), trava ou limite em volta do atendimento",
  );
}

function temLevas(fins_ms: number[], um_ms: number): boolean {
  return fins_ms.some(
    (fim_ms, qual) =>
      qual > 0 && fim_ms - fins_ms[qual - 1]! > um_ms * INTERVALO_ENTRE_LEVAS,
  );
}

/** Um de cada vez: o primeiro termina em T, o segundo em 2·T, o terceiro em 3·T… */
function ehEscada(fins_ms: number[], um_ms: number): boolean {
  return fins_ms.every(
    (fim_ms, qual) => Math.abs(fim_ms / um_ms - (qual + 1)) < FOLGA_DO_DEGRAU,
  );
}

/** Quanto cada um dos clientes espera, em ms, em ordem; sem o que a fila cheia o fez esperar. */
async function medir(
  cena: CenaServidor,
  porta: number,
  quantos: number,
  vez = 0,
): Promise<number[]> {
  cena.filaEncheu = false;
  const pedidos: Promise<number>[] = [];
  for (let qual = 0; qual < quantos; qual++) {
    // Na dúvida, vê-se cedo quem o sistema descartou: ele volta antes que o tentem de novo
    pedidos.push(cena.pedir(porta, 20_000, vez > 0 ? { primeira_ms: 500 } : {}));
    // Um depois do outro, para não transbordar a menor das filas de conexões
    if (quantos > 1) await Bun.sleep(ENTRE_CHEGADAS_MS[vez] ?? 1);
  }
  const esperas = await Promise.allSettled(pedidos);
  return esperas
    .map((espera) => {
      if (espera.status === "rejected") throw espera.reason;
      return espera.value;
    })
    .toSorted((uma, outra) => uma - outra);
}

/** O atendimento de um cliente sozinho, em ms: o menor de dois, para não medir ruído. */
async function sozinho(cena: CenaServidor, porta: number): Promise<number> {
  const [um = NaN] = await medir(cena, porta, 1);
  const [outro = NaN] = await medir(cena, porta, 1);
  return Math.min(um, outro);
}

/** Para quem não responde a tempo de se ver a diferença entre um por vez e todos juntos. */
function semTempoDeAtendimento(): NaoExecutado {
  return new NaoExecutado(
    "o programa responde na hora, e assim um servidor sequencial e um com threads parecem " +
      "iguais; faça-o esperar ATRASO_MS milissegundos (variável de ambiente) em cada " +
      "atendimento, antes de responder",
  );
}
