/** O palco das checagens de um programa de terminal: um cliente, ou a demonstração de threads. */
import { portaLivre } from "../servidores/portas.ts";
import { Processo } from "../servidores/processo.ts";
import { type Papel, ServidorDeTeste } from "./servidor_de_teste.ts";
import type { Cena } from "./tipos.ts";

export interface OpcoesDoCliente {
  /** Programa e argumentos; `{porta}` é trocado pela porta. */
  comando: string[];
  /** A porta a que o cliente sempre se conecta; sem ela, uma livre vai em PORT e `{porta}`. */
  porta?: number;
}

export class CenaCliente implements Cena, AsyncDisposable {
  #programa?: Processo;
  #programas: Processo[] = [];
  #servidor?: ServidorDeTeste;

  constructor(
    readonly opcoes: OpcoesDoCliente,
    readonly secao: string,
  ) {}

  /** Um servidor nosso no lugar do anterior; a cena o fecha no fim da checagem. */
  servir(papel: Papel): ServidorDeTeste {
    this.#servidor?.[Symbol.dispose]();
    this.#servidor = new ServidorDeTeste(this.opcoes.porta ?? 0, papel);
    return this.#servidor;
  }

  /** Inicia o programa conferido; sem porta, ele vai procurar um servidor que não existe. */
  executar({
    porta,
    terminal = false,
  }: { porta?: number; terminal?: boolean } = {}): Processo {
    const { comando } = this.opcoes;
    const destino = porta ?? this.opcoes.porta ?? portaLivre();
    this.#programa = new Processo({
      comando,
      porta: destino,
      entrada: terminal ? "terminal" : "pipe",
      ambiente: { PYTHONUTF8: "1" },
    });
    this.#programas.push(this.#programa);
    return this.#programa;
  }

  async antes(): Promise<void> {}

  async depois(): Promise<void> {
    for (const programa of this.#programas.splice(0)) await programa.encerrar();
    this.#servidor?.[Symbol.dispose]();
    this.#servidor = undefined;
  }

  ultimasLinhas(): string[] {
    return this.#programa?.ultimasLinhas() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.depois();
  }
}
