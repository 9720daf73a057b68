/** O que se confere em um programa de terminal: a conexão, a tela, o fim e o que ele enviou. */
import type { Processo } from "../servidores/processo.ts";
import type { ServidorDeTeste } from "./servidor_de_teste.ts";
import { descrever, ehRastro, visivel } from "./texto.ts";
import { Falha } from "./tipos.ts";

/** Quanto um cliente pode levar para fazer o que falta, em ms. */
export const PRAZO_DO_CLIENTE_MS = 6_000;

const DICA_DO_ERRO = "envolva a conexão em try/except e mostre o que deu errado";

/** Um texto que o programa não tem como adivinhar. */
export function senha(): string {
  return `Senha-${crypto.randomUUID().slice(0, 8)}`;
}

/** @throws {Falha} o programa não se conectou. */
export async function conferirConexao(
  programa: Processo,
  servidor: ServidorDeTeste,
): Promise<void> {
  const prazo_ms = PRAZO_DO_CLIENTE_MS;
  if (await servidor.esperar(({ clientes }) => clientes > 0, prazo_ms)) return;
  throw new Falha(
    `uma conexão na porta ${servidor.porta}`,
    !programa.vivo
      ? "o programa terminou sem se conectar"
      : `nenhuma conexão em ${prazo_ms / 1000} s`,
    "o cliente deve usar a porta da variável PORT; se a porta é fixa, informe --porta",
  );
}

/** @throws {Falha} o texto não apareceu na saída. */
export async function conferirSaida(
  programa: Processo,
  texto: string,
  dica = "mostre com print a resposta inteira, como ela veio",
): Promise<void> {
  if (await programa.esperar((saida) => saida.includes(texto), PRAZO_DO_CLIENTE_MS))
    return;
  throw new Falha(`na tela: “${visivel(texto, 80)}”`, naTela(programa), dica);
}

/** @throws {Falha} o texto está na tela mais de uma vez. */
export function conferirUmaVez(programa: Processo, texto: string): void {
  const vezes = programa.saida.split(texto).length - 1;
  if (vezes === 1) return;
  throw new Falha(
    `uma vez na tela: “${visivel(texto, 80)}”`,
    vezes === 0 ? naTela(programa) : `${vezes} vezes ${naTela(programa)}`,
    "mostre o que o recv trouxe, uma vez só",
  );
}

/** @throws {Falha} o programa não terminou. */
export async function conferirFim(programa: Processo, dica: string): Promise<void> {
  if (await programa.esperarFim(PRAZO_DO_CLIENTE_MS)) return;
  const prazo = `${PRAZO_DO_CLIENTE_MS / 1000} s`;
  throw new Falha(
    `o programa termina em até ${prazo}`,
    `continuou rodando depois de ${prazo}`,
    dica,
  );
}

/** @throws {Falha} um código de saída que não é 0. */
export function conferirCodigoDeSucesso(programa: Processo): void {
  if (programa.codigo === 0) return;
  const recebido = `código de saída ${programa.codigo}`;
  throw new Falha("código de saída 0", recebido, "quando tudo dá certo, termine com 0");
}

/** @throws {Falha} o código de saída diz que deu certo. */
export function conferirCodigoDeErro(programa: Processo): void {
  if (programa.codigo !== 0) return;
  throw new Falha(
    "código de saída diferente de 0",
    "código de saída 0",
    "termine com sys.exit(1) ou process.exitCode = 1: um script só percebe o erro assim",
  );
}

/** @throws {Falha} não há uma linha de erro, ou o que há é um rastro de pilha. */
export function conferirMensagemDeErro(programa: Processo): void {
  const linhas = programa.ultimasLinhas();
  const rastro = linhas.find(ehRastro);
  const esperado = "uma linha com o erro, como “Ocorreu um erro: …”";
  if (rastro !== undefined) {
    const recebido = `um rastro de pilha: “${visivel(rastro.trim(), 60)}”`;
    throw new Falha(esperado, recebido, DICA_DO_ERRO);
  }
  if (linhas.some((linha) => /erro|falha|não foi possível|error/i.test(linha))) return;
  const ultima = linhas.at(-1);
  throw new Falha(
    esperado,
    ultima === undefined ? "nada na tela" : `na tela: “${visivel(ultima, 80)}”`,
    DICA_DO_ERRO,
  );
}

/**
 * O que o programa, já terminado, enviou ao todo, e por quantas conexões.
 *
 * @param enviado o que ele devia enviar; vazio se nada.
 * @throws {Falha} enviou outra coisa, ou abriu mais de uma conexão.
 */
export async function conferirTotal(
  servidor: ServidorDeTeste,
  enviado: string,
  dica: string,
): Promise<void> {
  await servidor.esperarDespedidas();
  conferirRecebido(servidor, enviado, dica);
  if (servidor.clientes <= 1) return;
  throw new Falha(
    "uma conexão com o servidor, e só uma",
    `${servidor.clientes} conexões`,
    "conecte uma vez, e use a mesma conexão até o fim",
  );
}

/** @throws {Falha} até agora, o servidor recebeu outra coisa. */
export function conferirRecebido(
  { recebido }: ServidorDeTeste,
  enviado: string,
  dica: string,
): void {
  const bytes = Buffer.from(enviado);
  if (recebido.equals(bytes)) return;
  throw new Falha(
    `o servidor recebe ${descrever(bytes)}`,
    `o servidor recebeu ${descrever(recebido)}`,
    dica,
  );
}

/** O que o programa mostra, em uma frase. */
export function naTela({ saida }: Processo): string {
  const texto = saida.trim();
  return texto === "" ? "nada na tela" : `na tela: “${visivel(texto, 120)}”`;
}
