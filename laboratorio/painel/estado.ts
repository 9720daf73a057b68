/**
 * O estado do painel: o que uma página mostra, e só depende dos eventos até agora. O mesmo
 * estado é refeito no servidor e em cada página, evento a evento, e dá para percorrê-lo passo
 * a passo sem página nenhuma.
 */
import {
  type Chegada,
  type Corredor,
  deConexao,
  type Evento,
  type EventoAoVivo,
  type EventoDaCorrida,
  type EventoDeConexao,
  FATOS,
  type Oferta,
  type Pedido,
  type Situacao,
} from "./eventos.ts";

/** Quantas conexões ao vivo, linhas do servidor e corridas ficam guardadas. */
export const FAIXAS_GUARDADAS = 500;
export const LINHAS_GUARDADAS = 200;
export const CORRIDAS_GUARDADAS = 200;

/** Uma conexão, como uma faixa na tela. Os instantes são os do painel, em ms. */
export interface Faixa {
  conexao: number;
  /** IP:PORTA de quem se conectou, ao vivo. */
  endereco: string | null;
  /** A porta pela qual o servidor chama a conexão. */
  porta: number | null;
  /** O último fato; null é quem ainda está conectando. */
  fato: EventoDeConexao["tipo"] | null;
  conectou_ms: number | null;
  atendimento_ms: number | null;
  respondeu_ms: number | null;
  fim_ms: number | null;
  motivo: string | null;
  /** Bytes do cliente ao servidor, e de volta. */
  ida: number;
  volta: number;
}

export interface Pista extends Corredor {
  chegada: Chegada | null;
  faixas: Faixa[];
}

export interface Corrida {
  numero: number;
  /** Data e hora, ISO 8601. */
  data: string;
  clientes: number;
  atraso_ms: number;
  fase: "preparando" | "correndo" | "terminada" | "sem efeito";
  largada_ms: number | null;
  fim_ms: number | null;
  frase: string;
  pistas: Pista[];
}

/** Uma corrida da lista: as pistas sem as faixas. */
export type CorridaFeita = Omit<Corrida, "pistas"> & { pistas: Omit<Pista, "faixas">[] };

export interface AoVivo {
  servidor: string;
  atraso_ms: number;
  situacao: Situacao;
  problema: string | null;
  porta: number;
  problemaDaPorta: string | null;
  /** O que o relé soma a uma ida e volta, em ms; null enquanto não se mediu. */
  custo_ms: number | null;
  /** Se o servidor já citou algum cliente na saída. */
  cita: boolean;
  faixas: Faixa[];
  saida: string[];
  linhasOmitidas: number;
  /** Quantas conexões houve, e quantas foram respondidas, falharam ou foram recusadas. */
  conexoes: number;
  respondidas: number;
  falhas: number;
  recusadas: number;
}

export interface Estado {
  ofertas: Oferta[];
  /** Os endereços IP desta máquina, para quem está em outra. */
  enderecos: string[];
  /** Se outras máquinas podem ver a página. */
  turma: boolean;
  pedido: Pedido;
  /** Se a página prepara a próxima corrida, em vez de mostrar a de `corrida`. */
  preparando: boolean;
  corrida: Corrida | null;
  /** Da mais antiga à mais nova. */
  corridas: CorridaFeita[];
  aoVivo: AoVivo;
  /** A frase que um leitor de tela lê: o que acabou de acontecer. */
  aviso: string;
}

/** O estado de um painel em que nada aconteceu. */
export function estadoInicial(
  dados: Pick<Estado, "ofertas" | "enderecos" | "turma" | "pedido">,
  porta: number,
): Estado {
  return {
    ...dados,
    preparando: true,
    corrida: null,
    corridas: [],
    aoVivo: {
      servidor: "",
      atraso_ms: 0,
      situacao: "parado",
      problema: null,
      porta,
      problemaDaPorta: null,
      custo_ms: null,
      cita: false,
      faixas: [],
      saida: [],
      linhasOmitidas: 0,
      conexoes: 0,
      respondidas: 0,
      falhas: 0,
      recusadas: 0,
    },
    aviso: "",
  };
}

/**
 * O estado depois de mais alguns eventos. O anterior não muda.
 *
 * @example
 * ```ts
 * let estado = estadoInicial(dados, 8000);
 * for (const evento of eventos) estado = avancar(estado, [evento]);
 * ```
 */
export function avancar(anterior: Estado, eventos: readonly Evento[]): Estado {
  const { corrida, corridas, aoVivo } = anterior;
  const estado: Estado = {
    ...anterior,
    corrida: corrida && {
      ...corrida,
      pistas: corrida.pistas.map((pista) => ({ ...pista, faixas: [...pista.faixas] })),
    },
    corridas: [...corridas],
    aoVivo: { ...aoVivo, faixas: [...aoVivo.faixas], saida: [...aoVivo.saida] },
  };
  const posicoes = new Map(aoVivo.faixas.map(({ conexao }, i) => [conexao, i]));
  for (const evento of eventos) {
    if (!deConexao(evento)) avisar(estado, evento, posicoes);
    else if (evento.corredor === null) conexaoAoVivo(estado, evento, posicoes);
    else conexaoDaCorrida(estado, evento, evento.corredor);
  }
  enxugar(estado);
  return estado;
}

function faixaNova(conexao: number): Faixa {
  return {
    conexao,
    endereco: null,
    porta: null,
    fato: null,
    conectou_ms: null,
    atendimento_ms: null,
    respondeu_ms: null,
    fim_ms: null,
    motivo: null,
    ida: 0,
    volta: 0,
  };
}

/** A faixa depois de um fato; um fato que chega atrasado, ou depois do fim, não a muda. */
function comFato(faixa: Faixa, { tipo, em_ms, ...evento }: EventoDeConexao): Faixa {
  const ordem = FATOS.indexOf(tipo);
  if (faixa.fim_ms !== null || (faixa.fato && FATOS.indexOf(faixa.fato) >= ordem))
    return faixa;
  const instante = {
    conectou: "conectou_ms",
    esperando: null,
    "em atendimento": "atendimento_ms",
    respondeu: "respondeu_ms",
    encerrou: "fim_ms",
    falhou: "fim_ms",
  } as const;
  const campo = instante[tipo];
  return {
    ...faixa,
    fato: tipo,
    endereco: evento.endereco ?? faixa.endereco,
    porta: evento.porta ?? faixa.porta,
    motivo: evento.motivo ?? faixa.motivo,
    ida: evento.ida ?? faixa.ida,
    volta: evento.volta ?? faixa.volta,
    ...(campo && { [campo]: em_ms }),
  };
}

function conexaoDaCorrida(
  { corrida }: Estado,
  evento: EventoDeConexao,
  corredor: string,
): void {
  const pista = corrida?.pistas.find(({ servidor }) => servidor === corredor);
  const faixa = pista?.faixas[evento.conexao - 1];
  if (pista && faixa) pista.faixas[evento.conexao - 1] = comFato(faixa, evento);
}

function conexaoAoVivo(
  estado: Estado,
  evento: EventoDeConexao,
  posicoes: Map<number, number>,
): void {
  const { aoVivo } = estado;
  if (evento.tipo === "conectou") {
    aoVivo.conexoes++;
    posicoes.set(evento.conexao, aoVivo.faixas.length);
    aoVivo.faixas.push(faixaNova(evento.conexao));
    estado.aviso = `${evento.endereco} conectou.`;
  }
  if (evento.tipo === "em atendimento") aoVivo.cita = true;
  if (evento.tipo === "respondeu") aoVivo.respondidas++;
  if (evento.tipo === "falhou") aoVivo.falhas++;
  const posicao = posicoes.get(evento.conexao) ?? -1;
  const faixa = aoVivo.faixas[posicao];
  if (faixa) aoVivo.faixas[posicao] = comFato(faixa, evento);
}

function avisar(
  estado: Estado,
  evento: EventoDaCorrida | EventoAoVivo,
  posicoes: Map<number, number>,
): void {
  const { corrida, aoVivo } = estado;
  switch (evento.tipo) {
    case "pediu":
      estado.pedido = evento.pedido;
      estado.preparando = corrida === null || corrida.fim_ms !== null;
      return;
    case "preparou": {
      const { corrida: numero, data, clientes, atraso_ms } = evento;
      estado.preparando = false;
      estado.corrida = {
        numero,
        data,
        clientes,
        atraso_ms,
        fase: "preparando",
        largada_ms: null,
        fim_ms: null,
        frase: "",
        pistas: evento.corredores.map((corredor) => ({
          ...corredor,
          chegada: null,
          faixas: Array.from({ length: clientes }, (_, k) => faixaNova(k + 1)),
        })),
      };
      estado.aviso = `Corrida ${numero}: preparando os servidores.`;
      return;
    }
    case "largou":
      if (corrida) Object.assign(corrida, { fase: "correndo", largada_ms: evento.em_ms });
      estado.aviso = "Largada!";
      return;
    case "chegou": {
      const pista = corrida?.pistas.find(
        ({ servidor }) => servidor === evento.chegada.servidor,
      );
      if (pista) pista.chegada = evento.chegada;
      return;
    }
    case "terminou":
      estado.aviso = evento.frase;
      if (!corrida) return;
      corrida.fase = evento.valeu ? "terminada" : "sem efeito";
      corrida.fim_ms = evento.em_ms;
      corrida.frase = evento.frase;
      if (!evento.valeu) return;
      estado.corridas.push({
        ...corrida,
        pistas: corrida.pistas.map(({ faixas: _, ...pista }) => pista),
      });
      return;
    case "servidor": {
      const { nome, atraso_ms, situacao, problema = null } = evento;
      if (situacao === "iniciando")
        Object.assign(aoVivo, { saida: [], linhasOmitidas: 0, cita: false });
      Object.assign(aoVivo, { servidor: nome, atraso_ms, situacao, problema });
      estado.aviso = problema ?? `Servidor ${nome}: ${situacao}.`;
      return;
    }
    case "linha":
      aoVivo.saida.push(evento.texto);
      return;
    case "linhas omitidas":
      aoVivo.linhasOmitidas += evento.quantas;
      return;
    case "bytes": {
      const posicao = posicoes.get(evento.conexao) ?? -1;
      const faixa = aoVivo.faixas[posicao];
      if (faixa)
        aoVivo.faixas[posicao] = { ...faixa, ida: evento.ida, volta: evento.volta };
      return;
    }
    case "recusou":
      aoVivo.recusadas += evento.quantas;
      return;
    case "relé": {
      const { porta, problema: problemaDaPorta, custo_ms } = evento;
      Object.assign(aoVivo, { porta, problemaDaPorta, custo_ms });
      return;
    }
  }
}

/** Deixa só o que se guarda: das faixas, saem primeiro as mais antigas que já acabaram. */
function enxugar({ aoVivo, corridas }: Estado): void {
  const demais = aoVivo.faixas.length - FAIXAS_GUARDADAS;
  if (demais > 0) {
    let acabadas = demais;
    aoVivo.faixas = aoVivo.faixas
      .filter(({ fim_ms }) => fim_ms === null || --acabadas < 0)
      .slice(0, FAIXAS_GUARDADAS);
  }
  aoVivo.saida.splice(0, aoVivo.saida.length - LINHAS_GUARDADAS);
  corridas.splice(0, corridas.length - CORRIDAS_GUARDADAS);
}
