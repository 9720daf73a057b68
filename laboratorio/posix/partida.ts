/** O que um servidor do laboratório faz à volta do roteiro: as opções, os erros e o Ctrl+C. */

/**
 * Um número inteiro vindo do ambiente, como em PORT=8001; sem ele, `padrao`. Se não serve, o
 * programa termina com uma linha que diz o que usar.
 */
export function numero(
  nome: string,
  padrao: number,
  minimo: number,
  maximo: number,
): number {
  const valor = Number(process.env[nome] || padrao);
  if (Number.isInteger(valor) && valor >= minimo && valor <= maximo) return valor;
  return desistir(`${nome} deve ser um número inteiro de ${minimo} a ${maximo}`);
}

/** Termina o programa com código 1 e o motivo de o servidor não ter começado. */
export function desistir(motivo: string): never {
  console.error(`Erro ao iniciar o servidor: ${motivo}`);
  process.exit(1);
}

/** Ctrl+C (SIGINT) ou `docker stop` (SIGTERM): despede-se e termina com código 0. */
export function encerrar(): never {
  console.log("\nServidor sendo encerrado pelo usuário.");
  process.exit(0);
}

/** Uma chamada ao sistema que falhou: "recv ECONNRESET". */
export class ErroDoSistema extends Error {
  constructor(chamada: string, codigo: string) {
    super(`${chamada} ${codigo}`);
  }
}

/** O erro em palavras; se é um engano no programa, com o lugar em que está. */
export function motivo(erro: unknown): string {
  if (erro instanceof ErroDoSistema) return erro.message;
  return erro instanceof Error ? (erro.stack ?? erro.message) : `${erro}`;
}
