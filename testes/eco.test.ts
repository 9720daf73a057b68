/** O servidor de eco devolve a cada cliente os bytes dele, e mostra o texto sem risco. */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  bytesVariados,
  Conexao,
  esperarParar,
  Servidor,
  TEM_PROC,
  textoDe,
} from "./apoio.ts";

setDefaultTimeout(30_000);

const MiB = 1 << 20;

/** Envia tudo, encerra o envio e confere que o eco é idêntico, até o fim da conexão. */
async function conferirEco(conexao: Conexao, dados: Buffer): Promise<void> {
  const [eco] = await Promise.all([
    conexao.receberTudo(20_000),
    conexao.enviar(dados).then(() => conexao.terminarEnvio()),
  ]);
  expect(eco.equals(dados)).toBe(true);
}

test("64 MiB voltam idênticos a quem lê mais devagar do que envia", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  using conexao = await servidor.conectar();
  const dados = bytesVariados(64 * MiB);

  conexao.pararDeLer();
  let enviados = 0;
  const envio = conexao.enviar(dados, (bytes) => (enviados = bytes));
  await esperarParar(() => enviados);
  expect(enviados).toBeLessThan(dados.length); // o servidor esperou por quem não lia

  for (let lidos = 0; lidos < dados.length; lidos += MiB) {
    conexao.voltarALer();
    const eco = await conexao.receber(MiB, 60_000);
    if (!eco.equals(dados.subarray(lidos, lidos + MiB))) expect(lidos).toBe(-1);
    conexao.pararDeLer();
    await Bun.sleep(1); // mais devagar do que o servidor
  }
  await envio;
  conexao.voltarALer();
  conexao.terminarEnvio();
  expect((await conexao.receberTudo()).length).toBe(0);
}, 120_000);

test("um byte de cada vez", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  using conexao = await servidor.conectar();
  for (let byte = 0; byte < 256; byte++) {
    await conexao.enviar(Buffer.of(byte));
    expect([...(await conexao.receber(1))]).toEqual([byte]);
  }
});

test("10 clientes ao mesmo tempo: cada um recebe o seu conteúdo, e só ele", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      using conexao = await servidor.conectar();
      for (let vez = 0; vez < 20; vez++) {
        const texto = `${textoDe(i)} (vez ${vez})`;
        await conexao.enviar(texto);
        const eco = await conexao.receber(Buffer.byteLength(texto));
        expect(eco.toString("utf-8")).toBe(texto);
      }
      await conferirEco(conexao, bytesVariados(MiB, i + 1));
    }),
  );
});

test.skipIf(!TEM_PROC)(
  "256 MiB oferecidos por quem nunca lê não aumentam a memória do servidor",
  async () => {
    await using servidor = await Servidor.iniciar("servidor_final.ts");
    using primeiro = await servidor.conectar();
    await conferirEco(primeiro, bytesVariados(MiB)); // o servidor já aquecido
    const antes = servidor.picoDeMemoria();

    using conexao = await servidor.conectar();
    conexao.pararDeLer();
    let enviados = 0;
    const envio = conexao.enviar(Buffer.alloc(256 * MiB, "x"), (b) => (enviados = b));
    envio.catch(() => {}); // derrubado ao fim do teste
    await esperarParar(() => enviados);
    expect(enviados).toBeGreaterThan(0);
    expect(enviados).toBeLessThan(64 * MiB); // quase tudo ficou com quem envia
    expect(servidor.picoDeMemoria() - antes).toBeLessThan(32 * 1024);

    using vizinho = await servidor.conectar();
    await conferirEco(vizinho, Buffer.from("o vizinho é atendido"));
  },
);

test("quem encerra o envio recebe o eco inteiro e depois o fim da conexão", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  for (const tamanho of [0, 1, 1024, 3 * MiB + 1]) {
    using conexao = await servidor.conectar();
    await conferirEco(conexao, bytesVariados(tamanho));
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
  }
});

test("uma letra partida entre dois pacotes é mostrada inteira", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  using conexao = await servidor.conectar();
  for (const byte of Buffer.from("aço 🧵 fim")) {
    await conexao.enviar(Buffer.of(byte));
    await conexao.receber(1);
  }
  conexao.terminarEnvio();
  await servidor.esperar(`Cliente ${conexao.endereco} desconectado.`);
  expect(servidor.saida).not.toContain("�");
  expect(mensagens(servidor, conexao).join("")).toBe("aço 🧵 fim");
});

test("bytes que não são UTF-8 aparecem como � e voltam intactos", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  using conexao = await servidor.conectar();
  const dados = Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x62]);
  await conferirEco(conexao, dados);
  await servidor.esperar(`Mensagem de ${conexao.endereco}: a��(b\n`);

  using cortada = await servidor.conectar();
  await conferirEco(cortada, Buffer.from("olá").subarray(0, 3)); // "ol" e meia letra
  await servidor.esperar(`Cliente ${cortada.endereco} desconectado.`);
  expect(mensagens(servidor, cortada).join("")).toMatch(/^ol�?$/); // a meia letra pode faltar
});

test("nenhum cliente comanda o terminal do servidor", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  using conexao = await servidor.conectar();
  const controles = Array.from({ length: 32 }, (_, i) => i).concat(
    Array.from({ length: 33 }, (_, i) => 127 + i),
  );
  const dados = Buffer.from(
    "\x1b[2J\x1b[31mlimpo" + String.fromCharCode(...controles) + "fim",
  );
  await conferirEco(conexao, dados);
  await servidor.esperar(/limpo.*fim\n/);
  // Fora o fim de cada linha, nenhum caractere de controle chega ao terminal
  expect(servidor.saida).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  const [mensagem] = mensagens(servidor, conexao);
  // mas cada um aparece, em hexadecimal
  expect(mensagem).toMatch(/^\W+1b\[2J\W+1b\[31mlimpo\W+00\W+01.*\W+0a.*\W+9ffim$/i);
});

test("500 clientes ao mesmo tempo: ninguém perde um byte, e a memória cabe", async () => {
  await using servidor = await Servidor.iniciar("servidor_final.ts");
  const conexoes = await Promise.all(
    Array.from({ length: 500 }, () => servidor.conectar()),
  );
  await Promise.all(
    conexoes.map((conexao, i) => conferirEco(conexao, Buffer.from(textoDe(i, 100)))),
  );
  if (TEM_PROC) expect(servidor.picoDeMemoria()).toBeLessThan(450 * 1024);
  for (const conexao of conexoes)
    await servidor.esperar(`Cliente ${conexao.endereco} desconectado.\n`);
});

/** O que o servidor mostrou de um cliente, mensagem por mensagem. */
function mensagens(servidor: Servidor, { endereco }: Conexao): string[] {
  const inicio = `Mensagem de ${endereco}: `;
  return servidor.saida
    .split("\n")
    .filter((linha) => linha.startsWith(inicio))
    .map((linha) => linha.slice(inicio.length));
}
