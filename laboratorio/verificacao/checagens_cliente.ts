/** O cliente do tutorial: conecta, recebe a saudação, mostra e termina. */
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

const COM_ACENTOS = "Olá! Ação, coração e três maçãs:";

export function prepararCliente(opcoes: OpcoesDoCliente) {
  const cena = new CenaCliente(opcoes, SECOES.cliente);

  function conversar(papel: Papel) {
    const servidor = cena.servir(papel);
    return { servidor, programa: cena.executar({ porta: servidor.porta }) };
  }
  const terminar: Roteiro["terminar"] = ({ programa }) =>
    conferirFim(programa, "mostre a resposta, feche a conexão e termine");
  const roteiro: Roteiro = {
    // A saudação demora um pouco: o que o cliente envia antes dela também se vê
    comum: umaVez(() => {
      const texto = `${COM_ACENTOS} ${senha()}`;
      const conversa = conversar(papeis.saudacao(texto, { atraso_ms: 100 }));
      return ateOFim(conversa, texto, terminar);
    }),
    receber: (texto, entrega) => conversar(papeis.saudacao(texto, entrega)),
    semServidor: umaVez(() => cena.executar()),
    semResposta: umaVez(() =>
      ateOFim(conversar(papeis.encerraSemResponder("conectar")), "", ({ programa }) =>
        conferirFim(programa, "quando o recv devolve 0 bytes, não vem mais nada"),
      ),
    ),
    terminar,
    dicaDaInteira: "repita o recv até ele devolver 0 bytes",
  };
  /** O fim da resposta, que é só dela e não tem acentos. */
  const senhaDe = (texto: string) => texto.slice(COM_ACENTOS.length + 1);

  const checagens: Checagem<CenaCliente>[] = [
    conecta(roteiro),
    mostra(roteiro, ["conecta"], senhaDe),
    termina(roteiro, "termina sozinho, com o código de saída 0"),
    {
      id: "uma_vez",
      nome: "mostra a resposta uma vez só",
      depende: ["termina"],
      async verificar() {
        const { programa, texto } = roteiro.comum();
        conferirUmaVez(programa, senhaDe(texto));
      },
    },
    {
      id: "uma_conexao",
      nome: "abre uma conexão só, e não envia nada",
      depende: ["termina"],
      async verificar() {
        const dica =
          "este servidor responde a quem se conecta: não é preciso enviar nada";
        await conferirTotal(roteiro.comum().servidor, "", dica);
      },
    },
    {
      id: "acentos",
      nome: "mostra os acentos da resposta",
      depende: ["mostra"],
      async verificar() {
        const { programa, texto } = roteiro.comum();
        await conferirSaida(programa, texto, 'decodifique com resposta.decode("utf-8")');
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
        await roteiro.semResposta().fim;
      },
    },
    avisaSemResposta(roteiro, { id: "sem_resposta_mensagem", depende: ["sem_resposta"] }),
    ...respostasInteiras(roteiro),
  ];
  return { cena, checagens };
}
