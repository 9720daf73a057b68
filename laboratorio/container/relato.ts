/** O que só o Experimento 2 mede, em seções com tabelas: as mesmas no terminal e no relatório. */
import { type Secao, umaTabela } from "../relatorio/documento.ts";
import { mediana, quantil } from "../relatorio/estatistica.ts";
import {
  faixa,
  ms,
  numero,
  quantos,
  SEM_VALOR,
  tamanho,
  vezes,
} from "../relatorio/formato.ts";
import { tabela } from "../relatorio/texto.ts";
import { CLIENTES_DA_VAZAO } from "./comparacao.ts";
import type { DadosDoContainer, Processo } from "./tipos.ts";

/**
 * As seções do que foi medido; o que não chegou a ser medido não aparece.
 */
export function secoesDoContainer(dados: DadosDoContainer): Secao[] {
  return [
    ...(dados.acessos.length > 0 ? [construcaoEAcesso(dados)] : []),
    ...partidaEParada(dados),
    ...(dados.processos.length > 0 ? [gestaoDeProcessos(dados.processos)] : []),
  ];
}

function construcaoEAcesso(dados: DadosDoContainer): Secao {
  const { motor, construcao_ms, imagem_bytes, acessos } = dados;
  const funcionaram = acessos.filter(({ funcionou }) => funcionou).length;
  return {
    titulo: "Construir a imagem e acessar o container",
    paragrafos: [
      `O ${motor.nome} ${motor.versao} construiu a imagem em ${numero(construcao_ms / 1000, 1)} s, com a imagem base já na máquina ou baixada nesse tempo, e ela ocupa ${tamanho(imagem_bytes)}: quase tudo é o Bun e o sistema que ele usa, o resto é o servidor.`,
      `${conclusao(funcionaram, acessos.length)} A porta publicada só existe fora do container: lá dentro, e entre containers de uma mesma rede, o servidor atende na porta 8000. A imagem só tem o servidor; para executar o cliente em um container, copie-o antes: ${motor.nome} cp cliente.ts SERVIDOR:/tmp/`,
      ...(motor.nome === "podman" && funcionaram < acessos.length
        ? [
            "No Podman, os nomes entre containers dependem de um programa à parte: o aardvark-dns ou, nas versões com CNI, o dnsname.",
          ]
        : []),
    ],
    tabelas: [
      umaTabela(
        ["acesso", "comando", "chegou?", "resposta"],
        acessos.map(({ caminho, comando, funcionou, resposta }) => [
          caminho,
          comando,
          funcionou ? "sim" : "não",
          resposta.replace("Resposta do servidor: ", ""),
        ]),
        ["texto", "comando", "texto", "texto"],
      ),
    ],
  };
}

function conclusao(funcionaram: number, todos: number): string {
  if (funcionaram === todos)
    return `O servidor foi alcançado pelos ${numero(todos)} caminhos.`;
  return `O servidor foi alcançado por ${numero(funcionaram)} de ${quantos(todos, "caminho")}; a tabela diz por que não pelos outros.`;
}

/** Nada, enquanto não se mediu uma partida em cada lugar. */
function partidaEParada({ servidores, ciclos, vazoes }: DadosDoContainer): Secao[] {
  const nomes = servidores.map(({ nome }) => nome);
  const linha = <T extends { servidor: string }>(
    grandeza: string,
    medidas: T[],
    valor: (medida: T) => number,
  ): string[][] => {
    const valores = nomes.map((nome) =>
      medidas.filter(({ servidor }) => servidor === nome).map(valor),
    );
    const [nativo = [], container = []] = valores;
    if (nativo.length === 0 || container.length === 0) return [];
    const razao = vezes(mediana(container) / mediana(nativo));
    return [[grandeza, ...valores.map(comFaixa), razao]];
  };
  const linhas = [
    ...linha("partida (ms)", ciclos, ({ partida_ms }) => partida_ms),
    ...linha("parada (ms)", ciclos, ({ parada_ms }) => parada_ms),
    ...linha("conexões/s", vazoes, ({ conexoesPorSegundo }) => conexoesPorSegundo),
  ];
  if (linhas.length === 0) return [];
  const repeticoes = Math.max(...ciclos.map(({ rodada }) => rodada));
  const erros = vazoes.flatMap((vazao) => Object.entries(vazao.erros));
  const perdidas = erros.reduce((soma, [, vezes]) => soma + vezes, 0);
  const secao = {
    titulo: "Partida, parada e conexões por segundo",
    paragrafos: [
      `A mediana e, entre parênteses, o menor e o maior valor de ${quantos(repeticoes, "partida")} e paradas de cada um. A partida vai do comando até a primeira resposta inteira: a porta publicada aceita conexões antes de o servidor, lá dentro, estar pronto. No container, os tempos incluem o trabalho do próprio motor: criar o isolamento, ligar a rede, publicar a porta e, no fim, desfazer tudo.`,
      ...(vazoes.length > 0
        ? [
            `Nas conexões por segundo, ${numero(CLIENTES_DA_VAZAO)} clientes se conectam sem descanso, com resposta imediata, e cada resposta é conferida: ${perdidas === 0 ? "nenhuma se perdeu" : `${quantos(perdidas, "resposta perdida ou errada", "respostas perdidas ou erradas")} (${[...new Set(erros.map(([motivo]) => motivo))].join("; ")})`}.`,
          ]
        : []),
    ],
    tabelas: [umaTabela(["medida", ...nomes, "razão"], linhas)],
  };
  return [secao];
}

/** A mediana e os extremos: "102 (98,1 a 110)". */
function comFaixa(valores: number[]): string {
  if (valores.length === 1) return ms(valores[0] ?? null);
  const extremos = { de: quantil(valores, 0), ate: quantil(valores, 1) };
  return `${ms(mediana(valores))} (${faixa(extremos)})`;
}

function gestaoDeProcessos(processos: Processo[]): Secao {
  const celula = (valor: number | null) => (valor === null ? SEM_VALOR : `${valor}`);
  const linhas: [nome: string, valor: (processo: Processo) => string][] = [
    ["número do processo (PID)", ({ pid }) => celula(pid)],
    ["usuário (UID)", ({ usuario }) => celula(usuario)],
    ["threads", ({ threads }) => celula(threads)],
    ["memória", ({ memoria_bytes }) => tamanho(memoria_bytes)],
    ["processos que se veem dali", (processo) => celula(processo.processosVisiveis)],
  ];
  const [, deFora, deDentro] = processos;
  const oMesmo =
    deFora?.pid && deDentro?.pid
      ? ` O processo ${deFora.pid} desta máquina e o processo ${deDentro.pid} do container são o mesmo: só muda de onde se olha.`
      : "";
  return {
    titulo: "Gestão de processos",
    paragrafos: [
      `O mesmo servidor, depois das mesmas rodadas, visto desta máquina e de dentro do container.${oMesmo} Um container não é uma máquina virtual: é um processo como os outros, com as mesmas threads e a mesma memória, que não enxerga os demais.`,
      ...(deFora && deFora.pid === null
        ? [
            "De fora não há o que ver: nesta máquina o motor executa os containers em uma máquina virtual, e o processo está nela.",
          ]
        : []),
    ],
    tabelas: [
      umaTabela(
        ["", ...processos.map(({ visto }) => visto)],
        linhas.map(([nome, valor]) => [nome, ...processos.map(valor)]),
      ),
    ],
  };
}
