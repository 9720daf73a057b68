/** O resultado da carga: o texto do terminal e o relatório em HTML e Markdown. */
import { join } from "node:path";
import { comoArquivo } from "../desenho.ts";
import type { Documento, Secao, Tabela } from "../documento.ts";
import { emHtml } from "../documento_html.ts";
import { emMarkdown } from "../documento_markdown.ts";
import { guardarAnterior } from "../exportar.ts";
import { dataHora, lista, numero, quantos, tamanho, vezes } from "../formato.ts";
import { tabela } from "../terminal.ts";
import type { Ambiente } from "../tipos.ts";
import { descrever, unidade } from "./casos.ts";
import { FALHAS } from "./falhas.ts";
import { graficoDaMemoria, graficoDaVelocidade } from "./graficos.ts";
import { secaoDosModelos } from "./modelos.ts";
import { exigencias, type Resistencia } from "./resistencia.ts";
import {
  maisRapido,
  primeiroDa,
  quantosErros,
  resumir,
  resumirAlcance,
} from "./resumo.ts";
import {
  tabelaDaPartida,
  tabelaDaResistencia,
  tabelaDaVelocidade,
  tabelaDoCusto,
  tabelaDoGerador,
} from "./tabelas.ts";
import type { Cabecalho, DadosDaCarga, Familia } from "./tipos.ts";

/** A partir de que fração do alcance o gerador pode ter sido o limite. */
const LIMITE = 0.8;

/** Uma conexão que demora tanto, em ms, precisou de um segundo pedido (SYN) do sistema. */
const LENTA_MS = 900;

const NOMES: Record<Familia, string> = {
  saudacao: "Saudações: conectar-se, ler tudo e ver a conexão encerrada",
  eco: "Eco: enviar uma mensagem e receber a mesma de volta",
};

/** O relatório da velocidade. */
export function relatarVelocidade(dados: DadosDaCarga): Documento {
  const { ambiente, servidores, amostras } = dados;
  const resumos = resumir(dados);
  const nomes = servidores.map(({ nome }) => nome);
  const familias = [...new Set(servidores.map(({ familia }) => familia))];
  const rodadas = Math.max(0, ...amostras.map(({ rodada }) => rodada));
  return {
    titulo: "Carga: quanto os servidores aguentam",
    subtitulo: `Medido em ${dataHora(ambiente.data)}, em ${ambiente.cpu}`,
    resumo: emUmaFrase(dados),
    secoes: [
      {
        titulo: "O que se vê",
        graficos: familias.map((familia) => graficoDaVelocidade(familia, nomes, resumos)),
      },
      ...familias.map((familia): Secao => ({
        titulo: NOMES[familia],
        tabelas: [tabelaDaVelocidade(familia, resumos), tabelaDoCusto(familia, resumos)],
      })),
      ...secaoDosModelos(dados),
      {
        titulo: "Partida: do comando à primeira conexão",
        tabelas: [tabelaDaPartida(dados)],
      },
      {
        titulo: "O gerador de carga",
        paragrafos: [
          "Cada resposta é conferida byte a byte. Contra o servidor mais simples possível, que " +
            "não escreve nem guarda nada, o gerador alcança os números abaixo; uma medida que " +
            "chegue perto deles pode ser a do gerador.",
        ],
        tabelas: [tabelaDoGerador(resumirAlcance(dados), resumos)],
      },
      { titulo: "Ressalvas", itens: ressalvas(dados) },
      comoFoiMedido(ambiente, servidores, [
        `${quantos(rodadas, "rodada")}; em cada uma, todos os servidores, um logo depois do outro. A razão compara cada servidor com o primeiro na mesma rodada. Cada medição usa um processo novo.`,
      ]),
    ],
  };
}

/** Cada servidor com 10 clientes, o caso do roteiro. */
function emUmaFrase(dados: DadosDaCarga): string {
  const frases = resumir(dados)
    .filter(({ caso }) => caso.clientes === 10)
    .map(({ servidor, caso, porSegundo, razao }) => {
      const primeiro = primeiroDa(caso.familia, dados.servidores);
      return servidor === primeiro || !razao
        ? `Com ${descrever(caso)}, ${servidor} chega a ${numero(porSegundo.mediana)} ${unidade(caso.familia)}.`
        : `Já ${servidor} alcança ${vezes(razao.mediana)} isso.`;
    });
  return frases.length > 0 ? frases.join(" ") : "Veja as medidas e as ressalvas.";
}

/** O que é preciso saber antes de acreditar nos números. */
export function ressalvas(dados: DadosDaCarga): string[] {
  const resumos = resumir(dados);
  const erros = resumos.flatMap(({ servidor, caso, erros }) =>
    Object.entries(erros).map(
      ([motivo, n]) =>
        `${servidor}, ${descrever(caso)}: ${quantos(n, "erro")}, ${motivo}.`,
    ),
  );
  const noLimite = resumirAlcance(dados)
    .filter(({ caso, porSegundo }) => {
      const rapido = maisRapido(caso, resumos);
      return rapido && rapido.porSegundo.mediana > LIMITE * porSegundo.mediana;
    })
    .map(({ caso }) => descrever(caso));
  const lentas = resumos.some(
    ({ caso, maximo_ms }) => caso.familia === "saudacao" && (maximo_ms ?? 0) >= LENTA_MS,
  );
  return [
    ...(erros.length > 0 ? erros : ["Nenhuma resposta se perdeu nem veio errada."]),
    ...(noLimite.length > 0
      ? [
          `Com ${lista(noLimite)}, o servidor mais rápido chegou perto do que o gerador alcança: pode ser mais rápido do que se vê.`,
        ]
      : []),
    ...(lentas
      ? [
          "Houve conexões de mais de 900 ms: com a fila de conexões cheia, o sistema só repete o pedido (SYN) depois de um segundo.",
        ]
      : []),
    "Cada cliente só faz um pedido depois de respondido o anterior: mais clientes é mais carga, e a latência com muitos deles é sobretudo espera.",
  ];
}

/** O relatório da prova de resistência. */
export function relatarResistencia(
  { ambiente, servidores }: Cabecalho,
  provas: Resistencia[],
): Documento {
  const cumpriram = provas.filter((prova) =>
    exigencias(prova).every(({ passou }) => passou !== false),
  );
  return {
    titulo: "Resistência: muitos minutos de carga, com clientes que se comportam mal",
    subtitulo: `Medido em ${dataHora(ambiente.data)}, em ${ambiente.cpu}`,
    resumo: `Servidores que cumpriram todas as exigências: ${cumpriram.length} de ${provas.length}.`,
    secoes: [
      {
        titulo: "As exigências",
        paragrafos: [
          `Em cada 100 clientes ao mesmo tempo, ${FALHAS.interrompe} interrompem a conexão, ${FALHAS["meio-fecha"]} param de enviar antes da resposta, ${FALHAS["nunca lê"]} nunca leem e ${FALHAS.lixo} envia lixo. Dos outros, e dos que só param de enviar, todos os bytes têm de chegar. Depois de um quinto do tempo, todos saem e se anota o que o servidor ocupa em repouso; no fim, outra vez.`,
        ],
        tabelas: [
          tabelaDaResistencia(
            provas.map((prova) => ({
              servidor: prova.servidor,
              exigencias: exigencias(prova),
            })),
          ),
          tabelaDasConversas(provas),
        ],
      },
      ...(provas.some(({ erros }) => quantosErros(erros) > 0)
        ? [{ titulo: "Os erros", itens: provas.flatMap(errosDaProva) }]
        : []),
      {
        titulo: "A memória ao longo do tempo",
        graficos: provas.map(graficoDaMemoria),
      },
      comoFoiMedido(ambiente, servidores, []),
    ],
  };
}

function errosDaProva({ servidor, erros }: Resistencia): string[] {
  return Object.entries(erros).map(
    ([motivo, n]) => `${servidor}: ${quantos(n, "erro")}, ${motivo}.`,
  );
}

function tabelaDasConversas(provas: Resistencia[]): Tabela {
  const especies = [
    ...new Set(provas.flatMap(({ conversas }) => Object.keys(conversas))),
  ];
  return {
    cabecalho: ["conexões de cada espécie de cliente", ...especies, "respostas/s"],
    grupos: [
      {
        titulo: null,
        linhas: provas.map(({ servidor, conversas, medicao }) => [
          servidor,
          ...especies.map((especie) => numero(conversas[especie] ?? null)),
          numero((medicao.respostas * 1000) / medicao.duracao_ms),
        ]),
      },
    ],
  };
}

function comoFoiMedido(
  ambiente: Ambiente,
  servidores: DadosDaCarga["servidores"],
  notas: string[],
): Secao {
  return {
    titulo: "Como foi medido",
    itens: [
      ...notas,
      ...servidores.map(({ nome, comando }) => `${nome}: ${comando}`),
      `${ambiente.cpu}, ${quantos(ambiente.nucleos, "núcleo")}, ${tamanho(ambiente.memoria_bytes)} de memória, ${ambiente.sistema}, Bun ${ambiente.bun}.`,
    ],
  };
}

/** O documento como texto, para o terminal. */
export function emTexto({ titulo, secoes }: Documento): string {
  const comTexto = secoes.filter(({ paragrafos, tabelas, itens }) =>
    [paragrafos, tabelas, itens].some((partes) => partes?.length),
  );
  const partes = comTexto.flatMap((secao) => [
    sublinhar(secao.titulo),
    ...(secao.paragrafos ?? []),
    ...(secao.tabelas ?? []).flatMap(({ cabecalho, grupos }) =>
      grupos.map(({ titulo, linhas }) =>
        [...(titulo === null ? [] : [titulo]), tabela(cabecalho, linhas)].join("\n"),
      ),
    ),
    ...(secao.itens ? [secao.itens.map((item) => `- ${item}`).join("\n")] : []),
  ]);
  return [titulo, ...partes].join("\n\n");
}

function sublinhar(titulo: string): string {
  return `${titulo}\n${"=".repeat(Bun.stringWidth(titulo))}`;
}

/**
 * Mostra o documento no terminal e o escreve na pasta, com os gráficos e os dados.
 *
 * @param dados os outros arquivos: nome e conteúdo.
 */
export async function escrever(
  pasta: string,
  documento: Documento,
  dados: [nome: string, conteudo: string][],
): Promise<void> {
  const graficos = documento.secoes.flatMap((secao) => secao.graficos ?? []);
  const arquivos: [nome: string, conteudo: string][] = [
    ["relatorio.html", emHtml(documento)],
    ["relatorio.md", emMarkdown(documento)],
    ...graficos.map((um): [string, string] => [um.arquivo, comoArquivo(um)]),
    ...dados,
  ];
  const anterior = guardarAnterior(pasta);
  for (const [nome, conteudo] of arquivos) await Bun.write(join(pasta, nome), conteudo);
  console.log(emTexto(documento));
  if (anterior) console.log(`\nO resultado anterior foi guardado em ${anterior}`);
  console.log("\nArquivos:");
  for (const [nome] of arquivos) console.log(`  ${join(pasta, nome)}`);
}
