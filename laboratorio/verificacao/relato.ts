/** O resultado para quem lê: no terminal, em português, e em JSON para um script. */
import { visivel } from "./texto.ts";
import { calcularNota } from "./tipos.ts";
import type { Nota, Resultado } from "./tipos.ts";

const MARCAS = {
  passou: { sinal: "✓", palavra: "passou", cor: 32 },
  falhou: { sinal: "✗", palavra: "falhou", cor: 31 },
  nao_executado: { sinal: "–", palavra: "não executado", cor: 33 },
} as const;

/** Escreve texto colorido; sem cor, o texto como é. */
type Pintar = (texto: string, cor: number) => string;

/** Há cores só em um terminal, e sem NO_COLOR. */
export function pintor(colorido: boolean): Pintar {
  return (texto, cor) => (colorido ? `\x1b[${cor}m${texto}\x1b[0m` : texto);
}

export interface Verificacao {
  tipo: string;
  comando: string[];
  resultados: Resultado[];
}

/** As linhas de uma checagem; com o título da seção quando ela é outra. */
export function relatarChecagem(
  resultado: Resultado,
  secaoAnterior: string | undefined,
  pintar: Pintar,
): string[] {
  const { sinal, palavra, cor } = MARCAS[resultado.estado];
  const linhas: string[] = [];
  if (resultado.secao !== secaoAnterior) linhas.push("", resultado.secao);
  const recomendada = resultado.nivel === "recomendada" ? " (recomendada)" : "";
  const marca = pintar(`${sinal} ${palavra}`, cor);
  const motivo =
    resultado.motivo === undefined ? "" : ` (${visivel(resultado.motivo, 400)})`;
  linhas.push(`  ${marca}${motivo}: ${resultado.nome}${recomendada}`);
  const detalhes = [
    ["esperado", resultado.esperado],
    ["recebido", resultado.recebido],
    ["dica", resultado.dica],
    ["por que importa", resultado.porQue],
  ] as const;
  for (const [rotulo, texto] of detalhes) {
    if (texto !== undefined) linhas.push(`      ${rotulo}: ${visivel(texto, 600)}`);
  }
  if (resultado.outroTexto) {
    return [...linhas, "      o texto é outro, e o resto foi conferido assim mesmo"];
  }
  const ultimas = resultado.ultimasLinhas;
  if (ultimas?.length === 0) linhas.push("      o programa não escreveu nada");
  else if (ultimas) {
    linhas.push("      últimas linhas do programa:");
    linhas.push(...ultimas.map((linha) => `        | ${visivel(linha)}`));
  }
  return linhas;
}

/** A nota, em uma linha por nível, e o que ela quer dizer. */
export function relatarNota(nota: Nota, pintar: Pintar): string[] {
  const { obrigatorias, recomendadas } = nota;
  const aprovado = obrigatorias.total > 0 && obrigatorias.passaram === obrigatorias.total;
  const fim = aprovado
    ? pintar("O programa passou em todas as checagens obrigatórias.", 32)
    : pintar("Ainda não: comece pela primeira checagem que falhou.", 31);
  return [
    "",
    `Obrigatórias: ${obrigatorias.passaram} de ${obrigatorias.total}`,
    `Recomendadas: ${recomendadas.passaram} de ${recomendadas.total}`,
    fim,
  ];
}

/** O conteúdo do arquivo de --json. */
export function emJson({ tipo, comando, resultados }: Verificacao): string {
  const dados = {
    versao: 1,
    tipo,
    comando,
    nota: calcularNota(resultados),
    checagens: resultados,
  };
  return JSON.stringify(dados, null, 2) + "\n";
}
