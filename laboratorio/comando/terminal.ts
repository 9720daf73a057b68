/**
 * O que se vê no terminal: tabelas, a linha do tempo dos clientes e a barra de progresso.
 * Cores e movimento só em um terminal de verdade: um arquivo recebe texto puro.
 */
import { SingleBar } from "cli-progress";
import { ms } from "../relatorio/formato.ts";
import { cabeOAtendimento } from "../espera/resumo.ts";
import type { Rodada } from "../espera/tipos.ts";

/** Se esta saída é um terminal que aceita cores, e o usuário não pediu para ficar sem elas. */
export function temCores(saida: { isTTY?: boolean } = process.stdout): boolean {
  return saida.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/**
 * Uma tabela de texto: a primeira coluna à esquerda, os números das outras à direita.
 *
 * @example
 * ```ts
 * console.log(tabela(["servidor", "mediana"], [["thread", "101"]]));
 * ```
 */
export function tabela(cabecalho: string[], linhas: string[][]): string {
  const todas = [cabecalho, ...linhas];
  const larguras = cabecalho.map((_, j) =>
    Math.max(...todas.map((linha) => Bun.stringWidth(linha[j] ?? ""))),
  );
  return todas
    .map((linha) =>
      larguras
        .map((largura, j) => alinhar(linha[j] ?? "", largura, j > 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function alinhar(texto: string, largura: number, aDireita: boolean): string {
  const espaco = " ".repeat(Math.max(0, largura - Bun.stringWidth(texto)));
  return aDireita ? espaco + texto : texto + espaco;
}

/** Quantos clientes cabem em uma linha do tempo; acima disso, mostram-se uns a cada tantos. */
const LINHAS = 40;

/**
 * A linha do tempo de uma rodada: uma linha para cada cliente, `·` enquanto ele espera e `█`
 * enquanto é atendido. O atendimento é deduzido: são os T ms que terminam na resposta. Sem T,
 * ou em quem responde antes disso, não há o que deduzir, e a linha é só de espera.
 *
 * @param fim_ms o instante da borda direita, o mesmo em todas as rodadas que se comparam.
 * @param largura quantos caracteres a linha inteira pode ocupar.
 */
export function linhaDoTempo(
  rodada: Rodada,
  fim_ms: number,
  largura: number,
  cores = temCores(),
): string[] {
  const { atendimentos, atraso_ms, clientes } = rodada;
  const digitos = `${clientes}`.length;
  const tempos = atendimentos.map(({ primeiroByte_ms }) => ms(primeiroByte_ms));
  const final = Math.max(...tempos.map((tempo) => tempo.length)) + 4;
  const colunas = Math.max(10, largura - digitos - 1 - final);
  const coluna = (tempo_ms: number) =>
    Math.min(colunas, Math.round((tempo_ms / fim_ms) * colunas));
  const pintar = (codigo: number, texto: string) =>
    cores && texto ? `\x1b[${codigo}m${texto}\x1b[0m` : texto;

  const passo = Math.ceil(clientes / LINHAS);
  const mostrados = atendimentos.filter(({ cliente }) => cliente % passo === 0);
  return mostrados.map((atendimento) => {
    const { cliente, partida_ms, primeiroByte_ms, ultimoByte_ms, erro } = atendimento;
    const numero = alinhar(`${cliente}`, digitos, true);
    if (primeiroByte_ms === null)
      return `${numero} ${pintar(31, `✗ ${erro?.replace(/ \(.*/s, "")}`)}`;
    const atendido = cabeOAtendimento(primeiroByte_ms, atraso_ms);
    const deduzido = Math.max(partida_ms, primeiroByte_ms - (atraso_ms ?? 0));
    const inicio = atendido
      ? Math.min(colunas - 1, coluna(deduzido))
      : Math.max(1, coluna(primeiroByte_ms));
    const fim = atendido
      ? Math.max(inicio + 1, coluna(ultimoByte_ms ?? primeiroByte_ms))
      : inicio;
    const barra =
      pintar(90, "·".repeat(inicio)) +
      pintar(32, "█".repeat(fim - inicio)) +
      " ".repeat(Math.max(0, colunas - fim));
    return `${numero} ${barra} ${alinhar(`${ms(primeiroByte_ms)} ms`, final - 1, true)}`;
  });
}

/** Uma barra de progresso na saída de erros; onde ela não é um terminal, linhas simples. */
export interface Progresso {
  /** Avança até `feito`, de `total`, e diz o que está sendo feito. */
  avancar(feito: number, fase: string): void;
  encerrar(): void;
}

/**
 * Começa uma barra de progresso.
 *
 * @param total o esforço todo, na unidade de quem mede; a barra mostra a porcentagem.
 * @example
 * ```ts
 * const progresso = acompanhar(10);
 * for (let i = 0; i < 10; i++) progresso.avancar(i, `rodada ${i + 1}`);
 * progresso.encerrar();
 * ```
 */
export function acompanhar(total: number): Progresso {
  const barra = new SingleBar({
    format: "{bar} {percentage} %  {fase}",
    stream: process.stderr,
    barsize: 30,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 3_000,
  });
  process.once("exit", () => barra.stop()); // devolve o cursor, aconteça o que acontecer
  return {
    avancar(feito, fase) {
      if (!barra.isActive) barra.start(total, feito, { fase });
      else barra.update(feito, { fase });
    },
    encerrar: () => barra.stop(),
  };
}
