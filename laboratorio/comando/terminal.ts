/** Cores e movimento só em um terminal de verdade: um arquivo recebe texto puro. */
import { SingleBar } from "cli-progress";

/** Se esta saída é um terminal que aceita cores, e o usuário não pediu para ficar sem elas. */
export function temCores(saida: { isTTY?: boolean } = process.stdout): boolean {
  return saida.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** Uma barra de progresso na saída de erros; onde ela não é um terminal, linhas simples. */
export interface Progresso extends Disposable {
  /** Diz o que está sendo feito. */
  fase(nome: string): void;
  /** Conta mais um tanto do esforço como feito. */
  feito(esforco: number): void;
}

/**
 * Começa uma barra de progresso.
 *
 * @param total o esforço todo, na unidade de quem mede; a barra mostra a porcentagem.
 */
export function acompanhar(total: number): Progresso {
  const barra = new SingleBar({
    format: "{bar} {percentage} %  {fase}",
    // Um terminal que não move o cursor recebe o mesmo que um arquivo
    stream:
      process.env.TERM === "dumb"
        ? Object.create(process.stderr, { isTTY: { value: false } })
        : process.stderr,
    barsize: 30,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 3_000,
  });
  process.once("exit", () => barra.stop()); // devolve o cursor, aconteça o que acontecer
  let feito = 0;
  let fase = "";
  const mostrar = () => {
    if (barra.isActive) barra.update(feito, { fase });
    else barra.start(total, feito, { fase });
  };
  return {
    fase(nome) {
      fase = nome;
      mostrar();
    },
    feito(esforco) {
      feito += esforco;
      mostrar();
    },
    [Symbol.dispose]: () => barra.stop(),
  };
}
