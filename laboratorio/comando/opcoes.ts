/**
 * As opções de um comando: declarar cada uma, com o tipo e o padrão, em um lugar só dá a
 * leitura, a conferência e o texto de `--ajuda`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { ErroDeUso, PedidoDeAjuda } from "./erros.ts";

/** Como uma opção se apresenta a quem a usa. */
export interface Declaracao {
  /** O que vem depois do nome, como em `--rodadas n`; sem isto, a opção só liga. */
  valor?: string;
  /** O que ela faz, em uma frase sem ponto final. */
  descricao: string;
  /** O que vale quando ela não vem, como o usuário o escreveria. */
  padrao?: string;
  /** Se pode vir várias vezes. */
  repete?: boolean;
  /** Quando ela vem, os padrões de outras opções que ela troca: `{ rodadas: "3" }`. */
  troca?: Record<string, string>;
}

/** Uma opção que, lida, é um T. */
export interface Opcao<T> extends Declaracao {
  /**
   * @param escritos o que o usuário escreveu, na ordem; se nada, o padrão; se nem isso, vazio.
   * @throws {ErroDeUso} o valor não serve; `nome` é o da opção.
   */
  ler(escritos: string[], nome: string): T;
}

type Opcoes = Record<string, Opcao<unknown>>;

/** Um comando do laboratório, como ele se apresenta a quem o usa. */
export interface Comando<O extends Opcoes = Opcoes> {
  /** Como se chama, sem as opções: "bun run laboratorio/carga.ts". */
  uso: string;
  /** O que faz, em uma ou duas frases. */
  descricao: string;
  opcoes: O;
  /** Os argumentos que não são opções, como "TIPO"; sem isto, nenhum é aceito. */
  soltos?: string;
  /** O que vem depois de `--`, como "comando…"; sem isto, nada é aceito. */
  depois?: string;
  /** Linhas de exemplo, prontas para copiar. */
  exemplos?: string[];
}

/** O que o usuário pediu: cada opção com o seu tipo, já conferida. */
export interface Lido<O extends Opcoes> {
  opcoes: { [nome in keyof O]: O[nome] extends Opcao<infer T> ? T : never };
  /** Os argumentos que não são opções. */
  soltos: string[];
  /** O que veio depois de `--`. */
  depois: string[];
}

type ComPadrao = Declaracao & { valor: string };

/** Uma opção de ligar, como `--rapido`. */
export function ligar(declaracao: Omit<Declaracao, "valor" | "padrao">): Opcao<boolean> {
  return { ...declaracao, ler: (escritos) => escritos.length > 0 };
}

/** Um valor que se lê de um texto: o último, se a opção vier várias vezes. */
export function valor<T>(
  declaracao: ComPadrao,
  ler: (escrito: string, nome: string) => T,
): Opcao<T> {
  return { ...declaracao, ler: (escritos, nome) => ler(escritos.at(-1) ?? "", nome) };
}

/** Um texto. */
export function texto(declaracao: ComPadrao): Opcao<string> {
  return valor(declaracao, (escrito) => escrito);
}

/** Todos os textos de uma opção que pode repetir. */
export function textos(declaracao: ComPadrao): Opcao<string[]> {
  return { ...declaracao, repete: true, ler: (escritos) => escritos };
}

/** Um número inteiro de `minimo` a `maximo`. */
export function inteiro(
  minimo: number,
  maximo: number,
  declaracao: ComPadrao,
): Opcao<number> {
  return valor(declaracao, (escrito, nome) => lerInteiro(nome, escrito, minimo, maximo));
}

/** Inteiros separados por vírgulas, sem repetidos, na ordem escrita. */
export function inteiros(
  minimo: number,
  maximo: number,
  declaracao: ComPadrao,
): Opcao<number[]> {
  return valor(declaracao, (escrito, nome) => {
    const partes = escrito.split(",");
    return [...new Set(partes.map((parte) => lerInteiro(nome, parte, minimo, maximo)))];
  });
}

/** Um valor de uma lista de possíveis. */
export function escolha<T extends string>(
  possiveis: readonly T[],
  declaracao: ComPadrao,
): Opcao<T> {
  return valor(declaracao, (escrito, nome) => {
    const escolhido = possiveis.find((possivel) => possivel === escrito);
    if (escolhido !== undefined) return escolhido;
    const lista = new Intl.ListFormat("pt-BR", { type: "disjunction" }).format(possiveis);
    throw new ErroDeUso(
      `--${nome} não pode ser "${escrito}"; use ${lista}${sugerir(escrito, possiveis)}`,
    );
  });
}

/** A mesma opção, que pode não vir: sem ela, e sem padrão, é undefined. */
export function opcional<T>(opcao: Opcao<T>): Opcao<T | undefined> {
  const ler = (escritos: string[], nome: string) =>
    escritos.length === 0 ? undefined : opcao.ler(escritos, nome);
  return { ...opcao, ler };
}

const AJUDA = ligar({ descricao: "mostra este texto" });

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
export function lerComando<O extends Opcoes>(
  comando: Comando<O>,
  linha: readonly string[] = process.argv.slice(2),
): Lido<O> {
  const [primeiro = "-"] = linha;
  if (comando.depois && !comando.soltos && !primeiro.startsWith("-"))
    linha = ["--", ...linha];
  const declaradas: Opcoes = { ...comando.opcoes, ajuda: AJUDA };
  const nomes = Object.keys(declaradas);
  const comValor = nomes.filter((nome) => declaradas[nome]?.valor);
  const deLigar = nomes.filter((nome) => !declaradas[nome]?.valor);
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
    throw new ErroDeUso(
      `a opção --${semValor} precisa de um valor: --${semValor} ${declaradas[semValor]?.valor}`,
    );
  }
  const [estranha] = estranhas;
  if (estranha !== undefined) {
    const nome = estranha.replace(/=.*/s, "");
    const parecidas = nomes.map((nome) => `--${nome}`);
    throw new ErroDeUso(
      `não existe a opção ${nome}${sugerir(nome, parecidas)}; veja as opções com --ajuda`,
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

  const escritos = (nome: string) =>
    [lido[nome]].flat().filter((valor) => typeof valor === "string" || valor === true);
  const trocas = Object.assign(
    {},
    ...nomes.map((nome) => (escritos(nome).length > 0 ? declaradas[nome]?.troca : {})),
  );
  const opcoes = Object.entries(comando.opcoes).map(([nome, opcao]) => {
    const padrao = trocas[nome] ?? opcao.padrao;
    const textos = escritos(nome).map(String);
    const valem = textos.length > 0 || padrao === undefined ? textos : [padrao];
    return [nome, opcao.ler(valem, nome)];
  });
  return { opcoes: Object.fromEntries(opcoes), soltos, depois };
}

/** O texto de `--ajuda`: o uso, o que o comando faz, as opções alinhadas e os exemplos. */
export function textoDeAjuda(comando: Comando): string {
  const { uso, descricao, soltos, depois, exemplos = [] } = comando;
  const declaradas: Opcoes = { ...comando.opcoes, ajuda: AJUDA };
  const linhas = Object.entries(declaradas).map(([nome, opcao]): [string, string] => {
    const { valor, padrao, repete, troca = {} } = opcao;
    const trocas = Object.entries(troca).map(([nome, padrao]) => `--${nome} ${padrao}`);
    const notas = [repete && "pode repetir", padrao && `padrão: ${padrao}`];
    const nota = notas.filter(Boolean).join("; ");
    return [
      `  --${nome}${valor ? ` ${valor}` : ""}`,
      [
        opcao.descricao,
        trocas.length > 0 ? `: ${trocas.join(" ")}` : "",
        nota ? ` (${nota})` : "",
      ].join(""),
    ];
  });
  const largura = Math.max(...linhas.map(([nome]) => Bun.stringWidth(nome))) + 2;
  const quebrar = (texto: string, colunas: number) => Bun.wrapAnsi(texto, colunas);
  return [
    `Uso: ${uso}${soltos ? ` ${soltos}` : ""} [opções]${depois ? ` -- ${depois}` : ""}`,
    "",
    quebrar(descricao, 80),
    "",
    "Opções:",
    ...linhas.map(
      ([nome, texto]) =>
        nome.padEnd(largura) +
        quebrar(texto, Math.max(40, 80 - largura)).replaceAll(
          "\n",
          `\n${" ".repeat(largura)}`,
        ),
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
