/**
 * Um relatório como documento: seções com parágrafos, tabelas, gráficos e perguntas. O
 * mesmo documento vira HTML para ler e projetar e Markdown para colar em um trabalho.
 *
 * Todos os textos são texto puro; quem escreve o HTML ou o Markdown cuida do escape.
 */
import type { Grafico } from "./desenho.ts";

/** Um comando aparece com letra de código, do jeito que se digita. */
export type Coluna = "texto" | "comando" | "numero";

export interface Tabela {
  /** O nome da primeira coluna e os das outras. */
  cabecalho: string[];
  /** O que há em cada coluna, com a primeira; sem isto, números. */
  colunas?: Coluna[];
  /** As linhas, juntas sob um título; sem título, um grupo só. */
  grupos: { titulo: string | null; linhas: string[][] }[];
}

/** Uma tabela de um grupo só, sem título. */
export function umaTabela(
  cabecalho: string[],
  linhas: string[][],
  colunas?: Coluna[],
): Tabela {
  return { cabecalho, colunas, grupos: [{ titulo: null, linhas }] };
}

export interface Secao {
  titulo: string;
  paragrafos?: string[];
  itens?: string[];
  graficos?: Grafico[];
  tabelas?: Tabela[];
  /** Perguntas com espaço para a resposta. */
  perguntas?: string[];
}

export interface Documento {
  titulo: string;
  subtitulo: string;
  /** O resultado, em uma ou duas frases. */
  resumo: string;
  secoes: Secao[];
}
