/**
 * As seis listagens no Bun para Windows, dentro do Wine: as threads, cada servidor com os
 * clientes dos dois lados, 2 MiB de eco e o Ctrl+C. Quem prepara o Wine é windows.sh.
 *
 * O Wine não imita tudo: nele uma conexão recusada parece aceita, e só se lê a entrada padrão
 * de um arquivo ou de um terminal, não de um pipe.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  bytesVariados,
  comando,
  Conexao,
  melhorDe,
  Programa,
  SAUDACOES,
  SERVIDORES,
  type OpcoesDoPrograma,
} from "../testes/apoio.ts";

setDefaultTimeout(60_000);

const { WINE = "wine", BUN_DO_WINDOWS = "bun.exe" } = process.env;
const SISTEMAS = ["Windows", "Linux"] as const;
type Sistema = (typeof SISTEMAS)[number];

/** Inicia uma listagem em um dos dois sistemas. */
function executar(sistema: Sistema, arquivo: string, opcoes: OpcoesDoPrograma = {}) {
  const noWindows = [WINE, BUN_DO_WINDOWS, "run", arquivo];
  const ambiente = { HOST: "127.0.0.1", PORT: "0", ...opcoes.ambiente };
  return new Programa(sistema === "Windows" ? noWindows : comando(arquivo), {
    ...opcoes,
    ambiente,
  });
}

/** A porta que o servidor escreve na primeira linha. */
async function portaDe(servidor: Programa): Promise<number> {
  await servidor.esperar("\n");
  return Number(/(\d+)(\.\.\.)?\s*\n/.exec(servidor.saida)?.[1]);
}

/** O que um cliente escreve até terminar. */
async function conversar(
  sistema: Sistema,
  arquivo: string,
  porta: number,
  entrada?: string,
): Promise<string> {
  const ambiente = { PORT: `${porta}` };
  await using cliente = executar(sistema, arquivo, { ambiente, entrada });
  const { codigo, saida, erros } = await cliente.fim();
  expect(erros).toBe("");
  expect(codigo).toBe(0);
  return saida;
}

test("threads_demo.ts no Windows: seis linhas, e as duas threads ao mesmo tempo", async () => {
  await melhorDe(3, async () => {
    await using demo = executar("Windows", "threads_demo.ts");
    const { codigo, saida, erros } = await demo.fim();
    const linhas = saida.split("\n");
    // Em uma máquina ocupada, a ordem varia dentro de cada grupo, como em Python
    expect(linhas.slice(0, 3).sort()).toEqual([
      "Programa principal: Aguardando as threads finalizarem...",
      "Thread 1: Iniciando.",
      "Thread 2: Iniciando.",
    ]);
    expect(linhas.slice(3, 5).sort()).toEqual([
      "Thread 1: Finalizada.",
      "Thread 2: Finalizada.",
    ]);
    expect(linhas.slice(5)).toEqual([
      "Programa principal: Todas as threads foram finalizadas.",
      "",
    ]);
    expect(erros).toBe("");
    expect(codigo).toBe(0);
  });
});

describe.each(SISTEMAS)("servidor no %s", (sistema) => {
  // Com o servidor no Linux, o cliente do Linux é dos outros testes
  const clientes = sistema === "Windows" ? SISTEMAS : (["Windows"] as const);

  test.each(Object.entries(SAUDACOES))("%s saúda", async (arquivo, saudacao) => {
    await using servidor = executar(sistema, arquivo);
    const porta = await portaDe(servidor);
    for (const cliente of clientes)
      expect(await conversar(cliente, "cliente.ts", porta)).toBe(
        `Resposta do servidor: ${saudacao}\n`,
      );
  });

  test("servidor_final.ts ecoa", async () => {
    await using servidor = executar(sistema, "servidor_final.ts");
    const porta = await portaDe(servidor);
    const mensagem = "Olá, ação! € 🧵";
    for (const cliente of clientes)
      expect(await conversar(cliente, "cliente_final.ts", porta, `${mensagem}\n`)).toBe(
        "Conectado ao servidor com sucesso!\n" +
          "Digite sua mensagem ('sair' ou '' para fechar): " +
          `Servidor respondeu: ${mensagem}\nConexão encerrada.\n`,
      );
    await servidor.esperar(`: ${mensagem}\n`);
  });
});

test("servidor_final.ts no Windows: 2 MiB voltam idênticos", async () => {
  await using servidor = executar("Windows", "servidor_final.ts");
  using conexao = await Conexao.abrir(await portaDe(servidor));
  const dados = bytesVariados(2 << 20);
  const [eco] = await Promise.all([
    conexao.receberTudo(),
    conexao.enviar(dados).then(() => conexao.terminarEnvio()),
  ]);
  expect(eco.length).toBe(dados.length);
  expect(eco.equals(dados)).toBe(true);
});

test.each(SERVIDORES)("%s no Windows: Ctrl+C em um terminal", async (arquivo) => {
  await using servidor = executar("Windows", arquivo, { terminal: true });
  await servidor.esperar("\n");
  servidor.digitar("\x03");
  const { codigo, saida } = await servidor.fim();
  expect(saida).toContain("Servidor sendo encerrado pelo usuário.");
  expect(codigo).toBe(0);
});
