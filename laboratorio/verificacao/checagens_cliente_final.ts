/** O cliente do estudo dirigido: pergunta, envia, mostra o eco e se despede. */
import { CenaCliente } from "./cena_cliente.ts";
import type { OpcoesDoCliente } from "./cena_cliente.ts";
import {
  ateOFim,
  avisaSemResposta,
  conecta,
  espera,
  mostra,
  respostasInteiras,
  semServidor,
  termina,
  umaVez,
} from "./checagens_de_clientes.ts";
import type { Conversa, Roteiro } from "./checagens_de_clientes.ts";
import {
  PRAZO_DO_CLIENTE_MS,
  conferirCodigoDeErro,
  conferirFim,
  conferirMensagemDeErro,
  conferirRecebido,
  conferirSaida,
  conferirTotal,
  conferirUmaVez,
  naTela,
  senha,
} from "./confere_cliente.ts";
import { haPseudoTerminal } from "../servidores/processo.ts";
import type { Processo } from "../servidores/processo.ts";
import { SECOES } from "./secoes.ts";
import { papeis } from "./servidor_de_teste.ts";
import type { Papel, ServidorDeTeste } from "./servidor_de_teste.ts";
import { Falha, NaoExecutado } from "./tipos.ts";
import type { Checagem } from "./tipos.ts";

/** O que se digita para sair; a linha vazia também serve. */
const SAIDAS = ["sair", "SAIR", "Sair", ""];

/** O que só o strip() do roteiro torna um jeito de sair. */
const SAIDAS_COM_ESPACOS = ["  sair ", "   "];

/** Quanto esperar antes de digitar “sair” a quem não mostra nada, em ms. */
const SEM_NADA_NA_TELA_MS = 700;

export function prepararClienteFinal(opcoes: OpcoesDoCliente) {
  const comTerminal = haPseudoTerminal();
  const cena = new CenaCliente(opcoes, SECOES.clienteFinal);

  /** Inicia o programa com um servidor nosso e digita a mensagem, com Enter. */
  function conversar(papel: Papel, mensagem: string): Conversa {
    const servidor = cena.servir(papel);
    const programa = cena.executar({ porta: servidor.porta });
    programa.escrever(`${mensagem}\n`);
    return { servidor, programa };
  }

  /** Espera o fim do programa; um que conversa até “sair” é atendido. */
  async function terminar({ servidor, programa }: Conversa, texto = ""): Promise<void> {
    const enviou = (eu: ServidorDeTeste) => eu.recebido.length > 0;
    const responde =
      (await servidor.esperar(enviou, PRAZO_DO_CLIENTE_MS)) && texto !== "";
    await programa.esperar(
      (saida) => responde && saida.includes(texto),
      responde ? PRAZO_DO_CLIENTE_MS : SEM_NADA_NA_TELA_MS,
    );
    if (!(await programa.esperarFim(150))) programa.escrever("sair\n");
    await conferirFim(programa, "depois da resposta, feche a conexão e termine");
  }

  const roteiro: Roteiro = {
    comum: umaVez(() => {
      const mensagem = senha();
      return ateOFim(conversar(papeis.eco(), mensagem), mensagem, terminar);
    }),
    receber: (texto, entrega) => conversar(papeis.eco(entrega), texto),
    semServidor: umaVez(() => {
      const programa = cena.executar();
      programa.fecharEntrada();
      return programa;
    }),
    semResposta: umaVez(() =>
      ateOFim(conversar(papeis.encerraSemResponder("receber"), senha()), "", terminar),
    ),
    terminar,
    dicaDaInteira: "repita o recv até juntar tantos bytes quantos foram enviados",
  };

  /** Uma conversa em que o servidor responde outra coisa, do mesmo tamanho. */
  const trocada = umaVez(() => {
    const [digitado, texto] = [senha(), senha()];
    const conversa = conversar(papeis.responde(texto), digitado);
    return { digitado, ...ateOFim(conversa, texto, terminar) };
  });

  const checagens: Checagem<CenaCliente>[] = [
    conecta(roteiro),
    {
      id: "envia",
      nome: "envia ao servidor a mensagem digitada",
      depende: ["conecta"],
      async verificar() {
        const { servidor, texto } = roteiro.comum();
        await conferirEnvio(
          servidor,
          texto,
          "envie-a assim que for digitada, com sendall",
        );
      },
    },
    mostra(roteiro, ["envia"]),
    termina(roteiro, "despede-se e termina, com o código de saída 0", conferirDespedida),
    {
      id: "so_a_mensagem",
      nome: "envia só a mensagem, e por uma conexão só",
      depende: ["termina"],
      async verificar() {
        const { servidor, texto } = roteiro.comum();
        const dica = "um sendall, com a mensagem e mais nada: nem o Enter, nem “sair”";
        await conferirTotal(servidor, texto, dica);
      },
    },
    {
      id: "acentos",
      nome: "envia e mostra acentos em UTF-8",
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
      nome: "“sair”, em maiúsculas ou minúsculas, e a linha vazia encerram sem enviar nada",
      prazo_ms: 40_000,
      depende: ["so_a_mensagem"],
      async verificar() {
        const dica = 'compare com mensagem.lower() != "sair" e mensagem != ""';
        for (const digitado of SAIDAS) await conferirSaidaMuda(digitado, dica);
      },
    },
    {
      id: "strip",
      nome: "tira os espaços das pontas do que foi digitado, como o strip() do roteiro",
      depende: ["so_a_mensagem", "sair"],
      async verificar() {
        const dica = "tire os espaços antes de comparar e de enviar: input(…).strip()";
        const mensagem = `${senha()} com ${senha()}`;
        const conversa = conversar(papeis.eco(), `  ${mensagem} \t`);
        await terminar(conversa, mensagem);
        await conferirTotal(conversa.servidor, mensagem, dica);
        for (const digitado of SAIDAS_COM_ESPACOS)
          await conferirSaidaMuda(digitado, dica);
      },
    },
    {
      id: "fim_da_entrada",
      nome: "termina quando a entrada acaba (Ctrl+D)",
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
        if (!(await programa.esperarFim(150))) programa.escrever("sair\r");
        await conferirFim(programa, "depois da resposta, feche a conexão e termine");
        conferirDespedida(programa);
      },
    },
    espera(roteiro),
    semServidor(
      roteiro,
      {
        id: "offline",
        nome: "com o servidor fora do ar, mostra o erro e termina",
        depende: ["conecta"],
      },
      conferirMensagemDeErro,
    ),
    semServidor(
      roteiro,
      {
        id: "offline_despedida",
        nome: "com o servidor fora do ar, também se despede",
        depende: ["offline", "termina"],
      },
      conferirDespedida,
    ),
    semServidor(
      roteiro,
      {
        id: "offline_codigo",
        nome: "com o servidor fora do ar, o código de saída indica o erro",
        nivel: "recomendada",
        depende: ["offline"],
        porQue: "um script só percebe a falha pelo código de saída",
      },
      conferirCodigoDeErro,
    ),
    {
      id: "nao_inventa",
      nome: "mostra o que veio do servidor, e não o que foi digitado",
      depende: ["so_a_mensagem"],
      async verificar() {
        const { digitado, programa, texto, fim } = trocada();
        const dica = "mostre o que o recv trouxe, e não a mensagem que foi enviada";
        await conferirSaida(programa, texto, dica);
        await fim;

        const calado = roteiro.semResposta();
        await calado.fim;
        // Quem mostra o que vai enviar mostra nos dois casos, e não como resposta
        const enviado = `${calado.servidor.recebido}`;
        const vezes = (trecho: string, { saida }: Processo) =>
          saida.split(trecho).length - 1;
        const inventa =
          calado.programa.saida.includes(`Servidor respondeu: ${enviado}`) ||
          vezes(enviado, calado.programa) > vezes(digitado, programa);
        if (enviado === "" || !inventa) return;
        throw new Falha(
          "nenhuma resposta na tela: o servidor não respondeu",
          naTela(calado.programa),
          dica,
        );
      },
    },
    {
      id: "uma_vez",
      nome: "mostra a resposta uma vez só",
      depende: ["nao_inventa"],
      async verificar() {
        const { programa, texto } = trocada();
        conferirUmaVez(programa, texto);
      },
    },
    avisaSemResposta(roteiro, { id: "sem_resposta", depende: ["nao_inventa"] }),
    ...respostasInteiras(roteiro),
  ];
  return { cena, checagens };

  /** Ao digitar isto, o programa termina sem enviar nada. */
  async function conferirSaidaMuda(digitado: string, dica: string): Promise<void> {
    const { servidor, programa } = conversar(papeis.eco(), digitado);
    await conferirFim(programa, dica);
    await conferirTotal(servidor, "", `${dica}; foi digitado “${digitado}”`);
  }
}

/** @throws {Falha} o que o servidor recebeu não começa pela mensagem; o resto se vê depois. */
async function conferirEnvio(
  servidor: ServidorDeTeste,
  mensagem: string,
  dica: string,
): Promise<void> {
  const bytes = Buffer.from(mensagem);
  const chegou = ({ recebido }: ServidorDeTeste) => recebido.length >= bytes.length;
  await servidor.esperar(chegou, PRAZO_DO_CLIENTE_MS);
  const { recebido } = servidor;
  if (recebido.indexOf(bytes) !== 0) conferirRecebido(servidor, mensagem, dica);
}

/** @throws {Falha} o programa não se despediu. */
function conferirDespedida(programa: Processo): void {
  if (programa.saida.includes("Conexão encerrada.")) return;
  throw new Falha(
    "na tela, no fim: “Conexão encerrada.”",
    naTela(programa),
    "mostre a despedida depois de fechar a conexão, com erro ou sem",
  );
}
