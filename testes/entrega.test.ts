/**
 * O que o README convida a fazer: copiar uma listagem e mudar a função do roteiro. As
 * mudanças mais comuns de uma entrega têm de funcionar com o resto do arquivo como está.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type Conexao, LISTAGENS, pastaTemporaria, Servidor } from "./apoio.ts";

setDefaultTimeout(30_000);

/** Inicia uma cópia da listagem com `trecho` trocado, e conversa com ela. */
async function comMudanca(
  arquivo: string,
  trecho: string,
  mudanca: string,
  conversa: (conexao: Conexao, servidor: Servidor) => Promise<void>,
): Promise<void> {
  using copia = pastaTemporaria();
  const original = await Bun.file(join(LISTAGENS, arquivo)).text();
  expect(original.split(trecho)).toHaveLength(2);
  await Bun.write(
    join(copia.caminho, arquivo),
    original.replace(trecho, () => mudanca),
  );
  await using servidor = await Servidor.iniciar(
    arquivo,
    { MAX_THREADS: "1" },
    copia.caminho,
  );
  // Duas vezes: a thread que atendeu o primeiro tem de servir ao segundo
  for (let vez = 0; vez < 2; vez++) {
    using conexao = await servidor.conectar();
    await conversa(conexao, servidor);
  }
}

/** Envia `mensagem` e confere que volta exatamente `resposta`. */
async function conferir(conexao: Conexao, mensagem: string, resposta: string) {
  await conexao.enviar(mensagem);
  const bytes = await conexao.receber(Buffer.byteLength(resposta));
  expect(bytes.toString("utf-8")).toBe(resposta);
}

const ECO = "enviar(dados);";

test("eco: responder com um texto, em maiúsculas", () =>
  comMudanca(
    "servidor_final.ts",
    ECO,
    "enviar(Buffer.from(dados).toString().toUpperCase());",
    async (conexao) => {
      await conferir(conexao, "olá, ação", "OLÁ, AÇÃO");
      await conferir(conexao, "de novo", "DE NOVO");
    },
  ));

test("eco: não responder a todas as mensagens", () =>
  comMudanca(
    "servidor_final.ts",
    ECO,
    'if (Buffer.from(dados).toString() !== "silêncio") enviar(dados);',
    async (conexao, servidor) => {
      await conexao.enviar("silêncio");
      await servidor.esperar(`Mensagem de ${conexao.endereco}: silêncio\n`);
      await conferir(conexao, "oi", "oi");
    },
  ));

test("eco: responder com atraso a uma mensagem, e a outra não", () =>
  comMudanca(
    "servidor_final.ts",
    ECO,
    'if (Buffer.from(dados).toString() === "oi") setTimeout(() => enviar("olá"), 20);',
    async (conexao, servidor) => {
      await conferir(conexao, "oi", "olá");
      await conexao.enviar("nada");
      await servidor.esperar(`Mensagem de ${conexao.endereco}: nada\n`);
      await conferir(conexao, "oi", "olá");
    },
  ));

test("eco: responder várias vezes a uma mensagem, com esperas no meio", () =>
  comMudanca(
    "servidor_final.ts",
    ECO,
    'enviar("um "); await Bun.sleep(20); enviar("dois "); enviar(dados);',
    async (conexao) => {
      await conferir(conexao, "três", "um dois três");
      await conferir(conexao, "outra", "um dois outra");
    },
  ));

test("eco: sair do laço antes do fim, e ainda esperar", () =>
  comMudanca(
    "servidor_final.ts",
    ECO,
    'enviar("tchau"); break; } await Bun.sleep(100); {',
    async (conexao, servidor) => {
      await conferir(conexao, "oi", "tchau");
      await conexao.enviar("ainda aí?"); // chega quando ninguém mais lê
      await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
      expect(servidor.saida).not.toContain("a thread parou");
    },
  ));

test("saudação: uma função async que devolve um número", () =>
  comMudanca(
    "servidor_thread.ts",
    'const mensagem = "Olá, cliente! Você está conectado ao servidor TCP multithread.";\n  return mensagem;\n}',
    "return 42 as unknown as string;\n}",
    async (conexao) => {
      expect((await conexao.receberTudo()).toString()).toBe("42");
    },
  ));
