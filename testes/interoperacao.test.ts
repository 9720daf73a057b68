/**
 * Os programas em Python do roteiro conversam com os nossos, em todas as combinações, e o
 * que se vê e o que passa pela rede é o mesmo, byte por byte.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { portaLivre } from "../laboratorio/servidores/portas.ts";
import {
  comando,
  Conexao,
  pastaTemporaria,
  Programa,
  SAUDACOES,
  Servidor,
} from "./apoio.ts";

setDefaultTimeout(30_000);

const ROTEIRO = join(import.meta.dir, "../../shared/roteiro");
const PYTHON = Bun.which("python3");
const motivo = !existsSync(ROTEIRO)
  ? "não há ../shared/roteiro"
  : !PYTHON
    ? "não há python3"
    : "";

/** O único programa em Python do roteiro que contém o trecho dado. */
async function doRoteiro(arquivo: string, trecho: string): Promise<string> {
  const texto = await Bun.file(join(ROTEIRO, arquivo)).text();
  const programas = [...texto.matchAll(/```python\n(.*?)```/gs)].flatMap(
    ([, p]) => p ?? [],
  );
  const [programa, ...outros] = programas.filter((p) => p.includes(trecho));
  if (programa === undefined || outros.length > 0)
    throw new Error(`${arquivo} devia ter um programa só com "${trecho}"`);
  return programa;
}

/** Executa um programa do roteiro, com a porta dele trocada. */
async function python(
  arquivo: string,
  trecho: string,
  porta = 0,
  entrada?: string,
): Promise<Programa> {
  const original = await doRoteiro(arquivo, trecho);
  const programa = original.replace(
    /(PORT = |\("localhost", )(8000|5555)\b/,
    `$1${porta}`,
  );
  if (porta > 0) expect(programa).not.toBe(original);
  const pasta = pastaTemporaria();
  await Bun.write(join(pasta.caminho, "programa.py"), programa);
  const processo = new Programa([PYTHON ?? "python3", "programa.py"], {
    ambiente: { PYTHONUNBUFFERED: "1", PYTHONUTF8: "1" },
    pasta: pasta.caminho,
    entrada,
  });
  processo.aoFim(() => pasta[Symbol.dispose]());
  return processo;
}

/** Um servidor em execução, nosso ou do roteiro, e a porta dele. */
type EmExecucao = AsyncDisposable & { porta: number };

async function servidorPython(arquivo: string, trecho: string): Promise<EmExecucao> {
  for (let vez = 1; ; vez++) {
    const porta = portaLivre();
    const programa = await python(arquivo, trecho, porta);
    try {
      await programa.esperar("\n");
      return { porta, [Symbol.asyncDispose]: () => programa[Symbol.asyncDispose]() };
    } catch (erro) {
      // Os do tutorial não usam SO_REUSEADDR: o sistema pode guardar a porta por um minuto
      await programa[Symbol.asyncDispose]();
      if (vez === 5) throw erro;
    }
  }
}

const TUTORIAL = "tutorial_servidor_tcp.md";
const ESTUDO = "estudo_dirigido_threads_e_sockets.md";

const SAUDAM = [
  {
    nome: "servidor_sequencial.ts",
    saudacao: SAUDACOES["servidor_sequencial.ts"],
    nosso: () => Servidor.iniciar("servidor_sequencial.ts"),
    deles: () => servidorPython(TUTORIAL, "Servidor TCP rodando"),
  },
  {
    nome: "servidor_thread.ts",
    saudacao: SAUDACOES["servidor_thread.ts"],
    nosso: () => Servidor.iniciar("servidor_thread.ts"),
    deles: () => servidorPython(TUTORIAL, "Servidor TCP multithread"),
  },
];
const ECO = {
  nosso: () => Servidor.iniciar("servidor_final.ts"),
  deles: () => servidorPython(ESTUDO, "lidar_com_cliente"),
};

/** O que cada cliente escreve contra um servidor nessa porta. */
async function saidasDosClientes(porta: number, entrada?: string): Promise<string[]> {
  const [nosso, arquivo, trecho] =
    entrada === undefined
      ? (["cliente.ts", TUTORIAL, "fazer_requisicao"] as const)
      : (["cliente_final.ts", ESTUDO, "Ocorreu um erro"] as const);
  const clientes = [
    new Programa(comando(nosso), { ambiente: { PORT: `${porta}` }, entrada }),
    await python(arquivo, trecho, porta, entrada),
  ];
  return await Promise.all(
    clientes.map(async (cliente) => {
      await using programa = cliente;
      const { codigo, saida, erros } = await programa.fim();
      expect(erros).toBe("");
      expect(codigo).toBe(0);
      return saida;
    }),
  );
}

/** Os bytes que um servidor devolve a quem envia `dados` e para de enviar. */
async function bytesDe(porta: number, dados?: Buffer): Promise<Buffer> {
  using conexao = await Conexao.abrir(porta);
  if (dados) {
    await conexao.enviar(dados);
    conexao.terminarEnvio();
  }
  return await conexao.receberTudo();
}

describe.skipIf(motivo !== "")(
  `com os programas em Python do roteiro${motivo && ` (pulado: ${motivo})`}`,
  () => {
    test.each(SAUDAM)("$nome: a mesma saudação", async ({ saudacao, nosso, deles }) => {
      await using emBun = await nosso();
      await using emPython = await deles();
      const esperado = `Resposta do servidor: ${saudacao}\n`;
      for (const { porta } of [emBun, emPython]) {
        expect(await saidasDosClientes(porta)).toEqual([esperado, esperado]);
      }
      expect(await bytesDe(emBun.porta)).toEqual(await bytesDe(emPython.porta));
    });

    test("servidor_final.ts e cliente_final.ts: o mesmo eco", async () => {
      await using emBun = await ECO.nosso();
      await using emPython = await ECO.deles();
      const esperado =
        "Conectado ao servidor com sucesso!\n" +
        "Digite sua mensagem ('sair' ou '' para fechar): " +
        "Servidor respondeu: Olá, ação! € 🧵\nConexão encerrada.\n";
      for (const { porta } of [emBun, emPython]) {
        const saidas = await saidasDosClientes(porta, "  Olá, ação! € 🧵 \n");
        expect(saidas).toEqual([esperado, esperado]);
      }
      const dados = Buffer.from("Olá\n\0\x1b[0m fim 🧵".repeat(40));
      expect(await bytesDe(emBun.porta, dados)).toEqual(dados);
      expect(await bytesDe(emPython.porta, dados)).toEqual(dados);
    });

    test("cliente_final.ts: sair também é igual", async () => {
      await using emBun = await ECO.nosso();
      await using emPython = await ECO.deles();
      for (const { porta } of [emBun, emPython]) {
        const [deBun, dePython] = await saidasDosClientes(porta, "Sair\n");
        expect(deBun).toBe(dePython ?? "");
      }
    });

    test("threads_demo.ts: as mesmas seis linhas", async () => {
      await using nosso = new Programa(comando("threads_demo.ts"));
      await using deles = await python(ESTUDO, "tarefa_simples");
      const [a, b] = await Promise.all([nosso.fim(), deles.fim()]);
      // Em Python, a ordem das três primeiras linhas não é garantida, e o fim de uma pode
      // sair depois do começo de outra
      const linhas = a.saida.trimEnd().split("\n");
      const resto = linhas.reduce((saida, linha) => saida.replace(linha, ""), b.saida);
      expect(resto.trim()).toBe("");
      const finais = linhas.slice(3).map((linha) => b.saida.indexOf(linha));
      expect(finais).toEqual(finais.toSorted((x, y) => x - y));
    });
  },
);
