/** Executa as checagens em ordem, cada uma com o seu prazo, e diz como cada uma terminou. */
import { ErroDeUso } from "../comando/erros.ts";
import { cumprida } from "../servidores/aguardar.ts";
import {
  type Cena,
  type Checagem,
  type Estado,
  Falha,
  NaoExecutado,
  PRAZO_MS,
  type Resultado,
  TextoDiferente,
} from "./tipos.ts";

/** Quantas linhas do programa acompanham uma falha. */
const LINHAS_MOSTRADAS = 5;

/**
 * @param aoTerminar chamada depois de cada checagem, para quem mostra o andamento.
 * @throws o que não for `Falha`, `NaoExecutado` ou `ErroDeUso`: é defeito do verificador.
 */
export async function executarChecagens<C extends Cena>(
  checagens: Checagem<C>[],
  cena: C,
  aoTerminar: (resultado: Resultado) => void = () => {},
): Promise<Resultado[]> {
  const resultados: Resultado[] = [];
  for (const checagem of checagens) {
    const falta = faltante(checagem, checagens, resultados);
    const resultado = falta
      ? descrever(checagem, cena, "nao_executado", 0, { motivo: `depende de “${falta}”` })
      : await executarUma(checagem, cena);
    resultados.push(resultado);
    aoTerminar(resultado);
  }
  return resultados;
}

/** O nome da primeira checagem, das que esta pede, que não passou. */
function faltante<C extends Cena>(
  checagem: Checagem<C>,
  todas: Checagem<C>[],
  resultados: Resultado[],
): string | undefined {
  const satisfeitas = new Set(
    resultados
      .filter(({ estado, outroTexto }) => estado === "passou" || outroTexto)
      .map(({ id }) => id),
  );
  const falta = checagem.depende?.find((id) => !satisfeitas.has(id));
  return falta && (todas.find(({ id }) => id === falta)?.nome ?? falta);
}

async function executarUma<C extends Cena>(
  checagem: Checagem<C>,
  cena: C,
): Promise<Resultado> {
  let inicio = performance.now();
  let estado: Estado = "passou";
  let detalhes: Partial<Resultado> = {};
  try {
    if (!checagem.semPreparo) await cena.antes();
    inicio = performance.now();
    await comPrazo(checagem.verificar(cena), checagem.prazo_ms ?? PRAZO_MS);
  } catch (erro) {
    if (erro instanceof NaoExecutado) {
      estado = "nao_executado";
      detalhes = { motivo: erro.message };
    } else {
      estado = "falhou";
      const { esperado, recebido, dica } = comoFalha(erro);
      const ultimasLinhas = cena.ultimasLinhas().slice(-LINHAS_MOSTRADAS);
      detalhes = { esperado, recebido, dica, ultimasLinhas };
      if (erro instanceof TextoDiferente) detalhes.outroTexto = true;
    }
    detalhes.porQue = checagem.porQue;
  }
  const duracao_ms = performance.now() - inicio;
  // Quem só diz outro texto continua em uso
  await cena.depois(detalhes.outroTexto ? "passou" : estado);
  return descrever(checagem, cena, estado, duracao_ms, detalhes);
}

function comoFalha(erro: unknown): Falha {
  if (erro instanceof Falha) return erro;
  if (erro instanceof ErroDeUso) {
    const [motivo = ""] = erro.message.split("\n");
    return new Falha(
      "o programa continua funcionando",
      motivo.replace(/; as últimas linhas dele:$/, ""),
      "leia as últimas linhas do programa: elas dizem por que ele parou",
    );
  }
  throw erro;
}

function descrever<C extends Cena>(
  { id, secao, nome, nivel = "obrigatoria" }: Checagem<C>,
  cena: C,
  estado: Estado,
  duracao_ms: number,
  detalhes: Partial<Resultado>,
): Resultado {
  return { id, secao: secao ?? cena.secao, nome, nivel, estado, duracao_ms, ...detalhes };
}

async function comPrazo(trabalho: Promise<void>, prazo_ms: number): Promise<void> {
  trabalho.catch(() => {}); // depois do prazo, o que ela disser já não interessa
  if (await cumprida(trabalho, prazo_ms)) return;
  const prazo = `${(prazo_ms / 1000).toLocaleString("pt-BR")} s`;
  throw new Falha(
    `terminar em até ${prazo}`,
    `nada até ${prazo}`,
    "procure um laço sem fim ou uma espera por algo que não vem",
  );
}
