/** Do começo ao código de saída de um comando: nenhum erro chega ao usuário como rastro de pilha. */
import { ErroDeUso, Interrompido, PedidoDeAjuda } from "./erros.ts";

/**
 * Executa um comando do laboratório e dá o código de saída: o que `principal` devolver (0 se
 * nada), 2 com uma linha `Erro: …` na saída de erros, ou 130 se o usuário interrompeu.
 */
export async function executarComando(
  principal: () => Promise<number | void>,
): Promise<void> {
  try {
    process.exitCode = (await principal()) ?? 0;
  } catch (erro) {
    if (erro instanceof PedidoDeAjuda) {
      console.log(erro.message);
    } else if (erro instanceof ErroDeUso) {
      console.error(`Erro: ${erro.message}`);
      process.exitCode = 2;
    } else if (erro instanceof Interrompido) {
      console.error("Interrompido pelo usuário.");
      process.exitCode = 130;
    } else {
      const detalhe = erro instanceof Error ? (erro.stack ?? erro.message) : String(erro);
      console.error(
        `Erro: o próprio laboratório falhou, e não o seu programa: ${detalhe}`,
      );
      process.exitCode = 2;
    }
  }
}
