/** As tabelas da carga, as mesmas no terminal e no relatório. */
import { type Tabela, umaTabela } from "../relatorio/documento.ts";
import {
  ms,
  numero,
  porcentagem,
  SEM_VALOR,
  tamanho,
  vezes,
} from "../relatorio/formato.ts";
import { casosDos, descrever, mesmoCaso, unidade, velocidade } from "./casos.ts";
import type { Exigencia } from "./resistencia.ts";
import {
  maisRapido,
  partida,
  quantosErros,
  type Resumido,
  type ResumoDaCarga,
} from "./resumo.ts";
import type { DadosDaCarga, Familia } from "./tipos.ts";

/** A velocidade, com um grupo por caso e uma linha por servidor. */
export function tabelaDaVelocidade(familia: Familia, resumos: ResumoDaCarga[]): Tabela {
  return {
    cabecalho: [
      "servidor",
      unidade(familia),
      "mín. a máx.",
      "razão",
      "mín. a máx.",
      "MB/s",
      "erros",
    ],
    grupos: porCaso(familia, resumos, (resumo) => [
      resumo.servidor,
      velocidade(resumo),
      extremos(resumo.porSegundo, (valor) => numero(valor)),
      vezes(resumo.razao?.mediana ?? null),
      extremos(resumo.razao, vezes),
      numero(resumo.megabytesPorSegundo, 1),
      numero(quantosErros(resumo.erros)),
    ]),
  };
}

/** O que cada resposta custou: a latência ao cliente, o resto à máquina. */
export function tabelaDoCusto(familia: Familia, resumos: ResumoDaCarga[]): Tabela {
  return {
    cabecalho: [
      "servidor",
      "p50 (ms)",
      "p99 (ms)",
      "máx. (ms)",
      "memória",
      "threads",
      "CPU",
    ],
    grupos: porCaso(familia, resumos, (resumo) => [
      resumo.servidor,
      ms(resumo.p50_ms),
      ms(resumo.p99_ms),
      ms(resumo.maximo_ms),
      tamanho(resumo.pico_bytes),
      numero(resumo.threads),
      porcentagem(resumo.cpuDoServidor),
    ]),
  };
}

/** O tempo de partida de cada servidor. */
export function tabelaDaPartida({ servidores, amostras }: DadosDaCarga): Tabela {
  return umaTabela(
    ["servidor", "partida (ms)", "mín. a máx."],
    servidores.map(({ nome }) => {
      const resumo = partida(nome, amostras);
      return [nome, ms(resumo?.mediana ?? null), extremos(resumo, ms)];
    }),
  );
}

/** Até onde o gerador vai, caso a caso, e quanto disso o servidor mais rápido exigiu. */
export function tabelaDoGerador(
  alcances: ResumoDaCarga[],
  resumos: ResumoDaCarga[],
): Tabela {
  return umaTabela(
    ["caso", "gerador alcança", "mais rápido medido", "uso", "CPU do gerador"],
    alcances.map(({ caso, porSegundo }) => {
      const rapido = maisRapido(caso, resumos);
      return [
        descrever(caso),
        `${numero(porSegundo.mediana)} ${unidade(caso.familia)}`,
        numero(rapido?.porSegundo.mediana ?? null),
        porcentagem(rapido && rapido.porSegundo.mediana / porSegundo.mediana),
        porcentagem(rapido && rapido.cpuDoGerador),
      ];
    }),
  );
}

/** As exigências da prova de resistência, com um grupo por servidor. */
export function tabelaDaResistencia(
  provas: { servidor: string; exigencias: Exigencia[] }[],
): Tabela {
  return {
    cabecalho: ["exigência", "resultado", "o que se viu"],
    grupos: provas.map(({ servidor, exigencias }) => ({
      titulo: servidor,
      linhas: exigencias.map(({ nome, passou, visto }) => [
        nome,
        resultado(passou),
        visto,
      ]),
    })),
  };
}

function resultado(passou: boolean | null): string {
  return passou === null ? "não medida" : passou ? "cumprida" : "não cumprida";
}

function porCaso(
  familia: Familia,
  resumos: ResumoDaCarga[],
  linha: (resumo: ResumoDaCarga) => string[],
): Tabela["grupos"] {
  return casosDos(resumos.map(({ caso }) => caso))
    .filter((caso) => caso.familia === familia)
    .map((caso) => ({
      titulo: descrever(caso),
      linhas: resumos.filter((resumo) => mesmoCaso(resumo.caso, caso)).map(linha),
    }));
}

function extremos(resumo: Resumido | null, escrever: (valor: number) => string): string {
  if (!resumo) return SEM_VALOR;
  return `${escrever(resumo.minimo)} a ${escrever(resumo.maximo)}`;
}
