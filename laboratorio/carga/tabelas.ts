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
import { descreverCaso, unidade } from "./casos.ts";
import { exigencias, type Resistencia } from "./resistencia.ts";
import {
  partida,
  quantosErros,
  type Resumido,
  type ResumoDaCarga,
  type ResumoDoCaso,
  velocidade,
} from "./resumo.ts";
import type { DadosDaCarga, Familia } from "./tipos.ts";

/** A velocidade, com um grupo por caso e uma linha por servidor. */
export function tabelaDaVelocidade(familia: Familia, casos: ResumoDoCaso[]): Tabela {
  const colunas = ["mín. a máx.", "razão", "mín. a máx.", "MB/s", "erros"];
  return {
    cabecalho: ["servidor", unidade(familia), ...colunas],
    grupos: porCaso(familia, casos, (resumo) => [
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
export function tabelaDoCusto(familia: Familia, casos: ResumoDoCaso[]): Tabela {
  const latencias = ["p50 (ms)", "p99 (ms)", "máx. (ms)"];
  return {
    cabecalho: ["servidor", ...latencias, "memória", "threads", "CPU"],
    grupos: porCaso(familia, casos, (resumo) => [
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
export function tabelaDoGerador(casos: ResumoDoCaso[]): Tabela {
  return umaTabela(
    ["caso", "gerador alcança", "mais rápido medido", "uso", "CPU do gerador"],
    casos.flatMap(({ caso, resumos, alcance }) => {
      const limite = alcance?.porSegundo.mediana ?? null;
      const [rapido] = resumos.toSorted(
        (a, b) => b.porSegundo.mediana - a.porSegundo.mediana,
      );
      if (limite === null || !rapido) return [];
      return [
        [
          descreverCaso(caso),
          `${numero(limite)} ${unidade(caso.familia)}`,
          numero(rapido.porSegundo.mediana),
          porcentagem(rapido.porSegundo.mediana / limite),
          porcentagem(rapido.cpuDoGerador),
        ],
      ];
    }),
  );
}

/** As exigências da prova de resistência, com um grupo por servidor. */
export function tabelaDaResistencia(provas: Resistencia[]): Tabela {
  const resultado = (passou: boolean | null) =>
    passou === null ? "não medida" : passou ? "cumprida" : "não cumprida";
  return {
    cabecalho: ["exigência", "resultado", "o que se viu"],
    grupos: provas.map((prova) => ({
      titulo: prova.servidor,
      linhas: exigencias(prova).map(({ nome, passou, visto }) => [
        nome,
        resultado(passou),
        visto,
      ]),
    })),
  };
}

/** Quantas conexões teve cada espécie de cliente na prova. */
export function tabelaDasConversas(provas: Resistencia[]): Tabela {
  const todas = provas.flatMap(({ conversas }) => Object.keys(conversas));
  const especies = [...new Set(todas)];
  return umaTabela(
    ["conexões de cada espécie de cliente", ...especies, "respostas/s"],
    provas.map(({ servidor, conversas, medicao }) => [
      servidor,
      ...especies.map((especie) => numero(conversas[especie] ?? null)),
      numero((medicao.respostas * 1000) / medicao.duracao_ms),
    ]),
  );
}

function porCaso(
  familia: Familia,
  casos: ResumoDoCaso[],
  linha: (resumo: ResumoDaCarga) => string[],
): Tabela["grupos"] {
  return casos
    .filter(({ caso }) => caso.familia === familia)
    .map(({ caso, resumos }) => ({
      titulo: descreverCaso(caso),
      linhas: resumos.map(linha),
    }));
}

function extremos(resumo: Resumido | null, escrever: (valor: number) => string): string {
  if (!resumo) return SEM_VALOR;
  return `${escrever(resumo.minimo)} a ${escrever(resumo.maximo)}`;
}
