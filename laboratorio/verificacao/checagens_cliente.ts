/** O cliente do tutorial: conecta, recebe a saudação, mostra e termina. */
import { CenaCliente } from "./cena_cliente.ts";
import type { OpcoesDoCliente } from "./cena_cliente.ts";
import {
  avisaSemResposta,
  conecta,
  espera,
  mostra,
  respostasInteiras,
  semServidor,
  termina,
} from "./checagens_de_clientes.ts";
import type { Roteiro } from "./checagens_de_clientes.ts";
import {
  conferirCodigoDeErro,
  conferirFim,
  conferirMensagemDeErro,
  conferirSaida,
  conferirTotal,
  conferirUmaVez,
  senha,
} from "./confere_cliente.ts";
import { SECOES } from "./secoes.ts";
import { papeis } from "./servidor_de_teste.ts";
import type { Papel } from "./servidor_de_teste.ts";
import type { Checagem } from "./tipos.ts";

export function prepararCliente(opcoes: OpcoesDoCliente) {
  const cena = new CenaCliente(opcoes, SECOES.cliente);

  function conversar(papel: Papel) {
    const servidor = cena.servir(papel);
    return { servidor, programa: cena.executar({ porta: servidor.porta }) };
  }
  const roteiro: Roteiro = {
    receber: (texto, entrega) => conversar(papeis.saudacao(texto, entrega)),
    semServidor: () => cena.executar(),
    semResposta: () => conversar(papeis.encerraSemResponder("conectar")),
    terminar: ({ programa }) =>
      conferirFim(programa, "mostre a resposta, feche a conexão e termine"),
    dicaDaInteira: "repita o recv até ele devolver 0 bytes",
  };

  const checagens: Checagem<CenaCliente>[] = [
    conecta(roteiro),
    mostra(roteiro, ["conecta"]),
    termina(roteiro, "termina sozinho, com o código de saída 0"),
    {
      id: "uma_vez",
      nome: "mostra a resposta uma vez só",
      depende: ["termina"],
      async verificar() {
        const texto = senha();
        const { programa } = roteiro.receber(texto);
        await conferirSaida(programa, texto);
        await programa.esperarFim(1_000);
        conferirUmaVez(programa, texto);
      },
    },
    {
      id: "uma_conexao",
      nome: "abre uma conexão só, e não envia nada",
      depende: ["termina"],
      async verificar() {
        // A saudação demora: o que o cliente envia antes dela também se vê
        const conversa = roteiro.receber(senha(), { atraso_ms: 150 });
        await roteiro.terminar(conversa);
        const dica =
          "este servidor responde a quem se conecta: não é preciso enviar nada";
        await conferirTotal(conversa.servidor, "", dica);
      },
    },
    {
      id: "acentos",
      nome: "mostra os acentos da resposta",
      depende: ["mostra"],
      async verificar() {
        const texto = `Olá! ${senha()}: ação, coração e três maçãs.`;
        const dica = 'decodifique com resposta.decode("utf-8")';
        await conferirSaida(roteiro.receber(texto).programa, texto, dica);
      },
    },
    espera(roteiro),
    semServidor(
      roteiro,
      {
        id: "offline",
        nome: "com o servidor fora do ar, termina com um código de erro",
        depende: ["conecta"],
      },
      conferirCodigoDeErro,
    ),
    semServidor(
      roteiro,
      {
        id: "offline_mensagem",
        nome: "com o servidor fora do ar, mostra uma mensagem, e não um rastro de pilha",
        nivel: "recomendada",
        depende: ["offline"],
        porQue: "quem usa o programa precisa saber que falta iniciar o servidor",
      },
      conferirMensagemDeErro,
    ),
    {
      id: "sem_resposta",
      nome: "termina quando o servidor encerra sem responder",
      depende: ["conecta"],
      async verificar() {
        const { programa } = roteiro.semResposta();
        await conferirFim(programa, "quando o recv devolve 0 bytes, não vem mais nada");
      },
    },
    avisaSemResposta(roteiro, { id: "sem_resposta_mensagem", depende: ["sem_resposta"] }),
    ...respostasInteiras(roteiro),
  ];
  return { cena, checagens };
}
