/** A linha do tempo de uma rodada em texto, para o terminal. */
import { temCores } from "../comando/terminal.ts";
import { ms } from "../relatorio/formato.ts";
import { alinhar } from "../relatorio/texto.ts";
import { cabeOAtendimento } from "./lei.ts";
import type { Rodada } from "./tipos.ts";

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
export function linhaDoTempoEmTexto(
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
