/**
 * A turma vê a fila acontecer, em uma página feita para o projetor: clientes de verdade
 * contra os servidores de verdade, e os dos alunos também.
 *
 *   bun run laboratorio/painel.ts --ajuda
 */
import { networkInterfaces } from "node:os";
import { executarComando } from "./comando/executar.ts";
import { inteiro, lerComando, ligar, opcional, textos } from "./comando/opcoes.ts";
import { numero } from "./relatorio/formato.ts";
import { aoInterromper } from "./comando/interrupcao.ts";
import { localizar } from "./servidores/pedidos.ts";
import { AoVivo } from "./painel/ao_vivo.ts";
import { Aula } from "./painel/aula.ts";
import { lerComandoDaPagina } from "./painel/comandos.ts";
import { medirCusto } from "./painel/custo.ts";
import { estadoInicial } from "./painel/estado.ts";
import type { Evento } from "./painel/eventos.ts";
import { Mural } from "./painel/mural.ts";
import { abrirNavegador } from "./painel/navegador.ts";
import { ofertar, reunirServidores } from "./painel/ofertas.ts";
import { Servico } from "./painel/servico.ts";
import { ErroDeUso } from "./comando/erros.ts";

const COMANDO = {
  uso: "bun run laboratorio/painel.ts",
  descricao:
    "Abre uma página que mostra, ao vivo, quem espera e quem é atendido: uma corrida de clientes contra cada servidor, e um servidor da aula a que os alunos se conectam.",
  opcoes: {
    porta: inteiro(0, 65535, {
      valor: "n",
      descricao: "a porta a que os alunos se conectam, ao vivo; 0 é uma livre",
      padrao: "8000",
    }),
    pagina: opcional(
      inteiro(0, 65535, {
        valor: "n",
        descricao:
          "a porta da página; 0 é uma livre; sem isto, 8088, ou uma livre se ela estiver ocupada",
      }),
    ),
    turma: ligar({
      descricao: "deixa outras máquinas abrirem a página e verem, sem controlar",
    }),
    servidor: textos({
      valor: "nome",
      descricao:
        "um servidor deste projeto (sequencial, thread, eventos, posix ou final) ou o seu, como nome=comando; a porta vai em PORT e em {porta}, e nome=comando@8001 é para um programa de porta fixa; sem isto, sequencial e thread na corrida, thread ao vivo",
    }),
    alvo: textos({
      valor: "host:porta",
      descricao: "um servidor que já está rodando; só ao vivo",
    }),
    "sem-navegador": ligar({
      descricao: "não abre o navegador: só escreve o endereço",
    }),
  },
  exemplos: [
    "bun run laboratorio/painel.ts",
    "bun run laboratorio/painel.ts --turma",
    'bun run laboratorio/painel.ts --servidor "meu=python3 servidor.py" --servidor thread',
    "bun run laboratorio/painel.ts --alvo 192.168.0.10:8000",
  ],
};

/** A porta da página, quando ninguém escolhe outra. */
const PAGINA = 8088;

/** Os passos: o mural, a corrida, a página e o relé, com um servidor atrás. */
async function principal(): Promise<void> {
  const { opcoes } = lerComando(COMANDO);
  const { porta, turma } = opcoes;
  const servidores = reunirServidores(opcoes.servidor, opcoes.alvo);
  for (const pedido of servidores.todos) {
    if (pedido.alvo) pedido.alvo = await localizar(pedido.alvo);
    if (pedido.porta && pedido.porta === porta)
      throw new ErroDeUso(
        `o servidor "${pedido.nome}" usa a porta ${porta}, e é nela que os alunos se conectam; escolha outra para eles com --porta`,
      );
  }
  const interrupcao = aoInterromper();
  const ofertas = servidores.todos.map(ofertar);
  const enderecos = enderecosDaMaquina();
  const pedido = {
    servidores: servidores.naCorrida,
    clientes: 10,
    atraso_ms: 500,
    previsoes: {},
  };
  const acharPedido = (nome: string) => {
    const achado = servidores.todos.find((cada) => cada.nome === nome);
    if (!achado) throw new ErroDeUso(`não conheço o servidor "${nome}"`);
    return achado;
  };

  // Tudo o que acontece passa pelo mural, que o leva às páginas
  const inicial = estadoInicial({ ofertas, enderecos, turma, pedido }, porta);
  using mural = new Mural(inicial, (lote, estado) => servico.publicar(lote, estado));
  const contar = (evento: Evento) => {
    mural.contar(evento);
    const problema = problemaDe(evento);
    if (problema !== null && !interrupcao.aborted) console.error(`Aviso: ${problema}`);
  };

  // A corrida: os servidores de uma ficam no ar para a próxima
  await using aula = new Aula(mural, contar, interrupcao, (porta) =>
    aoVivo.liberar(porta),
  );

  // A página: quem tem a chave controla
  const opcoesDaPagina = {
    turma,
    enderecos,
    estado: () => {
      mural.descarregar();
      return mural.estado;
    },
    aoPedir: (texto: string) => {
      const comando = lerComandoDaPagina(texto, ofertas);
      if (comando.comando === "pedir") {
        const { pedido } = comando;
        mural.contar({ tipo: "pediu", em_ms: performance.now(), pedido });
      } else if (comando.comando === "disparar") {
        aula.disparar(acharPedido);
      } else if (comando.comando === "interromper") {
        aula.interromper();
      } else {
        void aoVivo.trocar(acharPedido(comando.servidor), comando.atraso_ms);
      }
    },
    arquivos: aula.arquivos,
  };
  await using servico = abrirPagina(opcoesDaPagina, opcoes.pagina);

  // Ao vivo: o relé na porta do roteiro, com um servidor atrás
  const custo_ms = await medirCusto();
  await using aoVivo = new AoVivo({
    host: "0.0.0.0",
    porta,
    contar,
    interrupcao,
    custo_ms,
  });
  mural.antesDoLote = () => aoVivo.contarTrafego();
  if (aoVivo.rele) void aoVivo.trocar(acharPedido(servidores.primeiro), 500);

  console.log(`Painel: ${servico.endereco}`);
  if (turma)
    for (const endereco of enderecos)
      console.log(`Para a turma ver: http://${endereco}:${servico.porta}/`);
  console.log(
    aoVivo.rele
      ? `Ao vivo: os alunos se conectam à porta ${aoVivo.rele.porta} (o relé soma ${numero(custo_ms, 2)} ms)`
      : `Ao vivo: ${aoVivo.problema}; a corrida funciona assim mesmo`,
  );
  console.log("Ctrl+C encerra o painel e tudo o que ele iniciou.");
  if (!opcoes["sem-navegador"]) abrirNavegador(servico.endereco);

  await new Promise<void>((encerrar) => {
    if (interrupcao.aborted) return encerrar();
    interrupcao.addEventListener("abort", () => encerrar());
  });
  console.log("\nPainel encerrado pelo usuário.");
}

/** O que um evento diz que deu errado com um servidor, para o terminal; null se nada. */
function problemaDe(evento: Evento): string | null {
  if (evento.tipo === "servidor") return evento.problema ?? null;
  if (evento.tipo === "terminou" && !evento.valeu) return evento.frase;
  return null;
}

/** Abre a página na porta pedida; a que ninguém escolheu, se ocupada, vira uma livre. */
function abrirPagina(
  opcoes: Omit<ConstructorParameters<typeof Servico>[0], "porta">,
  escolhida?: number,
): Servico {
  try {
    return new Servico({ ...opcoes, porta: escolhida ?? PAGINA });
  } catch (erro) {
    if (escolhida !== undefined) throw erro;
    return new Servico({ ...opcoes, porta: 0 });
  }
}

/** Os endereços IPv4 pelos quais outra máquina alcança esta. */
function enderecosDaMaquina(): string[] {
  return Object.values(networkInterfaces()).flatMap((placas = []) =>
    placas
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address),
  );
}

if (import.meta.main) await executarComando(principal);
