/**
 * Números, tempos e datas escritos como no Brasil, iguais no terminal, no relatório e nos
 * gráficos.
 */

/** O que aparece no lugar de um número que não existe. */
export const SEM_VALOR = "–";

/** Quem escreve um número com tantas casas: criar um custa 40 vezes o que custa usá-lo. */
const escritores = new Map<number, Intl.NumberFormat>();

function escritor(casas: number): Intl.NumberFormat {
  const feito = escritores.get(casas);
  if (feito) return feito;
  const novo = new Intl.NumberFormat("pt-BR", {
    minimumFractionDigits: casas,
    maximumFractionDigits: casas,
  });
  escritores.set(casas, novo);
  return novo;
}

/** Um número com `casas` casas decimais: `numero(1234.5, 1)` é "1.234,5". */
export function numero(valor: number | null, casas = 0): string {
  if (valor === null || !Number.isFinite(valor)) return SEM_VALOR;
  return escritor(casas).format(valor).replace("-", "−");
}

/**
 * Um tempo em ms com três algarismos significativos, sem a unidade.
 *
 * @example
 * ```ts
 * ms(0.4567); // "0,457"
 * ms(101.26); // "101"
 * ms(1004.2); // "1.004"
 * ```
 */
export function ms(valor: number | null): string {
  const tamanho = Math.abs(valor ?? 0);
  const casas = tamanho < 0.9995 ? 3 : tamanho < 9.995 ? 2 : tamanho < 99.95 ? 1 : 0;
  return numero(valor, casas);
}

/** Um número dado, e não medido, sem casas que ele não tem: `exato(50)` é "50". */
export function exato(valor: number | null): string {
  if (valor === null || !Number.isFinite(valor)) return SEM_VALOR;
  return valor.toLocaleString("pt-BR", { maximumFractionDigits: 3 });
}

/** Uma razão, como a aceleração: `vezes(9.84)` é "9,8×". */
export function vezes(valor: number | null): string {
  const tamanho = Math.abs(valor ?? 0);
  const texto = numero(valor, tamanho < 0.095 ? 3 : tamanho < 99.95 ? 1 : 0);
  return texto === SEM_VALOR ? texto : `${texto}×`;
}

/** Do menor ao maior, em ms, sem a unidade: `faixa({ de: 100.2, ate: 104 })` é "100 a 104". */
export function faixa({ de, ate }: { de: number; ate: number }): string {
  return `${ms(de)} a ${ms(ate)}`;
}

/** Uma quantidade de bytes na unidade que couber: `tamanho(1536)` é "1,5 KiB". */
export function tamanho(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return SEM_VALOR;
  const unidades = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let grandeza = 0;
  while (Math.abs(bytes) >= 1024 && grandeza < unidades.length - 1) {
    bytes /= 1024;
    grandeza++;
  }
  return `${numero(bytes, grandeza === 0 ? 0 : 1)} ${unidades[grandeza]}`;
}

/** Uma quantidade com o nome no singular ou no plural: `quantos(2, "cliente")` é "2 clientes". */
export function quantos(valor: number, nome: string, plural = `${nome}s`): string {
  return `${numero(valor)} ${valor === 1 ? nome : plural}`;
}

/** Uma enumeração: `lista(["1", "2", "5"])` é "1, 2 e 5". */
export function lista(itens: string[]): string {
  return new Intl.ListFormat("pt-BR").format(itens);
}

/** Data e hora locais de um instante ISO 8601: "22/11/2025, 19:45". */
export function dataHora(iso: string): string {
  const data = new Date(iso);
  if (Number.isNaN(data.getTime())) return iso;
  return data.toLocaleString("pt-BR", { dateStyle: "short", timeStyle: "short" });
}

/**
 * Data e hora locais de um instante ISO 8601, para o nome de uma pasta:
 * "2025-11-22-19h45m30". Em ordem alfabética, as pastas ficam em ordem de data.
 *
 * @throws {RangeError} o texto não é um instante.
 */
export function dataParaNome(iso: string): string {
  const data = new Date(iso);
  const local = data.getTime() - 60_000 * data.getTimezoneOffset();
  const [dia, hora = ""] = new Date(local).toISOString().split(/[T.]/);
  return `${dia}-${hora.replace(":", "h").replace(":", "m")}`;
}

/** O tempo de atendimento por extenso: `tempoDeAtendimento(100)` é "100 ms de atendimento". */
export function tempoDeAtendimento(atraso_ms: number | null): string {
  if (atraso_ms === null) return "o tempo de atendimento do próprio servidor";
  if (atraso_ms === 0) return "resposta imediata";
  return `${exato(atraso_ms)} ms de atendimento`;
}

/** Uma fração de um núcleo, ou do alcance: `porcentagem(0.5)` é "50 %". */
export function porcentagem(fracao: number | null): string {
  return fracao === null ? SEM_VALOR : `${numero(fracao * 100)} %`;
}
