/** Os modos de um comando parar antes do fim que o usuário entende e resolve. */

/** Um problema que o usuário resolve: a mensagem, em português, diz como. */
export class ErroDeUso extends Error {}

/** O usuário pediu `--ajuda`: a mensagem é o texto dela. */
export class PedidoDeAjuda extends Error {}

/** O usuário interrompeu o comando. */
export class Interrompido extends Error {
  constructor() {
    super("interrompido pelo usuário");
  }
}
