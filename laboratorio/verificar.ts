/**
 * Confere um servidor, um cliente ou a demonstração de threads com o que o roteiro pede.
 *
 *   bun run laboratorio/verificar.ts eco-concorrente -- python3 servidor_final.py
 *   bun run laboratorio/verificar.ts cliente-final -- bun run meu_cliente.ts
 *
 * O programa é um comando, em qualquer linguagem. Sai com 0 se todas as checagens
 * obrigatórias passaram, 1 se alguma não passou e 2 se não foi possível conferir.
 */
import { existsSync } from "node:fs";
import { ErroDeUso } from "./comando/erros.ts";
import { executarComando } from "./comando/executar.ts";
import { inteiro, lerComando, opcional, sugerir, texto } from "./comando/opcoes.ts";
import { temCores } from "./comando/terminal.ts";
import { aceitaConexao } from "./servidores/portas.ts";
import { TIPOS } from "./verificacao/catalogo.ts";
import { emJson, pintor, relatarChecagem, relatarNota } from "./verificacao/relato.ts";
import { calcularNota, codigoDeSaida, type Resultado } from "./verificacao/tipos.ts";

const COMANDO = {
  uso: "bun run laboratorio/verificar.ts",
  soltos: "TIPO",
  depois: "comando…",
  descricao:
    "Confere um programa com o que o roteiro pede. O programa recebe a porta na variável " +
    "PORT e no lugar de {porta} no comando. Sai com 0 se todas as checagens obrigatórias " +
    "passaram, 1 se alguma não passou, 2 se não foi possível conferir. " +
    `TIPO: ${Object.keys(TIPOS).join(", ")}.`,
  opcoes: {
    porta: opcional(
      inteiro(1, 65_535, {
        valor: "número",
        descricao: "a porta, se o programa tem uma fixa",
      }),
    ),
    mensagem: opcional(
      texto({
        valor: "texto",
        descricao:
          "a saudação esperada, se não é a do roteiro (tipos saudacao…): uma expressão regular",
      }),
    ),
    eco: opcional(
      texto({
        valor: "transformação",
        descricao:
          "a resposta esperada, se não é a própria mensagem (tipos eco…): maiusculas, ou um " +
          "comando que lê a mensagem na entrada e escreve a resposta na saída",
      }),
    ),
    json: opcional(
      texto({ valor: "arquivo", descricao: "grava também o resultado em JSON" }),
    ),
  },
  exemplos: [
    "bun run laboratorio/verificar.ts saudacao -- bun run servidor_sequencial.ts",
    "bun run laboratorio/verificar.ts eco-concorrente --porta 5555 -- python3 servidor.py",
    "bun run laboratorio/verificar.ts eco-concorrente --eco maiusculas -- python3 servidor.py",
    "bun run laboratorio/verificar.ts cliente-final -- bun run cliente_final.ts",
    "bun run laboratorio/verificar.ts threads -- python3 threads_demo.py",
  ],
};

async function principal(): Promise<number> {
  const { opcoes, soltos, depois } = lerComando(COMANDO);
  const { porta, mensagem, eco, json } = opcoes;
  const { nome, tipo } = lerTipo(soltos);
  const comando = lerPrograma(depois);
  if (porta !== undefined) await exigirLivre(porta, tipo.servidor);
  so(nome, "mensagem", mensagem, "saudacao");
  so(nome, "eco", eco, "eco");
  limparAmbiente();
  encerrarTudoSeInterrompido();

  const pintar = pintor(temCores());
  console.log(`Conferindo ${nome}: ${comando.join(" ")}`);
  let secao: string | undefined;
  const aoTerminar = (resultado: Resultado) => {
    console.log(relatarChecagem(resultado, secao, pintar).join("\n"));
    secao = resultado.secao;
  };
  const avisar = (aviso: string) => console.error(aviso);
  const pedido = { comando, porta, mensagem, eco, avisar, aoTerminar };
  const resultados = await tipo.conferir(pedido);

  const nota = calcularNota(resultados);
  console.log(relatarNota(nota, pintar).join("\n"));
  if (json !== undefined) await gravar(json, emJson({ tipo: nome, comando, resultados }));
  return codigoDeSaida(nota);
}

function lerTipo([nome, ...resto]: string[]) {
  const nomes = Object.keys(TIPOS);
  if (nome === undefined) {
    throw new ErroDeUso(
      `falta o TIPO, que é um destes: ${nomes.join(", ")}; veja --ajuda`,
    );
  }
  const tipo = TIPOS[nome];
  if (!tipo) {
    const sugestao = sugerirTipo(nome.toLowerCase());
    throw new ErroDeUso(
      `não existe o tipo "${nome}"${sugestao}; use ${nomes.join(", ")}`,
    );
  }
  if (resto.length > 0) {
    throw new ErroDeUso(
      `ponha -- antes do comando do programa: ${nome} -- ${resto.join(" ")}`,
    );
  }
  return { nome, tipo };
}

/** O tipo que tem este nome por dentro, como “final”, ou um nome parecido. */
function sugerirTipo(escrito: string): string {
  const doRoteiro = TIPOS_DO_ROTEIRO[escrito.replace(/\.(ts|py)$/, "")];
  return doRoteiro
    ? ` (você quis dizer ${doRoteiro.join(" ou ")}?)`
    : sugerir(escrito, Object.keys(TIPOS));
}

/** Como o roteiro chama os programas. */
const TIPOS_DO_ROTEIRO: Record<string, string[]> = {
  final: ["cliente-final", "eco-concorrente"],
  concorrente: ["saudacao-concorrente", "eco-concorrente"],
  servidor: ["saudacao", "saudacao-concorrente", "eco", "eco-concorrente"],
  servidor_sequencial: ["saudacao"],
  servidor_thread: ["saudacao-concorrente"],
  servidor_final: ["eco-concorrente"],
  sequencial: ["saudacao"],
  thread: ["saudacao-concorrente", "threads"],
  threads_demo: ["threads"],
  cliente_final: ["cliente-final"],
};

/** Uma opção que só vale para alguns tipos, e foi dada com outro, não é esquecida em silêncio. */
function so(tipo: string, opcao: string, valor: string | undefined, tipos: string): void {
  if (valor === undefined || tipo.split("-")[0] === tipos) return;
  throw new ErroDeUso(`--${opcao} só vale para ${tipos} e ${tipos}-concorrente`);
}

function lerPrograma(comando: string[]): string[] {
  const [programa] = comando;
  if (!programa) {
    throw new ErroDeUso(
      "falta o comando do programa, depois de --, como em -- python3 servidor.py",
    );
  }
  if (!Bun.which(programa) && !existsSync(programa)) {
    throw new ErroDeUso(`não encontrei o programa "${programa}"; confira o nome dele`);
  }
  return comando;
}

/** @throws {ErroDeUso} a porta já tem dono. */
async function exigirLivre(porta: number, servidor: boolean): Promise<void> {
  if (!(await aceitaConexao(porta))) return;
  const dono = servidor ? "o programa conferido" : "o servidor da conferência";
  throw new ErroDeUso(
    `a porta ${porta} já está em uso; feche o outro programa, porque ${dono} precisa dela`,
  );
}

/** O que estas variáveis mudam no programa conferido é a conferência quem decide. */
function limparAmbiente(): void {
  for (const nome of ["ATRASO_MS", "MAX_THREADS", "HOST", "PORT"])
    delete process.env[nome];
}

/** Ao sair, o verificador encerra todos os programas que iniciou. */
function encerrarTudoSeInterrompido(): void {
  for (const sinal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(sinal, () => {
      console.error("\nConferência interrompida; o programa foi encerrado.");
      process.exit(2);
    });
  }
}

async function gravar(arquivo: string, conteudo: string): Promise<void> {
  try {
    await Bun.write(arquivo, conteudo);
  } catch {
    throw new ErroDeUso(
      `não foi possível gravar ${arquivo}; confira a pasta e a permissão`,
    );
  }
}

if (import.meta.main) {
  await executarComando(principal);
  process.exit(); // uma conexão que o programa deixou pela metade não segura o verificador
}
