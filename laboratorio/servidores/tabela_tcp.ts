/** As conexões TCP desta máquina, como o sistema as vê em /proc. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

export interface ConexaoTcp {
  /** As portas dos dois lados. */
  local: number;
  remota: number;
  estado: string;
}

/** Os estados que interessam, com os números que o sistema lhes dá. */
export const ABERTA = "01";
export const SYN_RECEBIDO = "03";
export const TIME_WAIT = "06";
const ESCUTANDO = "0A";

/** Por quanto tempo a tabela lida serve, em ms; mais, se lê-la demora: ela pode ser enorme. */
const VALIDADE_MS = 100;
const VALIDADE_EM_LEITURAS = 5;
let lida: { ate_ms: number; conexoes: ConexaoTcp[] } | undefined;

/** Todas as conexões, de IPv4 e de IPv6; nenhuma onde não há /proc. */
export function conexoesTcp(): ConexaoTcp[] {
  const inicio = performance.now();
  if (!lida || inicio > lida.ate_ms) {
    const conexoes = lerConexoes();
    const agora = performance.now();
    const validade_ms = Math.max(VALIDADE_MS, VALIDADE_EM_LEITURAS * (agora - inicio));
    lida = { ate_ms: agora + validade_ms, conexoes };
  }
  return lida.conexoes;
}

function lerConexoes(): ConexaoTcp[] {
  const porta = (endereco: string) => parseInt(endereco.slice(-4), 16);
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((tabela) => {
    try {
      const [, ...linhas] = readFileSync(tabela, "utf-8").trim().split("\n");
      return linhas.map((linha) => {
        const [, local = "", remota = "", estado = ""] = linha.trim().split(/\s+/);
        return { local: porta(local), remota: porta(remota), estado };
      });
    } catch {
      return [];
    }
  });
}

/**
 * Se o sistema descartou uma conexão que o cliente tem por aberta: do lado do servidor ela
 * não existe, ou ainda não foi aceita. É o que acontece quando muitos chegam a uma fila de
 * conexões cheia (listen pequeno). Onde não há /proc, não se sabe: false.
 */
export function conexaoDescartada(porta: number, portaDoCliente: number): boolean {
  const doCliente = ({ local, remota, estado }: ConexaoTcp) =>
    local === portaDoCliente && remota === porta && estado === ABERTA;
  // Uma tabela sem o cliente pode ser mais velha que ele
  if (!conexoesTcp().some(doCliente)) lida = undefined;
  const todas = conexoesTcp();
  const doServidor = todas.some(
    ({ local, remota, estado }) =>
      local === porta && remota === portaDoCliente && estado !== SYN_RECEBIDO,
  );
  return todas.some(doCliente) && !doServidor;
}

/**
 * Os sockets que esperam conexões na porta, agora, como aparecem em /proc/PID/fd. Só se lê o
 * começo de cada tabela, que é onde eles estão: o resto pode ter dezenas de milhares de linhas.
 */
export function socketsQueEscutam(porta: number): string[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((tabela) =>
    lerComeco(tabela).flatMap((linha) => {
      const campos = linha.trim().split(/\s+/);
      const local = parseInt(campos[1]?.slice(-4) ?? "", 16);
      return local === porta && campos[3] === ESCUTANDO ? [`socket:[${campos[9]}]`] : [];
    }),
  );
}

/** As linhas da tabela até a primeira que não é de um socket à espera de conexões. */
function lerComeco(tabela: string): string[] {
  let descritor: number;
  try {
    descritor = openSync(tabela, "r");
  } catch {
    return [];
  }
  const pedaco = Buffer.alloc(4096);
  let texto = "";
  try {
    for (;;) {
      const lidos = readSync(descritor, pedaco);
      texto += pedaco.toString("latin1", 0, lidos);
      const linhas = texto.split("\n").slice(1);
      const acabaram = linhas.some((linha) =>
        / [0-9A-F]{8,}:\S+ (?!0A)\w\w /.test(linha),
      );
      if (lidos === 0 || acabaram) return linhas;
    }
  } finally {
    closeSync(descritor);
  }
}
