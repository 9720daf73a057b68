/** Um servidor em teste: um comando que abre uma porta, em qualquer linguagem. */
import { ErroDeUso } from "../comando/erros.ts";
import { exato } from "../relatorio/formato.ts";
import { linhaDePrograma } from "../relatorio/marcacao.ts";
import { aceitaConexao, baterNaPorta, portaLivre } from "./portas.ts";
import { type OpcoesDoProcesso, Processo } from "./processo.ts";

export interface OpcoesDoServidor extends Omit<OpcoesDoProcesso, "entrada"> {
  /** Como o servidor aparece nas tabelas e nos erros. */
  nome: string;
  /** Porta fixa do programa; sem ela, uma porta livre vai em PORT e em `{porta}`. */
  porta?: number;
  /** Quanto esperar pela primeira conexão, em ms (10 000 se não for dado). */
  prazo_ms?: number;
  /** Quanto esperar que ele encerre a primeira conexão, que só vê se ele a aceita, em ms. */
  despedida_ms?: number;
  /** Ao ser acionada, o início é desfeito. */
  interrupcao?: AbortSignal;
}

/**
 * O que se pede a todo servidor: uma variável esquecida no terminal ou no .env de quem mede
 * não muda a medida.
 */
const AMBIENTE = { ATRASO_MS: "0", MAX_THREADS: "100" };

export class ServidorEmTeste extends Processo {
  readonly host = "127.0.0.1";
  readonly nome: string;
  readonly porta: number;
  /** Tempo da partida até a primeira conexão aceita, em ms. */
  partida_ms = 0;

  private constructor(opcoes: OpcoesDoServidor & { porta: number }) {
    super({ ...opcoes, ambiente: { ...AMBIENTE, ...opcoes.ambiente } });
    this.nome = opcoes.nome;
    this.porta = opcoes.porta;
  }

  /**
   * Inicia o comando e espera a porta aceitar uma conexão.
   *
   * @throws {ErroDeUso} o comando não existe, terminou antes de abrir a porta, a porta já
   * tinha dono ou o prazo acabou; a mensagem traz as últimas linhas do programa.
   * @throws a razão da interrupção.
   */
  static async iniciar(opcoes: OpcoesDoServidor): Promise<ServidorEmTeste> {
    const { comando, prazo_ms = 10_000, despedida_ms, interrupcao } = opcoes;
    const porta = opcoes.porta ?? portaLivre();
    if (await aceitaConexao(porta)) {
      throw new ErroDeUso(
        `a porta ${porta} já está em uso; feche o programa que a ocupa ou escolha outra porta`,
      );
    }
    const servidor = new ServidorEmTeste({ ...opcoes, porta });
    const passado_ms = () => performance.now() - servidor.inicio_ms;

    while (passado_ms() < prazo_ms) {
      if (!servidor.vivo) {
        await servidor.encerrar();
        throw servidor.erro(`terminou antes de abrir a porta ${porta}`);
      }
      const sonda = await baterNaPorta(porta, {
        soltarAPorta: opcoes.porta !== undefined,
        despedida_ms,
      });
      if (sonda) {
        servidor.partida_ms = passado_ms();
        await sonda.despedida;
        servidor.observar();
        return servidor;
      }
      if (interrupcao?.aborted) break;
      servidor.observar();
      await Bun.sleep(2);
    }
    await servidor.encerrar();
    interrupcao?.throwIfAborted();
    const semEscolha = !comando.some((parte) => parte.includes("{porta}"));
    throw servidor.erro(
      `não abriu a porta ${porta} em ${exato(prazo_ms / 1000)} s` +
        (semEscolha && opcoes.porta === undefined
          ? " (se o programa usa sempre a mesma porta, diga qual)"
          : ""),
    );
  }

  /** Um servidor sempre tem a chance de se despedir. */
  override async encerrar(
    sinal: NodeJS.Signals = "SIGTERM",
    prazo_ms?: number,
  ): Promise<number | null> {
    return super.encerrar(sinal, prazo_ms);
  }

  /** Um erro deste servidor, com as últimas linhas que ele escreveu. */
  erro(motivo: string): ErroDeUso {
    const linhas = this.ultimasLinhas(5).map(
      (linha) => `\n  | ${linhaDePrograma(linha)}`,
    );
    const fim = linhas.length > 0 ? `; as últimas linhas dele:${linhas.join("")}` : "";
    return new ErroDeUso(`o servidor "${this.nome}" ${motivo}${fim}`);
  }
}
