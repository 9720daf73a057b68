/**
 * As opções de um comando do laboratório: declará-las uma vez dá a leitura, a conferência e
 * o texto de `--ajuda`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { ErroDeUso, PedidoDeAjuda } from "./erros.ts";

/** Uma opção da linha de comando. */
export interface Opcao {
  /** O nome, sem os dois hífens. */
  nome: string;
  /** O que vem depois do nome, como em `--rodadas n`; sem isto, a opção só liga. */
  valor?: string;
  /** O que ela faz, em uma frase sem ponto final. */
  descricao: string;
  /** O valor de quando ela não vem, como o usuário o escreveria. */
  padrao?: string;
  /** Se pode vir várias vezes. */
  repete?: boolean;
}

/** Um comando do laboratório, como ele se apresenta a quem o usa. */
export interface Comando {
  /** Como se chama, sem as opções: "bun run laboratorio/carga.ts". */
  uso: string;
  /** O que faz, em uma ou duas frases. */
  descricao: string;
  opcoes: Opcao[];
  /** Os argumentos que não são opções, como "TIPO"; sem isto, nenhum é aceito. */
  soltos?: string;
  /** O que vem depois de `--`, como "comando…"; sem isto, nada é aceito. */
  depois?: string;
  /** Linhas de exemplo, prontas para copiar. */
  exemplos?: string[];
}

const AJUDA: Opcao = { nome: "ajuda", descricao: "mostra este texto" };

/** O que o usuário escreveu na linha de comando, já conferido. */
export class Argumentos {
  readonly #valores: Record<string, unknown>;

  constructor(
    valores: Record<string, unknown>,
    /** Os argumentos que não são opções. */
    readonly soltos: string[],
    /** O que veio depois de `--`. */
    readonly depois: string[],
  ) {
    this.#valores = valores;
  }

  /** Se a opção foi escrita, em vez de ficar com o valor padrão. */
  veio(nome: string): boolean {
    return this.textos(nome).length > 0;
  }

  /** Se uma opção de ligar foi ligada. */
  ligada(nome: string): boolean {
    return this.#valores[nome] === true;
  }

  /** Os valores de uma opção, na ordem em que vieram; vazio se ela não veio. */
  textos(nome: string): string[] {
    const valor = this.#valores[nome];
    return (Array.isArray(valor) ? valor : [valor]).filter((v) => typeof v === "string");
  }

  /** O valor de uma opção, o último se veio várias vezes; `padrao` se ela não veio. */
  texto(nome: string, padrao: string): string {
    return this.textos(nome).at(-1) ?? padrao;
  }

  /**
   * Um número inteiro.
   *
   * @throws {ErroDeUso} o valor não é um inteiro de `minimo` a `maximo`.
   */
  inteiro(nome: string, padrao: number, minimo: number, maximo: number): number {
    return lerInteiro(nome, this.texto(nome, `${padrao}`), minimo, maximo);
  }

  /**
   * Uma lista de números inteiros separados por vírgulas, sem repetidos, na ordem escrita.
   *
   * @throws {ErroDeUso} algum valor não é um inteiro de `minimo` a `maximo`.
   */
  inteiros(nome: string, padrao: number[], minimo: number, maximo: number): number[] {
    const partes = this.texto(nome, padrao.join(",")).split(",");
    return [...new Set(partes.map((parte) => lerInteiro(nome, parte, minimo, maximo)))];
  }

  /**
   * Um valor de uma lista de possíveis.
   *
   * @throws {ErroDeUso} o valor não é um deles.
   */
  escolha<T extends string>(nome: string, padrao: T, possiveis: readonly T[]): T {
    const valor = this.texto(nome, padrao);
    const escolhido = possiveis.find((possivel) => possivel === valor);
    if (escolhido !== undefined) return escolhido;
    throw new ErroDeUso(
      `--${nome} não pode ser "${valor}"; use ${ouLista(possiveis)}${sugerir(valor, possiveis)}`,
    );
  }
}

/**
 * Lê a linha de comando conforme as opções declaradas.
 *
 * O Bun tira da linha o `--` que vem logo depois do nome do script: de `carga.ts -- python3
 * servidor.py` só chega `python3 servidor.py`. Por isso, em um comando que leva algo depois de
 * `--` e nenhum argumento solto, uma linha que começa por um solto é toda ela o que vinha
 * depois. Em outro lugar da linha o `--` chega, e um solto continua a ser um engano.
 *
 * @throws {PedidoDeAjuda} o usuário pediu `--ajuda`.
 * @throws {ErroDeUso} uma opção desconhecida, sem valor ou com um valor que não leva, ou um
 * argumento a mais.
 */
export function lerArgumentos(
  comando: Comando,
  linha: readonly string[] = process.argv.slice(2),
): Argumentos {
  const [primeiro = "-"] = linha;
  if (comando.depois && !comando.soltos && !primeiro.startsWith("-"))
    linha = ["--", ...linha];
  const opcoes = [...comando.opcoes, AJUDA];
  const comValor = opcoes.filter((opcao) => opcao.valor).map(({ nome }) => nome);
  const deLigar = opcoes.filter((opcao) => !opcao.valor).map(({ nome }) => nome);
  const estranhas: string[] = [];

  const lido: Record<string, unknown> & { _: (string | number)[] } = parseArgs(linha, {
    string: [...comValor, "_"],
    boolean: deLigar,
    collect: comValor,
    alias: { ajuda: ["help", "h"] },
    "--": true,
    unknown(argumento, nome) {
      if (nome !== undefined) estranhas.push(argumento);
      return nome === undefined;
    },
  });
  const soltos = lido._.map(String);
  const depois = Array.isArray(lido["--"]) ? lido["--"].map(String) : [];
  const opcoesEscritas = linha.slice(0, linha.length - depois.length);

  const semValor = comValor.find((nome) => [lido[nome]].flat().includes(""));
  if (semValor !== undefined) {
    const opcao = opcoes.find(({ nome }) => nome === semValor);
    throw new ErroDeUso(
      `a opção --${semValor} precisa de um valor: --${semValor} ${opcao?.valor}`,
    );
  }
  const [estranha] = estranhas;
  if (estranha !== undefined) {
    const nome = estranha.replace(/=.*/s, "");
    const nomes = opcoes.map((opcao) => `--${opcao.nome}`);
    throw new ErroDeUso(
      `não existe a opção ${nome}${sugerir(nome, nomes)}; veja as opções com --ajuda`,
    );
  }
  const comValorDemais = deLigar.find((nome) =>
    opcoesEscritas.some((argumento) => argumento.startsWith(`--${nome}=`)),
  );
  if (comValorDemais !== undefined) {
    throw new ErroDeUso(`a opção --${comValorDemais} não leva valor; escreva só ela`);
  }
  if (lido.ajuda !== false) throw new PedidoDeAjuda(textoDeAjuda(comando));
  if (!comando.soltos && soltos.length > 0) {
    throw new ErroDeUso(
      `não entendi "${soltos[0]}"; as opções começam com dois hífens` +
        (comando.depois ? " e o comando vem depois de --" : "") +
        ", veja-as com --ajuda",
    );
  }
  if (!comando.depois && depois.length > 0) {
    throw new ErroDeUso(`este comando não usa nada depois de --; veja --ajuda`);
  }
  return new Argumentos(lido, soltos, depois);
}

/** O texto de `--ajuda`: o uso, o que o comando faz, as opções alinhadas e os exemplos. */
export function textoDeAjuda(comando: Comando): string {
  const { uso, descricao, soltos, depois, exemplos = [] } = comando;
  const linhas = [...comando.opcoes, AJUDA].map((opcao): [string, string] => {
    const { nome, valor, padrao, repete } = opcao;
    const notas = [repete && "pode repetir", padrao && `padrão: ${padrao}`];
    const nota = notas.filter(Boolean).join("; ");
    return [
      `  --${nome}${valor ? ` ${valor}` : ""}`,
      `${opcao.descricao}${nota ? ` (${nota})` : ""}`,
    ];
  });
  const largura = Math.max(...linhas.map(([nome]) => Bun.stringWidth(nome))) + 2;
  const recuo = `\n${" ".repeat(largura)}`;
  return [
    `Uso: ${uso}${soltos ? ` ${soltos}` : ""} [opções]${depois ? ` -- ${depois}` : ""}`,
    "",
    quebrar(descricao, 80).join("\n"),
    "",
    "Opções:",
    ...linhas.map(
      ([nome, texto]) =>
        nome.padEnd(largura) + quebrar(texto, Math.max(40, 80 - largura)).join(recuo),
    ),
    ...(exemplos.length > 0 ? ["", "Exemplos:"] : []),
    ...exemplos.map((exemplo) => `  ${exemplo}`),
  ].join("\n");
}

/** "; você quis dizer X?", se há algum nome parecido; senão, nada. */
export function sugerir(escrito: string, nomes: readonly string[]): string {
  const [parecido] = nomes
    .map((nome) => ({ nome, distancia: distancia(escrito, nome) }))
    .filter(({ nome, distancia }) => distancia <= Math.max(2, nome.length / 3))
    .sort((a, b) => a.distancia - b.distancia);
  return parecido ? ` (você quis dizer ${parecido.nome}?)` : "";
}

/** Quantas letras é preciso trocar, tirar ou pôr para ir de `a` a `b` (Levenshtein). */
function distancia(a: string, b: string): number {
  let anterior = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letra] of [...a].entries()) {
    const atual = [i + 1];
    for (const [j, outra] of [...b].entries()) {
      const troca = (anterior[j] ?? 0) + (letra === outra ? 0 : 1);
      atual.push(Math.min(troca, (anterior[j + 1] ?? 0) + 1, (atual[j] ?? 0) + 1));
    }
    anterior = atual;
  }
  return anterior[b.length] ?? 0;
}

function lerInteiro(nome: string, texto: string, minimo: number, maximo: number): number {
  const limpo = texto.trim();
  const valor = /^[+-]?\d+$/.test(limpo) ? Number(limpo) : Number.NaN;
  if (valor >= minimo && valor <= maximo) return valor;
  throw new ErroDeUso(
    `--${nome} precisa de números inteiros de ${minimo} a ${maximo}, e não de "${texto}"`,
  );
}

function ouLista(itens: readonly string[]): string {
  return new Intl.ListFormat("pt-BR", { type: "disjunction" }).format(itens);
}

/** O texto em linhas de no máximo `largura` colunas, sem partir palavras. */
export function quebrar(texto: string, largura: number): string[] {
  const linhas = [""];
  for (const palavra of texto.split(" ")) {
    const atual = linhas.at(-1) ?? "";
    if (atual && Bun.stringWidth(`${atual} ${palavra}`) > largura) linhas.push(palavra);
    else linhas[linhas.length - 1] = atual ? `${atual} ${palavra}` : palavra;
  }
  return linhas;
}
