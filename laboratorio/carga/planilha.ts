/** Os dados como planilha: uma linha por amostra, ou por instante da prova de resistência. */
import { emCsv } from "../relatorio/csv.ts";
import type { Andamento } from "./resistencia.ts";
import { porSegundo, quantosErros } from "./resumo.ts";
import type { Amostra } from "./tipos.ts";

/** As amostras, uma por linha. Tempos em ms. */
export function planilhaDasAmostras(amostras: Amostra[]): string {
  const colunas =
    "servidor;familia;clientes;tamanho_bytes;rodada;por_segundo;respostas;bytes;duracao_ms;p50_ms;p99_ms;maximo_ms;erros;partida_ms;pico_bytes;threads;descritores;cpu_do_servidor;cpu_do_gerador";
  return emCsv(
    colunas.split(";"),
    amostras.map((amostra) => {
      const { medicao, recursos } = amostra;
      return [
        amostra.servidor,
        amostra.familia,
        amostra.clientes,
        amostra.tamanho_bytes,
        amostra.rodada,
        porSegundo(amostra),
        medicao.respostas,
        medicao.bytes,
        medicao.duracao_ms,
        medicao.p50_ms,
        medicao.p99_ms,
        medicao.maximo_ms,
        quantosErros(medicao.erros),
        amostra.partida_ms,
        recursos?.pico_bytes ?? null,
        recursos?.threads ?? null,
        recursos?.descritores ?? null,
        amostra.cpuDoServidor,
        medicao.cpuDoGerador,
      ];
    }),
  );
}

/** Os instantes das provas de resistência, um por linha. */
export function planilhaDosInstantes(provas: Andamento[]): string {
  return emCsv(
    "servidor;instante_ms;memoria_bytes;pico_bytes;threads;descritores;cpu_ms".split(";"),
    provas.flatMap(({ servidor, instantes }) =>
      instantes.map((um) => [
        servidor,
        um.instante_ms,
        um.memoria_bytes,
        um.pico_bytes,
        um.threads,
        um.descritores,
        um.cpu_ms,
      ]),
    ),
  );
}
