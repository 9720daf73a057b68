/**
 * Um tempo de atendimento para um programa em Python que responde na hora, sem mudar o
 * programa: cada envio demora mais, na thread que envia, enquanto um arquivo existir.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const PASTA = join(import.meta.dir, "atraso_python");

export class AtrasoPython {
  readonly #arquivo = join(tmpdir(), `atraso-${crypto.randomUUID()}`);

  constructor() {
    process.on("exit", () => this.pedir(0));
  }

  /** Nos programas que já rodam, cada envio passa a demorar mais `atraso_ms` (ms). */
  pedir(atraso_ms: number): void {
    if (atraso_ms === 0) return rmSync(this.#arquivo, { force: true });
    writeFileSync(`${this.#arquivo}.novo`, `${atraso_ms / 1000}`);
    renameSync(`${this.#arquivo}.novo`, this.#arquivo);
  }

  /** O que vai no ambiente do programa, seja ele em Python ou não. */
  get ambiente(): Record<string, string> {
    const caminho = [PASTA, process.env.PYTHONPATH].filter(Boolean);
    return {
      PYTHONUTF8: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONPATH: caminho.join(process.platform === "win32" ? ";" : ":"),
      VERIFICACAO_ATRASO: this.#arquivo,
    };
  }
}

/** No ambiente de um programa em Python: a porta que o sistema reserva a ele volta já. */
export const PORTA_DE_VOLTA = { VERIFICACAO_PORTA_DE_VOLTA: "1" };

/**
 * O comando com que o atraso vale mesmo para um Python que não lê o ambiente (`-I`, `-E`) ou
 * não importa o sitecustomize (`-S`); os outros comandos, como são.
 */
export function comAtraso(comando: string[]): string[] {
  const [python = "", ...argumentos] = comando;
  if (!/^python[\d.]*(\.exe)?$/i.test(basename(python))) return comando;
  const { opcoes, resto } = separarOpcoes(argumentos);
  const isola = opcoes.some((opcao) => /^-[a-zA-Z]*[IES]/.test(opcao));
  if (!isola || resto.length === 0) return comando;
  return [python, ...opcoes, join(PASTA, "executar.py"), ...resto];
}

/** As opções do Python e, depois delas, o programa: um arquivo, `-m módulo` ou `-c código`. */
function separarOpcoes(argumentos: string[]): { opcoes: string[]; resto: string[] } {
  const opcoes: string[] = [];
  const resto = [...argumentos];
  for (;;) {
    const [opcao = ""] = resto;
    if (!/^-./.test(opcao)) return { opcoes, resto };
    resto.shift();
    const [, letras = "", qual = "", valor = ""] =
      /^-(?!-)([^cmWX]*)([cmWX])(.*)$/s.exec(opcao) ?? [];
    if (qual === "c" || qual === "m") {
      if (letras !== "") opcoes.push(`-${letras}`);
      return { opcoes, resto: [`-${qual}`, ...(valor === "" ? [] : [valor]), ...resto] };
    }
    opcoes.push(opcao);
    const pedeValor =
      (qual !== "" && valor === "") || opcao === "--check-hash-based-pycs";
    if (pedeValor) opcoes.push(...resto.splice(0, 1));
  }
}

/** As linhas de um rastro de pilha do Python, sem as que são do atraso. */
export function semOAtraso(linhas: string[]): string[] {
  return linhas.filter((linha, qual) => {
    const deQuem = [
      linha,
      linhas[qual - 1],
      /^\s*[~^]+$/.test(linha) && linhas[qual - 2],
    ];
    return !deQuem.some((uma) => uma && uma.includes("_verificacao_do_roteiro.py"));
  });
}
