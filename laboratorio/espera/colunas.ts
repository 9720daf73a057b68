/** As colunas das tabelas da espera, as mesmas no terminal e no relatório. */
import { exato, faixa, ms, numero, vezes } from "../relatorio/formato.ts";
import type { Resumo } from "./tipos.ts";

export interface ColunaDaEspera {
  nome: string;
  /** O que ela quer dizer, em uma frase sem ponto final. */
  sentido: string;
  valor: (resumo: Resumo) => string;
}

/** As colunas que estes resumos preenchem, depois da do servidor. */
export function colunasDaEspera(resumos: Resumo[]): ColunaDaEspera[] {
  const poucas = resumos.some(({ intervalo }) => intervalo.tipo === "min-max");
  const temPrevisao = resumos.some(({ previsao_ms }) => previsao_ms !== null);
  const temFalhas = resumos.some(({ falhas }) => falhas > 0);
  const colunas: (ColunaDaEspera & { falta?: boolean })[] = [
    {
      nome: "mediana",
      sentido: "a mediana, entre as rodadas, da espera mediana de cada uma",
      valor: ({ mediana_ms }) => ms(mediana_ms),
    },
    {
      nome: poucas ? "mín. a máx." : "IC 95 %",
      sentido: poucas
        ? "a menor e a maior espera mediana de uma rodada"
        : "intervalo de confiança dessa mediana",
      valor: ({ intervalo }) => faixa(intervalo),
    },
    {
      nome: "p95",
      sentido: "95 % dos clientes de todas as rodadas esperam até isto",
      valor: ({ p95_ms }) => ms(p95_ms),
    },
    {
      nome: "máximo",
      sentido: "a maior espera entre os clientes de todas as rodadas",
      valor: ({ maximo_ms }) => ms(maximo_ms),
    },
    {
      nome: "último",
      sentido:
        "até o último cliente ser atendido por inteiro (o makespan); a mediana entre as rodadas",
      valor: ({ makespan_ms }) => ms(makespan_ms),
    },
    {
      nome: "aceleração",
      sentido: 'quantas vezes o "último" do primeiro servidor é o deste',
      valor: ({ aceleracao }) => vezes(aceleracao),
    },
    {
      nome: "previsão",
      sentido: 'o "último" que a lei prevê',
      valor: ({ previsao_ms }) => exato(previsao_ms),
      falta: !temPrevisao,
    },
    {
      nome: "falhas",
      sentido: "clientes não atendidos, em todas as rodadas",
      valor: ({ falhas }) => numero(falhas),
      falta: !temFalhas,
    },
  ];
  return colunas.filter(({ falta }) => !falta);
}
