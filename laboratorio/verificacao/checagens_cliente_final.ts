/** O cliente do estudo dirigido: pergunta, envia, mostra o eco e se despede. */
import { CenaCliente } from "./cena_cliente.ts";
import type { OpcoesDoCliente } from "./cena_cliente.ts";
import {
  ESPERA_MS,
  PRAZO_DO_CLIENTE_MS,
  conferirCodigoDeErro,
  conferirConexao,
  conferirFim,
  conferirMensagemDeErro,
  conferirSaida,
  senha,
} from "./checagens_cliente.ts";
import { haPseudoTerminal } from "./programa.ts";
import type { Programa } from "./programa.ts";
import { SECOES } from "./secoes.ts";
import { papeis } from "./servidor_de_teste.ts";
import type { Papel } from "./servidor_de_teste.ts";
import { descrever, visivel } from "./texto.ts";
import { Falha, NaoExecutado } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

/** O que se digita para sair; a linha vazia também serve. */
const SAIDAS = ["sair", "SAIR", "Sair", ""];

export function prepararClienteFinal(opcoes: OpcoesDoCliente) {
  const secao = SECOES.clienteFinal;
  const comTerminal = haPseudoTerminal();
  const cena = new CenaCliente(opcoes);

  /** Inicia o programa com um servidor nosso e digita a mensagem, com Enter. */
  function conversar(papel: Papel, mensagem: string) {
    const servidor = cena.servir(papel);
    const programa = cena.executar({ porta: servidor.porta });
    programa.escrever(`${mensagem}\n`);
    return { servidor, programa };
  }

  const checagens: Checagem<CenaCliente>[] = [
    {
      id: "conecta",
      secao,
      nome: "conecta-se ao servidor",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      async verificar() {
        const servidor = cena.servir(papeis.eco());
        await conferirConexao(cena.executar({ porta: servidor.porta }), servidor);
      },
    },
    {
      id: "envia",
      secao,
      nome: "envia ao servidor a mensagem digitada",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["conecta"],
      async verificar() {
        const mensagem = senha();
        const { servidor } = conversar(papeis.eco(), mensagem);
        await conferirEnvio(servidor, mensagem, "envie só a mensagem, sem o Enter");
      },
    },
    {
      id: "mostra",
      secao,
      nome: "mostra a resposta do servidor",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["envia"],
      async verificar() {
        const mensagem = senha();
        const { programa } = conversar(papeis.eco(), mensagem);
        await conferirSaida(programa, mensagem);
      },
    },
    {
      id: "termina",
      secao,
      nome: "despede-se e termina, com o código de saída 0",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["mostra"],
      async verificar() {
        const { programa } = conversar(papeis.eco(), senha());
        await conferirFim(programa, "depois da resposta, feche a conexão e termine");
        conferirDespedida(programa);
        if (programa.codigo === 0) return;
        const recebido = `código de saída ${programa.codigo}`;
        throw new Falha(
          "código de saída 0",
          recebido,
          "quando tudo dá certo, termine com 0",
        );
      },
    },
    {
      id: "acentos",
      secao,
      nome: "envia e mostra acentos em UTF-8",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["mostra"],
      async verificar() {
        const mensagem = `ação e coração ${senha()}`;
        const { servidor, programa } = conversar(papeis.eco(), mensagem);
        const dica = "codifique com mensagem.encode() e decodifique com data.decode()";
        await conferirEnvio(servidor, mensagem, dica);
        await conferirSaida(programa, mensagem, dica);
      },
    },
    {
      id: "sair",
      secao,
      nome: "“sair”, em maiúsculas ou minúsculas, e a linha vazia encerram sem enviar nada",
      nivel: "obrigatoria",
      prazo_ms: 40_000,
      depende: ["envia"],
      async verificar() {
        for (const digitado of SAIDAS) {
          const { servidor, programa } = conversar(papeis.eco(), digitado);
          const dica = 'compare com mensagem.lower() != "sair" e mensagem != ""';
          await conferirFim(programa, dica);
          if (servidor.recebido.length === 0) continue;
          throw new Falha(
            `ao digitar “${digitado}”, nada é enviado`,
            `o servidor recebeu ${descrever(servidor.recebido)}`,
            dica,
          );
        }
      },
    },
    {
      id: "fim_da_entrada",
      secao,
      nome: "termina quando a entrada acaba (Ctrl+D)",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["conecta"],
      async verificar() {
        const servidor = cena.servir(papeis.eco());
        const programa = cena.executar({ porta: servidor.porta });
        programa.fecharEntrada();
        await conferirFim(
          programa,
          "trate o fim da entrada (EOFError) como uma linha vazia",
        );
      },
    },
    {
      id: "terminal",
      secao: SECOES.comoTestar,
      nome: "conversa em um terminal: avisa que conectou, pergunta, responde e se despede",
      nivel: comTerminal ? "obrigatoria" : "recomendada",
      prazo_ms: 30_000,
      depende: ["mostra", "termina"],
      async verificar() {
        if (!comTerminal) throw new NaoExecutado("esta máquina não tem pseudoterminal");
        const servidor = cena.servir(papeis.eco());
        const programa = cena.executar({ porta: servidor.porta, terminal: true });
        await conferirSaida(
          programa,
          "Conectado ao servidor com sucesso!",
          "avise assim que a conexão estiver feita",
        );
        // A pergunta tem de aparecer antes de se digitar a resposta
        await conferirSaida(
          programa,
          "Digite sua mensagem ('sair' ou '' para fechar): ",
          "mostre a pergunta antes de ler a linha, sem esperar pelo Enter",
        );
        const mensagem = `olá, ${senha()}`;
        programa.escrever(`${mensagem}\r`);
        await conferirSaida(
          programa,
          `Servidor respondeu: ${mensagem}`,
          "mostre a resposta como no roteiro: Servidor respondeu: …",
        );
        await conferirFim(programa, "depois da resposta, feche a conexão e termine");
        conferirDespedida(programa);
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
        const mensagem = senha();
        const { programa } = conversar(papeis.eco(ESPERA_MS), mensagem);
        const dica = "espere a resposta pelo tempo que for preciso";
        await conferirSaida(programa, mensagem, dica);
      },
    },
    {
      id: "offline",
      secao,
      nome: "com o servidor fora do ar, mostra o erro e termina",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["conecta"],
      async verificar() {
        const programa = cena.executar();
        programa.fecharEntrada();
        await conferirFim(
          programa,
          "quando a conexão é recusada, mostre o erro e termine",
        );
        conferirMensagemDeErro(programa);
      },
    },
    {
      id: "offline_despedida",
      secao,
      nome: "com o servidor fora do ar, também se despede",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["offline", "termina"],
      async verificar() {
        const programa = cena.executar();
        programa.fecharEntrada();
        await conferirFim(
          programa,
          "quando a conexão é recusada, mostre o erro e termine",
        );
        conferirDespedida(programa);
      },
    },
    {
      id: "offline_codigo",
      secao,
      nome: "com o servidor fora do ar, o código de saída indica o erro",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["offline"],
      porQue: "um script só percebe a falha pelo código de saída",
      async verificar() {
        const programa = cena.executar();
        programa.fecharEntrada();
        await conferirFim(
          programa,
          "quando a conexão é recusada, mostre o erro e termine",
        );
        conferirCodigoDeErro(programa);
      },
    },
    {
      id: "nao_inventa",
      secao,
      nome: "não inventa a resposta de um servidor que encerra sem responder",
      nivel: "obrigatoria",
      prazo_ms: 15_000,
      depende: ["mostra"],
      async verificar() {
        const mensagem = senha();
        const papel = papeis.encerraSemResponder("receber");
        const { programa } = conversar(papel, mensagem);
        await conferirFim(programa, "quando o recv devolve 0 bytes, não vem mais nada");
        if (!programa.saida.includes(mensagem)) return;
        throw new Falha(
          "nenhuma resposta na tela: o servidor não respondeu",
          `na tela: “${visivel(programa.saida.trim(), 120)}”`,
          "mostre o que o recv trouxe, e não a mensagem que foi enviada",
        );
      },
    },
    {
      id: "sem_resposta",
      secao,
      nome: "avisa quando o servidor encerra sem responder",
      nivel: "recomendada",
      prazo_ms: 15_000,
      depende: ["nao_inventa"],
      porQue: "uma resposta vazia parece uma resposta; é um erro do outro lado",
      async verificar() {
        const { programa } = conversar(papeis.encerraSemResponder("receber"), senha());
        await conferirFim(programa, "quando o recv devolve 0 bytes, não vem mais nada");
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
      depende: ["mostra"],
      porQue: "o TCP não guarda onde uma mensagem acaba: um recv pode trazer só o começo",
      async verificar() {
        const mensagem = `${senha()} e ${senha()}`;
        const { programa } = conversar(papeis.ecoEmPedacos(), mensagem);
        const dica = "repita o recv até juntar tantos bytes quantos foram enviados";
        await conferirSaida(programa, mensagem, dica);
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
        const mensagem = `${"0123456789".repeat(300)} ${senha()}`;
        const { programa } = conversar(papeis.eco(), mensagem);
        const dica = "repita o recv até juntar tantos bytes quantos foram enviados";
        await conferirSaida(programa, mensagem, dica);
      },
    },
  ];
  return { cena, checagens };
}

/** @throws {Falha} o servidor recebeu outra coisa que não a mensagem. */
async function conferirEnvio(
  servidor: ReturnType<CenaCliente["servir"]>,
  mensagem: string,
  dica: string,
): Promise<void> {
  const bytes = Buffer.from(mensagem);
  await servidor.esperar((eu) => eu.recebido.length >= bytes.length, PRAZO_DO_CLIENTE_MS);
  if (servidor.recebido.equals(bytes)) return;
  throw new Falha(
    `o servidor recebe ${descrever(bytes)}`,
    `o servidor recebeu ${descrever(servidor.recebido)}`,
    dica,
  );
}

function conferirDespedida(programa: Programa): void {
  if (programa.saida.includes("Conexão encerrada.")) return;
  throw new Falha(
    "na tela, no fim: “Conexão encerrada.”",
    `na tela: “${visivel(programa.saida.trim(), 120)}”`,
    "mostre a despedida depois de fechar a conexão, com erro ou sem",
  );
}
