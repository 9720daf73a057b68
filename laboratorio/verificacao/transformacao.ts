/** O que um servidor de eco deve responder a cada mensagem: ela mesma, ou o que se combinou. */
import { ErroDeUso } from "../comando/erros.ts";

export interface Transformacao {
  /** Se a resposta é a própria mensagem, byte a byte. */
  identica: boolean;
  /** Se, cortada a mensagem em pedaços, a resposta é a dos pedaços, um depois do outro. */
  porPedacos(): Promise<boolean>;
  /** As respostas certas, todas do mesmo tamanho; nenhuma se não se sabe qual é. */
  responder(mensagem: Buffer): Promise<Buffer[]>;
  /** Se a resposta pode mudar com o tempo: então ela se calcula de novo, antes e depois. */
  refazer?(mensagem: Buffer): Promise<Buffer[]>;
}

function deTexto(
  identica: boolean,
  responder: (mensagem: Buffer) => Buffer[],
): Transformacao {
  return {
    identica,
    porPedacos: async () => true,
    responder: async (mensagem) => responder(mensagem),
  };
}

export const IDENTICA = deTexto(true, (mensagem) => [mensagem]);

/** Com os acentos em maiúsculas ou, como o upper() dos bytes do Python, só as letras sem eles. */
export const MAIUSCULAS = deTexto(false, (mensagem) => {
  const texto = mensagem.toString("utf-8");
  const semAcentos = texto.replace(/[a-z]+/g, (letras) => letras.toUpperCase());
  return [Buffer.from(texto.toUpperCase()), Buffer.from(semAcentos)];
});

/** Não se sabe qual é a resposta: qualquer uma serve. */
export const DESCONHECIDA: Transformacao = {
  ...deTexto(false, () => []),
  porPedacos: async () => false,
};

/** A transformação que explica uma resposta diferente da mensagem. */
export async function reconhecer(
  mensagem: Buffer,
  resposta: Buffer,
): Promise<Transformacao> {
  for (const conhecida of [IDENTICA, MAIUSCULAS]) {
    const [esperada] = await conhecida.responder(mensagem);
    if (esperada?.equals(resposta)) return conhecida;
  }
  return DESCONHECIDA;
}

/**
 * O que se pede com `--eco`: `maiusculas`, ou um comando que lê a mensagem na entrada e escreve
 * na saída a resposta certa.
 *
 * @throws {ErroDeUso} um comando vazio.
 */
export function lerTransformacao(pedido: string): Transformacao {
  const nome = pedido.trim().normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  if (nome === "maiusculas") return MAIUSCULAS;
  if (nome === "") {
    throw new ErroDeUso(
      "--eco precisa de maiusculas ou de um comando, como em --eco 'tr a-z A-Z'",
    );
  }
  return deComando(pedido);
}

function deComando(comando: string): Transformacao {
  const guardadas = new Map<string, Promise<Buffer[]>>();
  const refazer = (mensagem: Buffer) => {
    const resposta = executar(comando, mensagem).then((saida) => [saida]);
    guardadas.set(mensagem.toString("latin1"), resposta);
    return resposta;
  };
  const responder = (mensagem: Buffer) =>
    guardadas.get(mensagem.toString("latin1")) ?? refazer(mensagem);
  return {
    identica: false,
    responder,
    refazer,
    async porPedacos() {
      const partes = ["Um ", "texto\n", "em partes", " maçã\n"].map((texto) =>
        Buffer.from(texto),
      );
      const respostas = await Promise.all(partes.map(responder));
      const [inteira] = await responder(Buffer.concat(partes));
      return inteira?.equals(Buffer.concat(respostas.flat())) ?? false;
    },
  };
}

/** @throws {ErroDeUso} o comando falhou ou não termina. */
async function executar(comando: string, mensagem: Buffer): Promise<Buffer> {
  const shell = process.platform === "win32" ? ["cmd", "/c"] : ["sh", "-c"];
  const processo = Bun.spawn([...shell, comando], {
    stdin: mensagem,
    stdout: "pipe",
    stderr: "pipe",
    timeout: 5_000,
    killSignal: "SIGKILL",
  });
  const [saida, erros, codigo] = await Promise.all([
    processo.stdout.bytes(),
    processo.stderr.text(),
    processo.exited,
  ]);
  if (codigo === 0) return Buffer.from(saida);
  const motivo = processo.signalCode
    ? "não terminou em 5 s"
    : `terminou com o código ${codigo}`;
  const [linha = ""] = erros.trim().split("\n");
  throw new ErroDeUso(
    `o comando de --eco ${motivo}: ${comando}${linha === "" ? "" : ` (${linha})`}`,
  );
}
