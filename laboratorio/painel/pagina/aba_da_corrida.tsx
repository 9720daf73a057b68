/** A corrida: a turma prevê, o professor dispara, e cada cliente é uma faixa. */
import { scaleLinear } from "d3-scale";
import { dataHora, exato, ms, numero, quantos } from "../../relatorio/formato.ts";
import {
  ATRASO_MAXIMO_MS,
  CLIENTES_MAXIMOS,
  type Comando,
  PREVISAO_MAXIMA_MS,
} from "../comandos.ts";
import type { Corrida, CorridaFeita, Estado, Faixa, Pista } from "../estado.ts";
import type { Oferta, Pedido } from "../eventos.ts";
import type { Ligacao } from "./ligacao.ts";
import { Barras, Chave, cor, memo, Numero, Problema, situacao } from "./pecas.tsx";

interface Propriedades {
  estado: Estado;
  controla: boolean;
  ligacao: Ligacao;
}

export function AbaDaCorrida({ estado, controla, ligacao }: Propriedades) {
  const { corrida, preparando, pedido, ofertas } = estado;
  const correndo = corrida !== null && corrida.fim_ms === null;
  const mostrada = preparando ? null : corrida;
  const pedir = (mudanca: Partial<Pedido>) =>
    ligacao.pedir({ comando: "pedir", pedido: { ...pedido, ...mudanca } });
  const preve = pedido.servidores.every((nome) => pedido.previsoes[nome] != null);
  const agora_ms = mostrada?.fim_ms ?? ligacao.agora();
  const borda_ms = mostrada ? bordaDireita(mostrada, agora_ms) : 0;
  const [oQueFazer, comando]: [string, Comando] = correndo
    ? ["Parar", { comando: "interromper" }]
    : mostrada
      ? ["Nova corrida", { comando: "pedir", pedido: { ...pedido, previsoes: {} } }]
      : ["Disparar", { comando: "disparar" }];
  return (
    <main class="corrida">
      <section class="comandos" aria-label="A corrida">
        <fieldset disabled={!controla || correndo}>
          <legend class="leitor">Servidores</legend>
          {ofertas
            .filter(({ corre }) => corre)
            .map(({ nome }) => (
              <label class="ficha" style={cor(ofertas, nome)}>
                <input
                  type="checkbox"
                  checked={pedido.servidores.includes(nome)}
                  onChange={({ currentTarget }) => {
                    const escolhidos = alternar(ofertas, pedido, nome);
                    if (escolhidos.length > 0) pedir({ servidores: escolhidos });
                    else currentTarget.checked = true;
                  }}
                />
                {nome}
              </label>
            ))}
        </fieldset>
        <Numero
          rotulo="N"
          valor={pedido.clientes}
          minimo={1}
          maximo={CLIENTES_MAXIMOS}
          unidade="clientes"
          desligado={!controla || correndo}
          aoMudar={(n) => n !== null && pedir({ clientes: n, previsoes: {} })}
        />
        <Numero
          rotulo="T"
          valor={pedido.atraso_ms}
          minimo={0}
          maximo={ATRASO_MAXIMO_MS}
          passo={100}
          unidade="ms"
          desligado={!controla || correndo}
          aoMudar={(t) => t !== null && pedir({ atraso_ms: t, previsoes: {} })}
        />
        <button
          class={`principal ${comando.comando === "disparar" && !preve ? "discreto" : ""}`}
          disabled={!controla}
          onClick={() => ligacao.pedir(comando)}
        >
          {oQueFazer}
        </button>
      </section>
      <Frase estado={estado} mostrada={mostrada} preve={preve} />
      <div class="pistas">
        {mostrada
          ? (mostrada.largada_ms !== null || correndo) &&
            mostrada.pistas.map((pista) => (
              <PistaDaCorrida
                key={pista.servidor}
                pista={pista}
                corrida={mostrada}
                ofertas={ofertas}
                ate_ms={pista.chegada ? 0 : agora_ms}
                borda_ms={borda_ms}
              />
            ))
          : pedido.servidores.map((nome) => (
              <PistaVazia
                key={nome}
                nome={nome}
                cor={cor(ofertas, nome)}
                pedido={pedido}
                controla={controla}
                aoPrever={(previsao) =>
                  pedir({ previsoes: { ...pedido.previsoes, [nome]: previsao } })
                }
              />
            ))}
      </div>
      <Chave>
        <span>
          <i class="traco lei" />a lei
        </span>
        <span>
          <i class="traco turma" />a turma
        </span>
      </Chave>
      <Lista corridas={estado.corridas} ligacao={ligacao} />
    </main>
  );
}

/** Os servidores escolhidos, com este a mais ou a menos, na ordem em que são oferecidos. */
function alternar(ofertas: Oferta[], { servidores }: Pedido, nome: string): string[] {
  const tinha = servidores.includes(nome);
  return ofertas
    .map((oferta) => oferta.nome)
    .filter((cada) => (cada === nome ? !tinha : servidores.includes(cada)));
}

/** O que fazer agora, ou o que se viu. */
function Frase({
  estado: { pedido },
  mostrada,
  preve,
}: {
  estado: Estado;
  mostrada: Corrida | null;
  preve: boolean;
}) {
  if (!mostrada)
    return (
      <p class="frase">
        {quantos(pedido.clientes, "cliente")} de uma vez, {exato(pedido.atraso_ms)} ms
        para atender cada um.{" "}
        <strong>{preve ? "Previsto: é só disparar." : "Quanto espera o último?"}</strong>
      </p>
    );
  const { fase, frase } = mostrada;
  if (fase === "preparando") return <p class="frase">Preparando os servidores…</p>;
  if (fase === "correndo")
    return (
      <p class="frase">
        {numero(mostrada.clientes)}{" "}
        {mostrada.clientes === 1 ? "cliente partiu" : "clientes partiram juntos"}. Cada
        linha é um deles.
      </p>
    );
  return fase === "terminada" ? <p class="frase">{frase}</p> : <Problema texto={frase} />;
}

function Quadro({
  nome,
  children,
  forte,
}: {
  nome: string;
  children: preact.ComponentChildren;
  forte?: boolean;
}) {
  return (
    <div class={forte ? "quadro forte" : "quadro"}>
      <dt>{nome}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function PistaVazia({
  nome,
  cor,
  pedido,
  controla,
  aoPrever,
}: {
  nome: string;
  cor: Record<string, string>;
  pedido: Pedido;
  controla: boolean;
  aoPrever: (previsao: number | null) => void;
}) {
  return (
    <section class="pista" style={cor} data-servidor={nome} aria-label={nome}>
      <h2>{nome}</h2>
      <div class="previsao">
        <Numero
          rotulo="a turma prevê"
          valor={pedido.previsoes[nome] ?? null}
          minimo={0}
          maximo={PREVISAO_MAXIMA_MS}
          unidade="ms"
          desligado={!controla}
          aoMudar={aoPrever}
        />
      </div>
      <div class="faixas vazias" style={{ "--n": pedido.clientes }}>
        {Array.from({ length: pedido.clientes }, () => (
          <div class="faixa" />
        ))}
      </div>
    </section>
  );
}

/** O tempo da borda direita, o mesmo em todas as pistas, para que se comparem. */
function bordaDireita({ pistas, largada_ms }: Corrida, agora_ms: number): number {
  const fins = pistas.flatMap(({ lei_ms, faixas }) => [
    lei_ms ?? 0,
    ...faixas.map(
      ({ respondeu_ms, fim_ms }) =>
        (respondeu_ms ?? fim_ms ?? agora_ms) - (largada_ms ?? agora_ms),
    ),
  ]);
  return Math.max(5, ...fins) * 1.02;
}

/** A pista de um servidor. A de quem já chegou não é desenhada de novo a cada quadro. */
const PistaDaCorrida = memo(function ({
  pista,
  corrida,
  ofertas,
  ate_ms,
  borda_ms,
}: {
  pista: Pista;
  corrida: Corrida;
  ofertas: Oferta[];
  /** Agora; depois da chegada, não importa. */
  ate_ms: number;
  borda_ms: number;
}) {
  const { servidor, modelo, turma_ms, lei_ms, chegada, faixas } = pista;
  const { clientes, atraso_ms, largada_ms, fase } = corrida;
  const inicio_ms = largada_ms ?? ate_ms;
  const x = escala(borda_ms);
  const marcas = largada_ms === null ? [] : x.ticks(3);
  const emOrdem = faixas.toSorted((a, b) => vez(a) - vez(b) || a.conexao - b.conexao);
  const calado =
    chegada !== null &&
    chegada.medido_ms !== null &&
    atraso_ms > 0 &&
    faixas.every(({ atendimento_ms }) => atendimento_ms === null);
  const formula = modelo === "sequencial" ? "N·T" : "T";
  return (
    <section
      class="pista"
      style={cor(ofertas, servidor)}
      data-servidor={servidor}
      aria-label={servidor}
    >
      <h2>{servidor}</h2>
      <dl class="quadros">
        <Quadro nome="a turma">{comMs(turma_ms)}</Quadro>
        <Quadro nome={lei_ms === null ? "a lei" : `a lei: ${formula}`}>
          {comMs(lei_ms)}
        </Quadro>
        <Quadro nome={chegada ? "medido" : "passaram"} forte>
          {chegada
            ? comMs(chegada.medido_ms)
            : largada_ms === null
              ? "…"
              : comMs(Math.round(Math.max(0, ate_ms - largada_ms) / 10) * 10, numero)}
        </Quadro>
      </dl>
      <div class={clientes > 20 ? "faixas densas" : "faixas"} style={{ "--n": clientes }}>
        <div class="grade" aria-hidden="true">
          {marcas.map((marca) => (
            <i style={{ left: `${x(marca)}%` }} />
          ))}
          {turma_ms !== null && turma_ms <= borda_ms && (
            <i class="turma" style={{ left: `${x(turma_ms)}%` }} />
          )}
          {lei_ms !== null && <i class="lei" style={{ left: `${x(lei_ms)}%` }} />}
        </div>
        {emOrdem.map((faixa, k) => (
          <Raia
            key={faixa.conexao}
            faixa={faixa}
            lugar={k + 1}
            inicio_ms={inicio_ms}
            ate_ms={faixa.fim_ms ?? ate_ms}
            borda_ms={borda_ms}
          />
        ))}
      </div>
      <div class="eixo" aria-hidden="true">
        {marcas.map((marca) => (
          <span style={{ left: `${x(marca)}%` }}>
            {numero(marca, borda_ms < 5 ? 1 : 0)}
          </span>
        ))}
        <span class="unidade">ms</span>
      </div>
      {calado && (
        <p class="nota">
          Este programa não escreve o endereço de quem atende: só se veem a espera e a
          resposta.
        </p>
      )}
      {fase === "terminada" && chegada && chegada.falhas > 0 && (
        <p class="nota">✗ {numero(chegada.falhas)} sem resposta</p>
      )}
    </section>
  );
});

/** A linha de um cliente. Quem já acabou não é desenhado de novo a cada quadro. */
const Raia = memo(function ({
  faixa,
  lugar,
  inicio_ms,
  ate_ms,
  borda_ms,
}: {
  faixa: Faixa;
  /** A ordem em que foi atendido. */
  lugar: number;
  inicio_ms: number;
  ate_ms: number;
  borda_ms: number;
}) {
  const { nome, sinal, classe } = situacao(faixa);
  const x = escala(borda_ms);
  const fim = faixa.respondeu_ms ?? faixa.fim_ms;
  return (
    <div
      class={`faixa ${classe}`}
      title={`cliente ${faixa.conexao}: ${nome}${faixa.motivo ? ` (${faixa.motivo})` : ""}`}
    >
      <b>{lugar}</b>
      <div class="trilho">
        <Barras faixa={faixa} inicio_ms={inicio_ms} ate_ms={ate_ms} x={x} />
        {fim !== null && (
          <span class="fim" style={{ left: `${x(fim - inicio_ms)}%` }}>
            {sinal} {faixa.fato === "falhou" ? "" : ms(fim - inicio_ms)}
          </span>
        )}
      </div>
    </div>
  );
});

/** A posição de um tempo, em % da largura da pista. */
function escala(borda_ms: number) {
  return scaleLinear([0, borda_ms], [0, 100]).clamp(true);
}

/** A ordem das faixas na pista: a de quem foi atendido primeiro; quem espera vem depois. */
function vez({ atendimento_ms, respondeu_ms }: Pista["faixas"][number]): number {
  return atendimento_ms ?? respondeu_ms ?? Number.MAX_VALUE;
}

function comMs(valor: number | null, escrever = ms) {
  if (valor === null) return "–";
  return (
    <>
      {escrever(valor)}
      <small> ms</small>
    </>
  );
}

/** As corridas da aula, e os arquivos para levar. */
function Lista({ corridas, ligacao }: { corridas: CorridaFeita[]; ligacao: Ligacao }) {
  const arquivo = (nome: string) => `/${nome}?chave=${ligacao.chave}`;
  return (
    <section class="lista">
      <h2>Corridas desta aula</h2>
      {corridas.length === 0 ? (
        <p class="vazio">
          Nenhuma ainda. Escolha os servidores, N e T, peça a previsão à turma e dispare.
        </p>
      ) : (
        <>
          <p class="levar">
            <a href={arquivo("corridas.csv")} download="corridas.csv">
              Todas em planilha (CSV)
            </a>
            <a href={arquivo("corrida.svg")} download="corrida.svg">
              A última em figura (SVG)
            </a>
          </p>
          <div class="rolagem">
            <table>
              <thead>
                <tr>
                  <th scope="col">corrida</th>
                  <th scope="col">N</th>
                  <th scope="col">T (ms)</th>
                  <th scope="col">servidor</th>
                  <th scope="col">turma (ms)</th>
                  <th scope="col">lei (ms)</th>
                  <th scope="col">medido (ms)</th>
                </tr>
              </thead>
              <tbody>
                {corridas.toReversed().flatMap((corrida) =>
                  corrida.pistas.map(({ servidor, turma_ms, lei_ms, chegada }) => (
                    <tr key={`${corrida.numero} ${servidor}`}>
                      <td title={dataHora(corrida.data)}>{corrida.numero}</td>
                      <td>{numero(corrida.clientes)}</td>
                      <td>{exato(corrida.atraso_ms)}</td>
                      <th scope="row">{servidor}</th>
                      <td>{ms(turma_ms)}</td>
                      <td>{ms(lei_ms)}</td>
                      <td>{ms(chegada?.medido_ms ?? null)}</td>
                    </tr>
                  )),
                )}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
