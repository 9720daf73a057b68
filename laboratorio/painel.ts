/**
 * A turma vê a fila acontecer, em uma página feita para o projetor: clientes de verdade
 * contra os servidores de verdade, e os dos alunos também.
 *
 *   bun run laboratorio/painel.ts --ajuda
 */
import { once } from "node:events";
import { executarComando } from "./comando/executar.ts";
import { inteiro, lerComando, ligar, opcional, textos } from "./comando/opcoes.ts";
import { numero } from "./relatorio/formato.ts";
import { aoInterromper } from "./comando/interrupcao.ts";
import { AoVivo } from "./painel/ao_vivo.ts";
import { Aula } from "./painel/aula.ts";
import { lerComandoDaPagina } from "./painel/comandos.ts";
import { medirCusto } from "./painel/custo.ts";
import { estadoInicial } from "./painel/estado.ts";
import type { Evento } from "./painel/eventos.ts";
import { Mural } from "./painel/mural.ts";
import { abrirNavegador, enderecosDaMaquina } from "./painel/navegador.ts";
import { conferirEnderecos, reunirServidores } from "./painel/ofertas.ts";
import { Servico } from "./painel/servico.ts";

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

/** O tempo de atendimento com que a aula começa, em ms. */
const ATRASO_MS = 500;

/** Os passos: os servidores, o mural, o ao vivo, a corrida, a página, e a aula até o Ctrl+C. */
async function principal(): Promise<void> {
  const { opcoes } = lerComando(COMANDO);
  const { porta, turma } = opcoes;
  const interrupcao = aoInterromper();

  // Os servidores da aula; a página só pode escolher entre eles
  const servidores = reunirServidores(opcoes.servidor, opcoes.alvo);
  await conferirEnderecos(servidores.todos, porta);
  const { ofertas, achar } = servidores;

  // O mural: tudo o que acontece passa por ele, que refaz o estado e o leva às páginas
  const enderecos = enderecosDaMaquina();
  const pedido = {
    servidores: servidores.naCorrida,
    clientes: 10,
    atraso_ms: ATRASO_MS,
    previsoes: {},
  };
  const inicial = estadoInicial({ ofertas, enderecos, turma, pedido }, porta);
  using mural = new Mural(inicial, (lote, estado) => servico.publicar(lote, estado));
  const contar = (evento: Evento) => {
    mural.contar(evento);
    const problema = problemaDe(evento);
    if (problema !== null && !interrupcao.aborted) console.error(`Aviso: ${problema}`);
  };

  // Ao vivo: o relé na porta do roteiro, com um servidor atrás
  const custo_ms = await medirCusto();
  const opcoesDoAoVivo = { host: "0.0.0.0", porta, contar, interrupcao, custo_ms };
  await using aoVivo = new AoVivo(opcoesDoAoVivo);
  mural.antesDoLote = () => aoVivo.contarTrafego();

  // A corrida: os servidores de uma ficam no ar para a próxima
  await using aula = new Aula(mural, contar, interrupcao, (presa) =>
    aoVivo.liberar(presa),
  );

  // A página: quem tem a chave controla
  await using servico = Servico.abrir(opcoes.pagina, {
    turma,
    enderecos,
    estado: () => mural.agora(),
    aoPedir: (texto) => {
      const comando = lerComandoDaPagina(texto, ofertas);
      switch (comando.comando) {
        case "pedir":
          return contar({ tipo: "pediu", em_ms: performance.now(), ...comando });
        case "disparar":
          return aula.disparar(achar);
        case "interromper":
          return aula.interromper();
        case "trocar":
          return void aoVivo.trocar(achar(comando.servidor), comando.atraso_ms);
      }
    },
    arquivos: aula.arquivos,
  });

  // A aula, até o Ctrl+C
  if (aoVivo.rele) void aoVivo.trocar(achar(servidores.primeiro), ATRASO_MS);
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
  await interrompida(interrupcao);
  console.log("\nPainel encerrado pelo usuário.");
}

/** O que um evento diz que deu errado com um servidor, para o terminal; null se nada. */
function problemaDe(evento: Evento): string | null {
  if (evento.tipo === "servidor") return evento.problema ?? null;
  if (evento.tipo === "terminou" && !evento.valeu) return evento.frase;
  return null;
}

/** Cumprida quando alguém interrompe o painel. */
async function interrompida(interrupcao: AbortSignal): Promise<void> {
  if (!interrupcao.aborted) await once(interrupcao, "abort");
}

if (import.meta.main) await executarComando(principal);
