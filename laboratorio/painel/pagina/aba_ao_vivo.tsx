/** Ao vivo: quem está conectado ao servidor da aula, e o que ele escreve. */
import { scaleLinear } from "d3-scale";
import { useEffect, useRef, useState } from "preact/hooks";
import { ms, numero, tamanho } from "../../relatorio/formato.ts";
import type { AoVivo, Estado, Faixa } from "../estado.ts";
import type { Ligacao } from "./ligacao.ts";
import { ATRASO_MAXIMO_MS } from "../comandos.ts";
import { Barras, Chave, cor, memo, Numero, Problema, situacao } from "./pecas.tsx";

/** Quantas faixas cabem na página; as outras são contadas. */
const FAIXAS_NA_TELA = 100;

/** Quantos endereços desta máquina o convite mostra. */
const ENDERECOS_NA_TELA = 3;

/** O tempo da borda direita vai daqui até ali, em ms. */
const BORDA_MS = { minima: 1_000, maxima: 30_000 };

export function AbaAoVivo({
  estado,
  controla,
  ligacao,
}: {
  estado: Estado;
  controla: boolean;
  ligacao: Ligacao;
}) {
  const { aoVivo, ofertas } = estado;
  if (aoVivo.problemaDaPorta)
    return (
      <main class="ao-vivo">
        <Problema texto={`Ao vivo não está no ar: ${aoVivo.problemaDaPorta}.`} />
        <p>A corrida, na outra aba, funciona assim mesmo.</p>
      </main>
    );
  return (
    <main class="ao-vivo" style={cor(ofertas, aoVivo.servidor)}>
      <Convite estado={estado} />
      <Comandos estado={estado} controla={controla} ligacao={ligacao} />
      <Resumo aoVivo={aoVivo} />
      <div class="colunas">
        <Conexoes estado={estado} agora_ms={ligacao.agora()} />
        <Terminal estado={estado} />
      </div>
    </main>
  );
}

/** O comando que o aluno digita, com o endereço desta máquina. */
function Convite({ estado: { aoVivo, enderecos } }: { estado: Estado }) {
  const { porta, servidor } = aoVivo;
  const eco = servidor === "final";
  const cliente = `bun run ${eco ? "cliente_final.ts" : "cliente.ts"}`;
  const comPorta = porta === (eco ? 5555 : 8000) ? "" : `PORT=${porta} `;
  return (
    <section class="convite" aria-label="Como se conectar">
      {enderecos.slice(0, ENDERECOS_NA_TELA).map((ip, i) => (
        <p class={i > 0 ? "menor" : ""}>
          <span>{i > 0 ? "ou" : "de outra máquina"}</span>
          <code>
            HOST={ip} {comPorta}
            {cliente}
          </code>
        </p>
      ))}
      <p class={enderecos.length > 0 ? "menor" : ""}>
        <span>nesta máquina</span>
        <code>
          {comPorta}
          {cliente}
        </code>
      </p>
      {enderecos.length > 0 && (
        <p class="menor">
          <span>no PowerShell</span>
          <code>
            $env:HOST="{enderecos[0]}"; {comPorta && `$env:PORT=${porta}; `}
            {cliente}
          </code>
        </p>
      )}
      <p class="menor">
        <span>com o netcat</span>
        <code>
          nc {enderecos[0] ?? "127.0.0.1"} {porta}
        </code>
      </p>
    </section>
  );
}

function Comandos({
  estado: { aoVivo, ofertas },
  controla,
  ligacao,
}: {
  estado: Estado;
  controla: boolean;
  ligacao: Ligacao;
}) {
  const { servidor, atraso_ms, situacao, custo_ms, problema } = aoVivo;
  const oferta = ofertas.find(({ nome }) => nome === servidor);
  const trocar = (nome: string, t: number) =>
    ligacao.pedir({ comando: "trocar", servidor: nome, atraso_ms: t });
  return (
    <section class="comandos" aria-label="O servidor">
      <label class="numero">
        <span>servidor</span>
        <select
          value={servidor}
          disabled={!controla}
          onChange={({ currentTarget }) => trocar(currentTarget.value, atraso_ms)}
        >
          {ofertas.map(({ nome }) => (
            <option value={nome}>{nome}</option>
          ))}
        </select>
      </label>
      <Numero
        rotulo="T"
        valor={atraso_ms}
        minimo={0}
        maximo={ATRASO_MAXIMO_MS}
        passo={100}
        unidade="ms"
        desligado={!controla || !oferta?.nosso || servidor === "final"}
        aoMudar={(t) => t !== null && trocar(servidor, t)}
      />
      <p class={`estado ${situacao === "caiu" ? "caiu" : ""}`}>
        {situacao === "no ar"
          ? "● no ar"
          : situacao === "caiu"
            ? "✗ caiu"
            : situacao === "iniciando"
              ? "○ iniciando…"
              : "○ parado"}
        {custo_ms !== null && (
          <small title="Mediana de 50 idas e voltas vazias, por ele e direto">
            o relé soma {ms(Math.max(0, custo_ms))} ms
          </small>
        )}
      </p>
      {(situacao === "caiu" || situacao === "parado") && (
        <button disabled={!controla} onClick={() => trocar(servidor, atraso_ms)}>
          Iniciar de novo
        </button>
      )}
      {problema && <Problema texto={problema} />}
    </section>
  );
}

/** Quantos estão em cada situação, agora. */
function Resumo({ aoVivo }: { aoVivo: AoVivo }) {
  const ativas = aoVivo.faixas.filter(({ fim_ms }) => fim_ms === null);
  const quantas = (...classes: string[]) =>
    ativas.filter((faixa) => classes.includes(situacao(faixa).classe)).length;
  const numeros: [um: string, varios: string, quantos: number, classe: string][] = [
    ["esperando", "esperando", quantas("conectando", "esperando"), "esperando"],
    ["sendo atendido", "sendo atendidos", quantas("atendido"), "atendido"],
    ["respondido", "respondidos", aoVivo.respondidas, "respondido"],
    ["falhou", "falharam", aoVivo.falhas, "falhou"],
  ];
  if (aoVivo.recusadas > 0)
    numeros.push(["recusado", "recusados", aoVivo.recusadas, "falhou"]);
  return (
    <dl class="resumo">
      {numeros.map(([um, varios, quantos, classe]) => (
        <div class={quantos > 0 ? classe : ""}>
          <dt>{quantos === 1 ? um : varios}</dt>
          <dd>{numero(quantos)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Até quando uma faixa cresce: a resposta, o fim ou agora. */
function ate({ respondeu_ms, fim_ms }: Faixa, agora_ms: number): number {
  return respondeu_ms ?? fim_ms ?? agora_ms;
}

function Conexoes({ estado, agora_ms }: { estado: Estado; agora_ms: number }) {
  const { faixas, cita, respondidas, conexoes } = estado.aoVivo;
  const nosso = estado.ofertas.find(({ nome }) => nome === estado.aoVivo.servidor)?.nosso;
  const naTela = faixas.slice(-FAIXAS_NA_TELA).toReversed();
  const esperas = naTela.map(
    (faixa) => ate(faixa, agora_ms) - (faixa.conectou_ms ?? agora_ms),
  );
  const maior = Math.min(BORDA_MS.maxima, Math.max(BORDA_MS.minima, ...esperas));
  // A borda anda aos saltos: as faixas paradas não são redesenhadas a cada quadro
  const [, borda_ms = maior] = scaleLinear().domain([0, maior]).nice(4).domain();
  return (
    <section class="conexoes" aria-label="Conexões">
      {naTela.length === 0 && (
        <p class="vazio">
          Ninguém se conectou ainda. Digite o comando acima em um terminal.
        </p>
      )}
      {!cita && respondidas > 0 && (
        <p class="nota">
          {nosso === false
            ? "O servidor roda em outro lugar, e o que ele escreve não chega aqui: só se veem a espera e a resposta."
            : "Este programa não escreve o endereço de quem atende: só se veem a espera e a resposta."}
        </p>
      )}
      <ol>
        {naTela.map((faixa) => (
          <Conexao
            key={faixa.conexao}
            faixa={faixa}
            ate_ms={ate(faixa, agora_ms)}
            borda_ms={borda_ms}
          />
        ))}
      </ol>
      {conexoes > naTela.length && naTela.length > 0 && (
        <p class="nota">e mais {numero(conexoes - naTela.length)}, antes destas</p>
      )}
      {naTela.length > 0 && <Chave />}
    </section>
  );
}

/** Uma conexão: quem é, o que se passa com ela, quanto esperou e os bytes de cada sentido. */
const Conexao = memo(function ({
  faixa,
  ate_ms,
  borda_ms,
}: {
  faixa: Faixa;
  ate_ms: number;
  borda_ms: number;
}) {
  const { nome, sinal, classe } = situacao(faixa);
  const { endereco, porta, motivo, fim_ms, ida, volta } = faixa;
  const inicio_ms = faixa.conectou_ms ?? ate_ms;
  const espera_ms = Math.max(0, ate_ms - inicio_ms);
  const parada = faixa.respondeu_ms !== null || fim_ms !== null;
  return (
    <li class={`conexao ${classe}`} data-conexao={faixa.conexao}>
      <span class="quem">
        {endereco}
        {porta !== null && <small>no servidor, :{porta}</small>}
      </span>
      <span class="situacao">
        {sinal} {nome}
        <small>
          {motivo ??
            (classe === "respondido" && fim_ms === null ? "ainda conectado" : "")}
        </small>
      </span>
      <span class="trilho">
        <Barras
          faixa={faixa}
          inicio_ms={inicio_ms}
          ate_ms={ate_ms}
          x={scaleLinear([0, borda_ms], [0, 100]).clamp(true)}
        />
      </span>
      <span class="espera">
        {parada ? ms(espera_ms) : numero(Math.floor(espera_ms / 100) * 100)} ms
      </span>
      <span class="bytes">
        ↑ {tamanho(ida)} <br />↓ {tamanho(volta)}
      </span>
    </li>
  );
});

/** O que o servidor escreve, como no terminal dele. */
function Terminal({ estado: { aoVivo } }: { estado: Estado }) {
  const { saida, linhasOmitidas, servidor, porta } = aoVivo;
  const fundo = useRef<HTMLPreElement>(null);
  const [preso, prender] = useState(true);
  useEffect(() => {
    if (preso) fundo.current?.scrollTo(0, fundo.current.scrollHeight);
  }, [saida, preso]);
  return (
    <section class="terminal" aria-label="Terminal do servidor">
      <h2>terminal de {servidor}</h2>
      <pre
        ref={fundo}
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          prender(scrollTop + clientHeight > scrollHeight - 20)
        }
      >
        {saida.length > 0 ? saida.join("\n") : "O que o servidor escrever aparece aqui."}
      </pre>
      <p class="nota">
        O servidor escuta em outra porta; o painel leva até ele quem chega à {porta}.
        {linhasOmitidas > 0 && ` ${numero(linhasOmitidas)} linhas não couberam aqui.`}
      </p>
    </section>
  );
}
