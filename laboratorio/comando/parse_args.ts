/**
 * O parseArgs da @std/cli, na parte que o laboratório usa, para quem instala o projeto sem
 * alcançar o JSR. Com a @std/cli instalada, é ela que vale: veja `paths` em tsconfig.json.
 */

/** As opções que o programa declara. Todo nome vem sem os hífens. */
export interface ParseOptions {
  /** Opções com um valor, em texto; `_` deixa como texto também os argumentos soltos. */
  string?: readonly string[];
  /** Opções de ligar, como `--rapido`. */
  boolean?: readonly string[];
  /** Opções que podem repetir: o resultado é uma lista. */
  collect?: readonly string[];
  /** Outros nomes de uma opção. */
  alias?: Record<string, string[]>;
  /** Se o que vem depois de `--` vai para `["--"]`, e não para `_`. */
  "--"?: boolean;
  /** Chamada com o que não foi declarado; o que ela recusa, com false, fica de fora. */
  unknown?: (argumento: string, nome?: string, valor?: unknown) => unknown;
}

/** O que foi encontrado: o valor de cada opção e, em `_`, os argumentos soltos. */
export interface Args {
  _: (string | number)[];
  "--"?: string[];
  [nome: string]: unknown;
}

/**
 * Separa os argumentos da linha de comando em opções e argumentos soltos.
 *
 * @example
 * ```ts
 * parseArgs(["--rodadas", "3", "a.py"], { string: ["rodadas", "_"] });
 * // { _: ["a.py"], rodadas: "3" }
 * ```
 */
export function parseArgs(
  argumentos: readonly string[],
  opcoes: ParseOptions = {},
): Args {
  const { alias = {}, unknown = () => true } = opcoes;
  const nomes = (declaradas: readonly string[] = []) =>
    new Set(declaradas.flatMap((nome) => [nome, ...(alias[nome] ?? [])]));
  const comTexto = nomes(opcoes.string);
  const deLigar = nomes(opcoes.boolean);
  const repetem = nomes(opcoes.collect);
  const principal = new Map(
    Object.entries(alias).flatMap(([nome, outros]) =>
      outros.map((outro): [string, string] => [outro, nome]),
    ),
  );

  const resultado: Args = { _: [] };
  const guardar = (nome: string, valor: string | boolean, argumento: string) => {
    const declarada = comTexto.has(nome) || deLigar.has(nome) || repetem.has(nome);
    if (!declarada && unknown(argumento, nome, valor) === false) return;
    const chave = principal.get(nome) ?? nome;
    const antes = resultado[chave];
    const valores = repetem.has(nome)
      ? [...(Array.isArray(antes) ? antes : []), valor]
      : valor;
    for (const cada of [chave, ...(alias[chave] ?? [])]) resultado[cada] = valores;
  };

  const separador = argumentos.indexOf("--");
  const depois = separador < 0 ? [] : argumentos.slice(separador + 1);
  const fila = argumentos.slice(0, separador < 0 ? undefined : separador);
  for (let argumento = fila.shift(); argumento !== undefined; argumento = fila.shift()) {
    const opcao = /^--?(?<nome>.+?)(?:=(?<valor>.*))?$/s.exec(argumento)?.groups;
    if (!opcao?.nome) {
      if (unknown(argumento) !== false) resultado._.push(argumento);
      continue;
    }
    const { nome, valor } = opcao;
    const seguinte = fila[0];
    if (valor !== undefined) {
      guardar(nome, deLigar.has(nome) ? valor !== "false" : valor, argumento);
    } else if (seguinte && !deLigar.has(nome) && !seguinte.startsWith("-")) {
      guardar(nome, fila.shift() ?? "", argumento);
    } else if (seguinte === "true" || seguinte === "false") {
      guardar(nome, fila.shift() === "true", argumento);
    } else {
      guardar(nome, comTexto.has(nome) ? "" : true, argumento);
    }
  }

  for (const nome of deLigar) resultado[nome] ??= false;
  for (const nome of repetem) resultado[nome] ??= [];
  if (opcoes["--"]) resultado["--"] = depois;
  else resultado._.push(...depois);
  return resultado;
}
