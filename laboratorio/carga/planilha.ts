/** Os dados como planilha: uma linha por amostra, ou por instante da prova de resistência. */
import { planilha } from "../relatorio/csv.ts";
import type { Andamento } from "./resistencia.ts";
import { porSegundo, quantosErros } from "./resumo.ts";
import type { Amostra } from "./tipos.ts";

/** As amostras, uma por linha. Tempos em ms. */
export function planilhaDasAmostras(amostras: Amostra[]): string {
  return planilha(
    amostras.map((amostra) => {
      const { servidor, familia, clientes, tamanho_bytes, rodada, partida_ms } = amostra;
      const { medicao, recursos } = amostra;
      return {
        ...{ servidor, familia, clientes, tamanho_bytes, rodada },
        por_segundo: porSegundo(amostra),
        respostas: medicao.respostas,
        bytes: medicao.bytes,
        duracao_ms: medicao.duracao_ms,
        p50_ms: medicao.p50_ms,
        p99_ms: medicao.p99_ms,
        maximo_ms: medicao.maximo_ms,
        erros: quantosErros(medicao.erros),
        partida_ms,
        pico_bytes: recursos?.pico_bytes ?? null,
        threads: recursos?.threads ?? null,
        descritores: recursos?.descritores ?? null,
        cpu_do_servidor: amostra.cpuDoServidor,
        cpu_do_gerador: medicao.cpuDoGerador,
      };
    }),
  );
}

/** Os instantes das provas de resistência, um por linha. */
export function planilhaDosInstantes(provas: Andamento[]): string {
  return planilha(
    provas.flatMap(({ servidor, instantes }) =>
      instantes.map((instante) => ({ servidor, ...instante })),
    ),
  );
}
