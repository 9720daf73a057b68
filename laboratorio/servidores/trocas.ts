/** O que um modelo troca: quem espera, quem tem o socket e o que para se uma thread bloqueia. */
export const TROCAS: Record<string, string> = {
  sequencial:
    "os clientes esperam uns pelos outros; o socket é do único laço que existe; um cliente a " +
    "mais quase não custa memória; e quem bloqueia a thread bloqueia todos",
  thread:
    "cada cliente espera só pela sua thread, mas o socket é do programa principal, que leva e " +
    "traz cada mensagem; cada thread custa memória; e uma bloqueada não para as outras",
  eventos:
    "ninguém espera enquanto nenhum atendimento bloquear; todos os sockets são de uma thread " +
    "só; um cliente a mais é só um objeto; e quem bloqueia essa thread bloqueia todos",
  posix:
    "cada cliente espera só pela sua thread, que tem ela mesma o socket e bloqueia no sistema " +
    "operacional; cada thread custa memória; e uma bloqueada não para as outras",
  C:
    "o limite: faz as mesmas chamadas que o posix, também com uma thread por cliente, sem a " +
    "linguagem no meio, e cada thread é só uma pilha",
};
