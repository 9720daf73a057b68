/** A saudação que se espera: a do roteiro, a que se informou, ou a do primeiro cliente. */
import { ErroDeUso } from "../comando/erros.ts";
import { descrever } from "./texto.ts";

/** As saudações das duas listagens; um servidor com threads pode ter a da primeira. */
const SAUDACOES = [
  "Olá, cliente! Você está conectado ao servidor TCP.",
  "Olá, cliente! Você está conectado ao servidor TCP multithread.",
];

export class SaudacaoEsperada {
  readonly #expressao?: RegExp;
  /** As saudações dos primeiros clientes, que chegaram sozinhos. */
  #exemplos: Buffer[] = [];

  /**
   * @param informada uma expressão regular, como se escreve em `--mensagem`.
   * @throws {ErroDeUso} a expressão não é válida.
   */
  constructor(readonly informada?: string) {
    if (informada === undefined) return;
    try {
      this.#expressao = new RegExp(informada, "u");
    } catch {
      throw new ErroDeUso(
        `--mensagem não é uma expressão regular válida: ${informada}; ponha \\ antes de um ` +
          "sinal que vale por ele mesmo, como em \\( ou \\?",
      );
    }
  }

  /** Se é uma das esperadas. */
  aceita(saudacao: Buffer): boolean {
    const texto = saudacao.toString("utf-8");
    if (!this.#expressao) return SAUDACOES.includes(texto);
    return texto === this.informada || this.#expressao.test(texto);
  }

  /** O que se espera, em uma frase. */
  get descricao(): string {
    if (this.#expressao) return `um texto como ${this.#expressao.source}`;
    return SAUDACOES.map((texto) => descrever(Buffer.from(texto))).join(" ou ");
  }

  aprender(saudacao: Buffer): void {
    this.#exemplos.push(saudacao);
  }

  get exemplo(): Buffer {
    return this.#exemplos[0] ?? Buffer.alloc(0);
  }

  /**
   * Se um cliente recebeu o mesmo que os primeiros. Em uma saudação que não é a do roteiro, os
   * números podem mudar (a hora, quantos já vieram); se outra coisa já mudou entre os
   * primeiros, só o começo e o fim, em branco ou não, têm de ser como os deles.
   */
  comoAsOutras(saudacao: Buffer): boolean {
    const formas = this.#exemplos.map(forma);
    if (this.aceita(this.exemplo)) {
      if (!this.#expressao) return saudacao.equals(this.exemplo);
      if (!this.aceita(saudacao)) return false;
    } else if (new Set(formas).size === 1) return formas.includes(forma(saudacao));
    const pontas = this.#exemplos.map(emBranco);
    return saudacao.length > 0 && pontas.includes(emBranco(saudacao));
  }
}

/** O texto, sem os números. */
function forma(saudacao: Buffer): string {
  return saudacao.toString("utf-8").replace(/\d+/g, "0");
}

/** Os espaços e os fins de linha das pontas. */
function emBranco(saudacao: Buffer): string {
  return /^(\s*).*?(\s*)$/s.exec(saudacao.toString("utf-8"))?.slice(1).join("|") ?? "";
}
