/**
 * Mede quanto um ou mais servidores aguentam, lado a lado; com `--duracao`, submete-os a uma
 * prova de resistência. Um servidor é um comando que abre uma porta, em qualquer linguagem.
 *
 *   bun run laboratorio/carga.ts --ajuda
 */
import { descreverAmbiente } from "./ambiente.ts";
import { executarComando } from "./argumentos.ts";
import { descrever } from "./carga/casos.ts";
import { Gerador } from "./carga/controle.ts";
import { Elenco } from "./carga/elenco.ts";
import { lerOpcoes, type OpcoesDaCarga } from "./carga/opcoes.ts";
import { planilhaDasAmostras, planilhaDosInstantes } from "./carga/planilha.ts";
import { escrever, relatarResistencia, relatarVelocidade } from "./carga/relatorio.ts";
import { exigencias, provar, type Resistencia } from "./carga/resistencia.ts";
import { quantosErros } from "./carga/resumo.ts";
import {
  conhecer,
  type Conhecido,
  familias,
  medirPasso,
  planejar,
  referencia,
} from "./carga/rodadas.ts";
import type { DadosDaCarga } from "./carga/tipos.ts";
import { prepararPasta } from "./exportar.ts";
import { numero } from "./formato.ts";
import { aoInterromper } from "./interrupcao.ts";
import { acompanhar } from "./terminal.ts";

/** O que os passos compartilham. */
interface Bancada {
  opcoes: OpcoesDaCarga;
  servidores: Conhecido[];
  elenco: Elenco;
  gerador: Gerador;
  interrupcao: AbortSignal;
}

/**
 * Os passos: descobrir o que cada servidor faz, medir, e mostrar o que se mediu.
 *
 * @returns 0 se tudo saiu certo, 1 se houve respostas erradas ou exigências não cumpridas.
 */
async function principal(): Promise<number> {
  const opcoes = lerOpcoes();
  const interrupcao = aoInterromper();
  prepararPasta(opcoes.saida);
  await using elenco = new Elenco(interrupcao);
  await using gerador = new Gerador();
  const servidores = await conhecer(elenco, opcoes.servidores, opcoes.tipo);
  const bancada = { opcoes, servidores, elenco, gerador, interrupcao };
  if (opcoes.resistencia_ms === null) return await medirVelocidade(bancada);
  return await provarResistencia(bancada, opcoes.resistencia_ms);
}

/** A velocidade: todos os servidores em todos os casos, em várias rodadas. */
async function medirVelocidade(bancada: Bancada): Promise<number> {
  const { opcoes, servidores, elenco, gerador, interrupcao } = bancada;
  const dados: DadosDaCarga = { ...cabecalho(bancada), amostras: [], alcance: [] };
  // Com eles se mede o servidor mais simples possível: é até onde o gerador vai
  const simples = await conhecer(elenco, familias(servidores).map(referencia));
  const plano = planejar([...servidores, ...simples], opcoes.clientes, opcoes.rodadas);
  const progresso = acompanhar(plano.length);
  try {
    for (const [feitos, passo] of plano.entries()) {
      const { servidor, caso, rodada } = passo;
      progresso.avancar(
        feitos,
        `rodada ${rodada} de ${opcoes.rodadas}: ${servidor.pedido.nome}, ${descrever(caso)}`,
      );
      const destino = simples.includes(servidor) ? dados.alcance : dados.amostras;
      destino.push(await medirPasso(passo, opcoes.duracao, elenco, gerador, interrupcao));
    }
    progresso.avancar(plano.length, "pronto");
  } finally {
    progresso.encerrar();
    if (dados.amostras.length > 0)
      await escrever(opcoes.saida, relatarVelocidade(dados), [
        ["dados.csv", planilhaDasAmostras(dados.amostras)],
        ["dados.json", `${JSON.stringify(dados, null, 1)}\n`],
      ]);
  }
  return dados.amostras.every(({ medicao }) => quantosErros(medicao.erros) === 0) ? 0 : 1;
}

/** A prova de resistência: um servidor de cada vez, por muito tempo. */
async function provarResistencia(bancada: Bancada, duracao_ms: number): Promise<number> {
  const { opcoes, servidores, elenco, gerador, interrupcao } = bancada;
  const [clientes = 100] = opcoes.clientes;
  const provas: Resistencia[] = [];
  const progresso = acompanhar(duracao_ms * servidores.length);
  try {
    for (const { pedido, descoberta } of servidores) {
      const feito_ms = duracao_ms * provas.length;
      const avancar = (passado_ms: number) =>
        progresso.avancar(
          feito_ms + Math.min(passado_ms, duracao_ms),
          `${pedido.nome}: ${numero(passado_ms / 1000)} s de ${numero(duracao_ms / 1000)} s`,
        );
      avancar(0);
      provas.push(
        await elenco.usar(pedido, (servidor) =>
          provar(
            gerador,
            servidor,
            descoberta,
            { clientes, duracao_ms },
            avancar,
            interrupcao,
          ),
        ),
      );
    }
  } finally {
    progresso.encerrar();
    if (provas.length > 0) {
      const comum = cabecalho(bancada);
      await escrever(opcoes.saida, relatarResistencia(comum, provas), [
        ["dados.csv", planilhaDosInstantes(provas)],
        ["dados.json", `${JSON.stringify({ ...comum, provas }, null, 1)}\n`],
      ]);
    }
  }
  const cumpriram = provas.flatMap(exigencias).every(({ passou }) => passou !== false);
  return cumpriram ? 0 : 1;
}

/** O que todo dados.json diz de como se mediu. */
function cabecalho({ opcoes, servidores }: Bancada) {
  const { rodadas, clientes, duracao, resistencia_ms, tipo, modelos } = opcoes;
  return {
    versao: 1,
    experimento: "carga",
    ambiente: descreverAmbiente(),
    opcoes: { rodadas, clientes, duracao, resistencia_ms, modelos, tipo: tipo ?? null },
    servidores: servidores.map(({ pedido, descoberta }) => ({
      nome: pedido.nome,
      comando: pedido.partes.join(" ").replace(process.execPath, "bun"),
      familia: descoberta.familia,
      saudacao: descoberta.saudacao.toString("utf8"),
    })),
  } as const;
}

if (import.meta.main) await executarComando(principal);
