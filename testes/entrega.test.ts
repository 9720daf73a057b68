/**
 * O que se pede em uma entrega: copiar uma listagem para uma pasta vazia e mudá-la. Cada
 * mudança é a que um aluno faria, em poucas linhas e poucos lugares, e o programa mudado é
 * executado de verdade. As receitas são as da seção "Tarefas" do README.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  comando,
  type Conexao,
  LISTAGENS,
  pastaTemporaria,
  Programa,
  Servidor,
} from "./apoio.ts";

setDefaultTimeout(30_000);

const MAX_LUGARES = 3;
const MAX_LINHAS = 10;

/** Uma mudança: o trecho da listagem que sai e o que entra no lugar dele. */
type Mudanca = [sai: string, entra: string];

/** Copia a listagem para uma pasta só dela, mudada. */
async function mudar(arquivo: string, mudancas: Mudanca[]) {
  let texto = await Bun.file(join(LISTAGENS, arquivo)).text();
  expect(mudancas.length).toBeLessThanOrEqual(MAX_LUGARES);
  let linhas = 0;
  for (const [sai, entra] of mudancas) {
    expect([sai, texto.split(sai).length - 1]).toEqual([sai, 1]);
    texto = texto.replace(sai, () => entra);
    const antes = new Set(sai.split("\n"));
    linhas += entra.split("\n").filter((linha) => linha && !antes.has(linha)).length;
  }
  expect(linhas).toBeLessThanOrEqual(MAX_LINHAS);
  const copia = pastaTemporaria();
  await Bun.write(join(copia.caminho, arquivo), texto);
  return copia;
}

/** Envia `mensagem` e confere que volta exatamente `resposta`. */
async function conferir(conexao: Conexao, mensagem: string, resposta: string) {
  if (mensagem) await conexao.enviar(mensagem);
  const bytes = await conexao.receber(Buffer.byteLength(resposta));
  expect(bytes.toString("utf-8")).toBe(resposta);
}

/** Executa até o fim um programa que está sozinho em uma pasta. */
async function executar(arquivo: string, pasta: string, opcoes = {}) {
  await using programa = new Programa(comando(arquivo), { pasta, ...opcoes });
  return await programa.fim();
}

// Os trechos do roteiro que as tarefas mudam
const ECO = "      conexao.sendall(dados);";
const ALVO_FINAL = "function lidarComCliente(conexao: Conexao, endereco: string): void {";
const THREAD_FINAL = "new Thread(lidarComCliente, conexao, endereco);";
const NOVO = "  console.log(`Novo cliente conectado: ${endereco}`);";
const DESCONECTADO = "  console.log(`Cliente ${endereco} desconectado.`);";
const ALVO_THREAD = "function atenderCliente(conexao: Conexao, endereco: string): void {";
const SAUDACAO =
  '  const mensagem = "Olá, cliente! Você está conectado ao servidor TCP multithread.";';
const THREAD_THREAD = "new Thread(atenderCliente, conexao, endereco);";

describe("tarefas", () => {
  test("a saudação diz a hora e o número do cliente", async () => {
    using copia = await mudar("servidor_thread.ts", [
      [
        ALVO_THREAD,
        `let numero = 0;\n\n${ALVO_THREAD.replace(")", ", numero: number)")}`,
      ],
      [
        SAUDACAO,
        '  const hora = new Date().toLocaleTimeString("pt-BR");\n' +
          "  const mensagem = `Cliente ${numero}, agora são ${hora}.`;",
      ],
      [THREAD_THREAD, THREAD_THREAD.replace(");", ", ++numero);")],
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_thread.ts",
      {},
      copia.caminho,
    );
    for (const numero of [1, 2, 3]) {
      using conexao = await servidor.conectar();
      const resposta = (await conexao.receberTudo()).toString();
      expect(resposta).toMatch(
        new RegExp(`^Cliente ${numero}, agora são \\d\\d:\\d\\d:\\d\\d\\.$`),
      );
    }
  });

  test("comandos: maiúsculas, /hora e /sair", async () => {
    const laco = "    while (true) {\n      // Espera receber";
    using copia = await mudar("servidor_final.ts", [
      [laco, `    const utf8 = new TextDecoder();\n${laco}`],
      [
        ECO,
        "      const texto = utf8.decode(dados, { stream: true });\n" +
          '      if (texto.trim() === "/sair") break;\n' +
          '      if (texto.trim() === "/hora") conexao.sendall(new Date().toLocaleTimeString("pt-BR"));\n' +
          "      else conexao.sendall(texto.toUpperCase());",
      ],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using conexao = await servidor.conectar();
    await conferir(conexao, "olá, ação\n", "OLÁ, AÇÃO\n");
    const longa = `a${"é".repeat(1000)} z`; // uma letra fica na divisa de dois recv(1024)
    await conferir(conexao, longa, longa.toUpperCase());
    await conexao.enviar("/hora");
    expect((await conexao.receber(8)).toString()).toMatch(/^\d\d:\d\d:\d\d$/);
    await conexao.enviar("/sair");
    expect((await conexao.receberTudo()).length).toBe(0);
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
  });

  test("um contador de conectados que todas as threads dividem", async () => {
    const alvo = ALVO_FINAL.replace(")", ", conectados: Int32Array)");
    using copia = await mudar("servidor_final.ts", [
      [
        `${ALVO_FINAL}\n${NOVO}`,
        `${alvo}\n${NOVO}\n` +
          "  const quantos = Atomics.add(conectados, 0, 1) + 1;\n" +
          "  conexao.sendall(`Somos ${quantos}.`);",
      ],
      [DESCONECTADO, `  Atomics.sub(conectados, 0, 1);\n${DESCONECTADO}`],
      [
        THREAD_FINAL,
        "new Thread(lidarComCliente, conexao, endereco, conectados);".replace(
          "conectados",
          "CONECTADOS",
        ),
      ],
    ]);
    const arquivo = join(copia.caminho, "servidor_final.ts");
    const texto = await Bun.file(arquivo).text();
    await Bun.write(
      arquivo,
      texto.replace(
        "const PORT",
        () => "const CONECTADOS = new Int32Array(new SharedArrayBuffer(4));\nconst PORT",
      ),
    );
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    const conexoes: Conexao[] = [];
    for (const quantos of [1, 2, 3]) {
      conexoes.push(await servidor.conectar());
      await conferir(conexoes.at(-1)!, "", `Somos ${quantos}.`);
    }
    const [saiu] = conexoes;
    saiu!.fechar();
    await servidor.esperar(`Cliente ${saiu!.endereco} desconectado.\n`);
    using outro = await servidor.conectar();
    await conferir(outro, "", "Somos 3.");
    for (const conexao of conexoes) conexao.derrubar();
  });

  test("uma variável global parece dividida, e não é: cada thread tem a sua", async () => {
    using copia = await mudar("servidor_final.ts", [
      [ALVO_FINAL, `let conectados = 0;\n${ALVO_FINAL}`],
      [NOVO, `${NOVO}\n  conexao.sendall(\`Somos \${++conectados}.\`);`],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using um = await servidor.conectar();
    await conferir(um, "", "Somos 1.");
    using dois = await servidor.conectar();
    await conferir(dois, "", "Somos 1.");
  });

  test("um bate-papo: cada mensagem chega a todos os conectados", async () => {
    using copia = await mudar("servidor_final.ts", [
      [
        "// Constantes para o endereço do servidor",
        'const sala = new BroadcastChannel("sala");\n' +
          "const presentes = new Set<Conexao>();\n" +
          "// Constantes para o endereço do servidor",
      ],
      [ECO, "      sala.postMessage(`${endereco}: ${dados}`);"],
      [
        `      const thread = ${THREAD_FINAL}`,
        "      presentes.add(conexao);\n" +
          "      sala.onmessage = ({ data }) => {\n" +
          "        for (const cada of presentes)\n" +
          "          try { cada.sendall(data); } catch { presentes.delete(cada); }\n" +
          "      };\n" +
          `      const thread = ${THREAD_FINAL}`,
      ],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    const conexoes = [];
    for (let i = 0; i < 3; i++) {
      conexoes.push(await servidor.conectar());
      await servidor.esperar(`Novo cliente conectado: ${conexoes[i]!.endereco}\n`);
    }
    const [ana, bia, caio] = conexoes;
    for (const texto of ["olá, ação 🧵", "de novo"]) {
      await ana!.enviar(texto);
      for (const cada of conexoes) await conferir(cada, "", `${ana!.endereco}: ${texto}`);
    }
    caio!.derrubar();
    await servidor.esperar(`Cliente ${caio!.endereco} desconectado.\n`);
    for (const texto of ["um", "dois", "três"]) {
      await bia!.enviar(texto);
      for (const cada of [ana!, bia!])
        await conferir(cada, "", `${bia!.endereco}: ${texto}`);
    }
    for (const conexao of conexoes) conexao.derrubar();
  });

  test("cinco threads, e um valor que cada uma devolve ao programa principal", async () => {
    using copia = await mudar("threads_demo.ts", [
      ["tempoEspera: number): void {", "tempoEspera: number): number {"],
      [
        "  console.log(`Thread ${idThread}: Finalizada.`);",
        "  console.log(`Thread ${idThread}: Finalizada.`);\n  return idThread * 10;",
      ],
      [
        '  console.log("Programa principal: Todas',
        "  const cinco = [1, 2, 3, 4, 5].map((n) => new Thread(tarefaSimples, n, 0.1));\n" +
          "  for (const thread of cinco) await thread.start();\n" +
          "  let soma = 0;\n" +
          "  for (const thread of cinco) soma += await thread.join();\n" +
          "  console.log(`Soma: ${soma}`);\n" +
          '  console.log("Programa principal: Todas',
      ],
    ]);
    const { codigo, saida, erros } = await executar("threads_demo.ts", copia.caminho);
    expect(erros).toBe("");
    expect(saida).toContain("Soma: 150\n");
    expect(saida.match(/Thread \d: Iniciando\./g)).toHaveLength(7);
    expect(codigo).toBe(0);
  });

  test("um cliente que conversa até 'sair': cada resposta é da sua mensagem", async () => {
    const inicio = '    console.log("Conectado ao servidor com sucesso!");';
    const fim = "      console.log(`Servidor respondeu: ${dados}`);\n    }";
    using copia = await mudar("cliente_final.ts", [
      [inicio, `${inicio}\n    while (true) {`],
      [fim, `${fim} else break;\n    }`],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    const { codigo, saida } = await executar("cliente_final.ts", copia.caminho, {
      ambiente: { PORT: `${servidor.porta}` },
      entrada: "um\numa mensagem mais longa\no\nsair\nnão chega\n",
    });
    const respostas = [...saida.matchAll(/Servidor respondeu: (.*)/g)].map(([, r]) => r);
    expect(respostas).toEqual(["um", "uma mensagem mais longa", "o"]);
    expect(saida).toEndWith("Conexão encerrada.\n");
    expect(codigo).toBe(0);
  });

  test("um servidor que fala primeiro", async () => {
    using copia = await mudar("servidor_final.ts", [
      [NOVO, `${NOVO}\n  conexao.sendall("Bem-vindo!");`],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using conexao = await servidor.conectar();
    await conferir(conexao, "", "Bem-vindo!");
    await conferir(conexao, "oi", "oi");
  });

  test("mais um argumento para a thread", async () => {
    using copia = await mudar("servidor_final.ts", [
      [ALVO_FINAL, ALVO_FINAL.replace(")", ", saudacao: string)")],
      [NOVO, `${NOVO}\n  conexao.sendall(saudacao);`],
      [THREAD_FINAL, THREAD_FINAL.replace(");", ', "Olá, ação!");')],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using conexao = await servidor.conectar();
    await conferir(conexao, "", "Olá, ação!");
  });

  test("um cálculo, uma resposta em partes e o silêncio", async () => {
    using copia = await mudar("servidor_final.ts", [
      [
        ECO,
        '      if (`${dados}` === "silêncio") continue;\n' +
          '      conexao.sendall("um ");\n' +
          "      Bun.sleepSync(20);\n" +
          '      conexao.sendall("dois ");\n' +
          "      conexao.sendall(dados);",
      ],
    ]);
    await using servidor = await Servidor.iniciar(
      "servidor_final.ts",
      { MAX_THREADS: "1" },
      copia.caminho,
    );
    for (let vez = 0; vez < 2; vez++) {
      using conexao = await servidor.conectar();
      await conexao.enviar("silêncio");
      await servidor.esperar(`Mensagem de ${conexao.endereco}: silêncio\n`);
      await conferir(conexao, "três", "um dois três");
    }
  });
});

describe("uma mensagem de 20 MB chega inteira", () => {
  const GRANDE = '  const mensagem = "ação 🧵 ".repeat(1_500_000);';
  test.each([
    ["servidor_sequencial.ts", "    const mensagem ="],
    ["servidor_thread.ts", "  const mensagem ="],
  ])("%s", async (arquivo, inicio) => {
    const texto = await Bun.file(join(LISTAGENS, arquivo)).text();
    const linha = texto.split("\n").find((l) => l.startsWith(inicio)) ?? "";
    using copia = await mudar(arquivo, [[linha, GRANDE]]);
    await using servidor = await Servidor.iniciar(arquivo, {}, copia.caminho);
    using conexao = await servidor.conectar();
    conexao.pararDeLer();
    await servidor.esperar(`Conexão estabelecida com ${conexao.endereco}\n`);
    await Bun.sleep(100);
    conexao.voltarALer();
    const recebida = await conexao.receberTudo();
    expect(recebida.equals(Buffer.from("ação 🧵 ".repeat(1_500_000)))).toBe(true);
  });
});

describe("nomes do aluno no alto do arquivo não esbarram nos da listagem", () => {
  const NOMES =
    "let numero = 1, total = 2, contador = 3;\n" +
    'const clientes = [4], mensagens = ["5"], dados = "6", fila = [7], livres = [8];\n';
  test.each([
    "servidor_sequencial.ts",
    "servidor_thread.ts",
    "servidor_final.ts",
    "cliente.ts",
    "cliente_final.ts",
    "threads_demo.ts",
  ])("%s", async (arquivo) => {
    using copia = await mudar(arquivo, []);
    const caminho = join(copia.caminho, arquivo);
    const texto = await Bun.file(caminho).text();
    const [cabecalho, resto] = [
      texto.slice(0, texto.indexOf("*/\n") + 3),
      texto.slice(texto.indexOf("*/\n") + 3),
    ];
    const imports = resto.match(/^(import [^;]+;\n)*/)?.[0] ?? "";
    await Bun.write(caminho, cabecalho + imports + NOMES + resto.slice(imports.length));
    if (arquivo.startsWith("servidor")) {
      await using servidor = await Servidor.iniciar(arquivo, {}, copia.caminho);
      using conexao = await servidor.conectar();
      if (arquivo === "servidor_final.ts") await conexao.enviar("oi");
      conexao.terminarEnvio();
      expect((await conexao.receberTudo()).toString()).toMatch(/^(oi|Olá.*)$/);
    } else if (arquivo === "threads_demo.ts") {
      expect((await executar(arquivo, copia.caminho)).codigo).toBe(0);
    } else {
      await using servidor = await Servidor.iniciar(
        arquivo === "cliente.ts" ? "servidor_thread.ts" : "servidor_final.ts",
      );
      const { codigo } = await executar(arquivo, copia.caminho, {
        ambiente: { PORT: `${servidor.porta}` },
        entrada: "oi\n",
      });
      expect(codigo).toBe(0);
    }
  });
});

describe("um engano mostra o quê e onde", () => {
  test.each([
    ["primeira", "  console.log(`Thread ${idThread}: Iniciando.`);"],
    ["última", "  console.log(`Thread ${idThread}: Finalizada.`);"],
  ])("threads_demo.ts, na %s linha da tarefa: e termina com 1", async (_, linha) => {
    using copia = await mudar("threads_demo.ts", [
      [linha, linha.replace("console", "consol")],
    ]);
    const { codigo, erros } = await executar("threads_demo.ts", copia.caminho);
    expect(erros).toContain("consol is not defined");
    expect(erros).toMatch(/threads_demo\.ts:\d+/);
    expect(codigo).toBe(1);
  });

  test.each([
    ["servidor_thread.ts", "  console.log(`Conexão estabelecida com ${endereco}`);"],
    ["servidor_thread.ts", "  conexao.close();"],
    ["servidor_final.ts", NOVO],
    ["servidor_final.ts", ECO],
    ["servidor_final.ts", DESCONECTADO],
  ])("%s, em %s: só aquele cliente sente", async (arquivo, linha) => {
    const errada = linha
      .replace("console.log", "console.logg")
      .replace("sendall", "sendal")
      .replace("close", "closee");
    using copia = await mudar(arquivo, [[linha, errada]]);
    await using servidor = await Servidor.iniciar(
      arquivo,
      { MAX_THREADS: "1" },
      copia.caminho,
    );
    for (let vez = 0; vez < 2; vez++) {
      using conexao = await servidor.conectar();
      await conexao.enviar("oi");
      conexao.terminarEnvio();
      await conexao.receberTudo().catch(() => "");
    }
    const numero = (await Bun.file(join(copia.caminho, arquivo)).text())
      .split("\n")
      .indexOf(errada);
    await servidor.esperarErro(new RegExp(`${RegExp.escape(arquivo)}:${numero + 1}\\b`));
    expect(servidor.saida + servidor.erros).toMatch(/is not a function/);
  });

  test("no programa principal: recv() não espera para sempre", async () => {
    using copia = await mudar("servidor_final.ts", [
      [
        `      const thread = ${THREAD_FINAL}`,
        `      conexao.recv(10);\n      const thread = ${THREAD_FINAL}`,
      ],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using conexao = await servidor.conectar();
    await conexao.receberTudo().catch(() => "");
    expect((await servidor.fim()).erros).toMatch(/servidor_final\.ts:\d+/);
  });

  test("uma função que a última linha não cita", async () => {
    using copia = await mudar("servidor_final.ts", [
      [THREAD_FINAL, THREAD_FINAL.replace("lidarComCliente", "outra")],
      [DESCONECTADO, DESCONECTADO],
      [
        "// Função principal que inicia",
        "function outra(conexao: Conexao, _: string) {\n  conexao.sendall('x');\n}\n\n// Função principal que inicia",
      ],
    ]);
    await using servidor = await Servidor.iniciar("servidor_final.ts", {}, copia.caminho);
    using conexao = await servidor.conectar();
    expect((await conexao.receberTudo().catch(() => "")).length).toBe(0);
    await servidor.esperarErro(/outra/);
  });
});
