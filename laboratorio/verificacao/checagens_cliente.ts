/** O cliente do tutorial: conecta, recebe a saudação, mostra e termina. */
import { CenaCliente } from "./cena_cliente.ts";
import type { OpcoesDoCliente } from "./cena_cliente.ts";
import type { Programa } from "./programa.ts";
import { SECOES } from "./secoes.ts";
import { papeis } from "./servidor_de_teste.ts";
import { ehRastro, visivel } from "./texto.ts";
import { Falha } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

/** Quanto um cliente pode levar para fazer o que falta, em ms. */
export const PRAZO_DO_CLIENTE_MS = 6_000;

/** Quanto demora o servidor que faz o cliente esperar, em ms. */
export const ESPERA_MS = 1_200;

export function prepararCliente(opcoes: OpcoesDoCliente) {
  const secao = SECOES.cliente;
  const cena = new CenaCliente(opcoes);

  const checagens: Checagem<CenaCliente>[] = [
    {
      id: "conecta",
      secao,
      nome: "conecta-se ao servidor",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      async verificar() {
        const servidor = cena.servir(papeis.saudacao(senha()));
        const programa = cena.executar({ porta: servidor.porta });
        await conferirConexao(programa, servidor);
      },
    },
    {
      id: "mostra",
      secao,
      nome: "mostra a resposta do servidor",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["conecta"],
      async verificar() {
        const texto = senha();
        const servidor = cena.servir(papeis.saudacao(texto));
        await conferirSaida(cena.executar({ porta: servidor.porta }), texto);
      },
    },
    {
      id: "termina",
      secao,
      nome: "termina sozinho, com o código de saída 0",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["mostra"],
      async verificar() {
        const servidor = cena.servir(papeis.saudacao(senha()));
        const programa = cena.executar({ porta: servidor.porta });
        await conferirFim(programa, "mostre a resposta, feche a conexão e termine");
        if (programa.codigo === 0) return;
        throw new Falha(
          "código de saída 0",
          `código de saída ${programa.codigo}`,
          "quando tudo dá certo, o programa termina com 0",
        );
      },
    },
    {
      id: "acentos",
      secao,
      nome: "mostra os acentos da resposta",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["mostra"],
      async verificar() {
        const texto = `Olá! ${senha()}: ação, coração e três maçãs.`;
        const servidor = cena.servir(papeis.saudacao(texto));
        await conferirSaida(
          cena.executar({ porta: servidor.porta }),
          texto,
          'decodifique com resposta.decode("utf-8")',
        );
      },
    },
    {
      id: "espera",
      secao,
      nome: "espera um servidor que demora a responder",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["mostra"],
      async verificar() {
        const texto = senha();
        const servidor = cena.servir(papeis.saudacao(texto, ESPERA_MS));
        await conferirSaida(
          cena.executar({ porta: servidor.porta }),
          texto,
          "um servidor sequencial pode demorar: espere a resposta pelo tempo que for preciso",
        );
      },
    },
    {
      id: "offline",
      secao,
      nome: "com o servidor fora do ar, termina com um código de erro",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["conecta"],
      async verificar() {
        const programa = cena.executar();
        await conferirFim(
          programa,
          "quando a conexão é recusada, mostre o erro e termine",
        );
        conferirCodigoDeErro(programa);
      },
    },
    {
      id: "offline_mensagem",
      secao,
      nome: "com o servidor fora do ar, mostra uma mensagem, e não um rastro de pilha",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["offline"],
      porQue: "quem usa o programa precisa saber que falta iniciar o servidor",
      async verificar() {
        const programa = cena.executar();
        await conferirFim(programa, DICA_DO_ERRO);
        conferirMensagemDeErro(programa);
      },
    },
    {
      id: "sem_resposta",
      secao,
      nome: "termina quando o servidor encerra sem responder",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["conecta"],
      async verificar() {
        const servidor = cena.servir(papeis.encerraSemResponder("conectar"));
        const programa = cena.executar({ porta: servidor.porta });
        await conferirFim(programa, "quando o recv devolve 0 bytes, não vem mais nada");
      },
    },
    {
      id: "sem_resposta_mensagem",
      secao,
      nome: "avisa quando o servidor encerra sem responder",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["sem_resposta"],
      porQue: "uma resposta vazia parece uma resposta; é um erro do outro lado",
      async verificar() {
        const servidor = cena.servir(papeis.encerraSemResponder("conectar"));
        const programa = cena.executar({ porta: servidor.porta });
        await conferirFim(programa, DICA_DO_ERRO);
        conferirMensagemDeErro(programa);
        conferirCodigoDeErro(programa);
      },
    },
    {
      id: "pedacos",
      secao,
      nome: "junta uma resposta que chega em pedaços",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["acentos"],
      porQue: "o TCP não guarda onde uma mensagem acaba: um recv pode trazer só o começo",
      async verificar() {
        const texto = `${senha()} maçã ${senha()}`;
        const bytes = Buffer.from(texto);
        const meioDaLetra = bytes.indexOf(Buffer.from("ç")) + 1;
        const servidor = cena.servir(
          papeis.saudacaoEmPedacos([
            bytes.subarray(0, 4),
            bytes.subarray(4, meioDaLetra),
            bytes.subarray(meioDaLetra),
          ]),
        );
        await conferirSaida(
          cena.executar({ porta: servidor.porta }),
          texto,
          "repita o recv até ele devolver 0 bytes, e só então decodifique tudo",
        );
      },
    },
    {
      id: "longa",
      secao,
      nome: "mostra inteira uma resposta de mais de 1024 bytes",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["mostra"],
      porQue: "recv(1024) traz no máximo 1024 bytes, e o resto se perde sem nenhum erro",
      async verificar() {
        const texto = `início ${"0123456789".repeat(300)} ${senha()}`;
        const servidor = cena.servir(papeis.saudacao(texto));
        await conferirSaida(
          cena.executar({ porta: servidor.porta }),
          texto,
          "repita o recv até ele devolver 0 bytes",
        );
      },
    },
  ];
  return { cena, checagens };
}

/** Um texto que o programa não tem como adivinhar. */
export function senha(): string {
  return `senha-${crypto.randomUUID().slice(0, 8)}`;
}

const DICA_DO_ERRO = "envolva a conexão em try/except e mostre o que deu errado";

export async function conferirConexao(
  programa: Programa,
  servidor: { porta: number; clientes: number; esperar: Esperar },
): Promise<void> {
  const prazo_ms = PRAZO_DO_CLIENTE_MS;
  if (await servidor.esperar(() => servidor.clientes > 0, prazo_ms)) return;
  throw new Falha(
    `uma conexão na porta ${servidor.porta}`,
    programa.terminou
      ? "o programa terminou sem se conectar"
      : `nenhuma conexão em ${prazo_ms / 1000} s`,
    "o cliente deve usar a porta da variável PORT; se a porta é fixa, informe --porta",
  );
}
type Esperar = (condicao: () => boolean, prazo_ms: number) => Promise<boolean>;

/** @throws {Falha} o texto não apareceu na saída. */
export async function conferirSaida(
  programa: Programa,
  texto: string,
  dica = "mostre com print a resposta inteira, como ela veio",
): Promise<void> {
  if (await programa.esperar((saida) => saida.includes(texto), PRAZO_DO_CLIENTE_MS))
    return;
  const saida = programa.saida.trim();
  throw new Falha(
    `na tela: “${visivel(texto, 80)}”`,
    saida === "" ? "nada na tela" : `na tela: “${visivel(saida, 120)}”`,
    dica,
  );
}

/** @throws {Falha} o programa não terminou. */
export async function conferirFim(programa: Programa, dica: string): Promise<void> {
  if (await programa.esperarFim(PRAZO_DO_CLIENTE_MS)) return;
  const prazo = `${PRAZO_DO_CLIENTE_MS / 1000} s`;
  throw new Falha(
    `o programa termina em até ${prazo}`,
    `continuou rodando depois de ${prazo}`,
    dica,
  );
}

export function conferirCodigoDeErro(programa: Programa): void {
  if (programa.codigo !== 0) return;
  throw new Falha(
    "código de saída diferente de 0",
    "código de saída 0",
    "termine com sys.exit(1) ou process.exitCode = 1: um script só percebe o erro assim",
  );
}

/** @throws {Falha} não há uma linha de erro, ou o que há é um rastro de pilha. */
export function conferirMensagemDeErro(programa: Programa): void {
  const linhas = programa.ultimasLinhas();
  const rastro = linhas.find(ehRastro);
  const esperado = "uma linha com o erro, como “Ocorreu um erro: …”";
  if (rastro !== undefined) {
    const recebido = `um rastro de pilha: “${visivel(rastro.trim(), 60)}”`;
    throw new Falha(esperado, recebido, DICA_DO_ERRO);
  }
  if (linhas.some((linha) => /erro|falha|não foi possível|error/i.test(linha))) return;
  const ultima = linhas.at(-1);
  throw new Falha(
    esperado,
    ultima === undefined ? "nada na tela" : `na tela: “${visivel(ultima, 80)}”`,
    DICA_DO_ERRO,
  );
}
