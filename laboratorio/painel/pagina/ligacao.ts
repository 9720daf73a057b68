/** A ligação da página com o painel: o estado, o relógio e os pedidos. */
import { avancar, type Estado } from "../estado.ts";
import type { Comando } from "../comandos.ts";
import type { Mensagem } from "../mensagens.ts";

/** Quanto esperar antes de tentar de novo, em ms. */
const NOVA_TENTATIVA_MS = 1_000;

/** O que a página sabe agora. */
export interface Vista {
  /** Null até a primeira notícia. */
  estado: Estado | null;
  ligada: boolean;
  controla: boolean;
  /** Por que o painel recusou o último pedido; vazio se não recusou. */
  recusa: string;
}

export class Ligacao {
  vista: Vista = { estado: null, ligada: false, controla: false, recusa: "" };
  readonly chave: string;
  #soquete: WebSocket | undefined;
  #adiantado_ms = -Infinity;

  /** @param aoMudar chamada depois de cada notícia. */
  constructor(readonly aoMudar: () => void) {
    this.chave = tirarChave();
    this.#ligar();
  }

  /** O relógio do painel, em ms. */
  agora(): number {
    return performance.now() + this.#adiantado_ms;
  }

  pedir(comando: Comando): void {
    this.vista = { ...this.vista, recusa: "" };
    if (this.vista.ligada) this.#soquete?.send(JSON.stringify(comando));
  }

  #ligar(): void {
    const soquete = new WebSocket(`ws://${location.host}/eventos?chave=${this.chave}`);
    this.#soquete = soquete;
    soquete.onmessage = ({ data }) => this.#ouvir(JSON.parse(String(data)));
    soquete.onclose = () => {
      this.vista = { ...this.vista, ligada: false };
      this.aoMudar();
      setTimeout(() => this.#ligar(), NOVA_TENTATIVA_MS);
    };
  }

  #ouvir(mensagem: Mensagem): void {
    const { estado } = this.vista;
    switch (mensagem.tipo) {
      case "bem-vinda":
        this.vista = { ...this.vista, ligada: true, controla: mensagem.controla };
        this.#adiantado_ms = -Infinity;
        break;
      case "estado":
        this.vista = { ...this.vista, estado: mensagem.estado };
        break;
      case "lote":
        if (estado)
          this.vista = { ...this.vista, estado: avancar(estado, mensagem.eventos) };
        break;
      case "recusa":
        this.vista = { ...this.vista, recusa: mensagem.motivo };
        break;
    }
    // A notícia que menos demorou é a que mais se aproxima do relógio do painel
    if ("agora_ms" in mensagem)
      this.#adiantado_ms = Math.max(
        this.#adiantado_ms,
        mensagem.agora_ms - performance.now(),
      );
    this.aoMudar();
  }
}

/**
 * A chave sai da barra de endereços, que a turma vê no projetor, e fica nesta aba: recarregar
 * continua funcionando.
 */
function tirarChave(): string {
  const endereco = new URL(location.href);
  const veio = endereco.searchParams.get("chave");
  if (veio !== null) sessionStorage.setItem("chave", veio);
  endereco.searchParams.delete("chave");
  history.replaceState(null, "", endereco);
  return sessionStorage.getItem("chave") ?? "";
}
