/** A página do painel: mostra um estado e leva pedidos; não decide nada. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AbaAoVivo } from "./aba_ao_vivo.tsx";
import { AbaDaCorrida } from "./aba_da_corrida.tsx";
import { Ligacao } from "./ligacao.ts";

const ABAS = { corrida: "Corrida", aovivo: "Ao vivo" } as const;
type Aba = keyof typeof ABAS;

const daBarra = (): Aba => (location.hash === "#aovivo" ? "aovivo" : "corrida");

function Painel({ ligacao }: { ligacao: Ligacao }) {
  const [aba, escolher] = useState(daBarra);
  useEffect(() => {
    const mudar = () => {
      escolher(daBarra());
      desenhar();
    };
    addEventListener("hashchange", mudar);
    return () => removeEventListener("hashchange", mudar);
  }, []);
  const { estado, ligada, controla, recusa } = ligacao.vista;
  return (
    <>
      <header class="topo">
        <h1>Painel</h1>
        <nav aria-label="Abas">
          {Object.entries(ABAS).map(([chave, nome]) => (
            <a href={`#${chave}`} aria-current={aba === chave ? "page" : undefined}>
              {nome}
            </a>
          ))}
        </nav>
        <p class="ligacao">
          {!ligada ? "⚠ sem contato com o painel" : controla ? "" : "só mostra"}
        </p>
      </header>
      <p class="leitor" aria-live="polite">
        {estado?.aviso}
      </p>
      {recusa && (
        <p class="problema" role="alert">
          {recusa}
        </p>
      )}
      {estado === null ? (
        <p class="vazio">
          {ligada
            ? "Carregando…"
            : "Abra o endereço que o terminal mostrou, com a chave: só ele vale."}
        </p>
      ) : aba === "corrida" ? (
        <AbaDaCorrida estado={estado} controla={controla && ligada} ligacao={ligacao} />
      ) : (
        <AbaAoVivo estado={estado} controla={controla && ligada} ligacao={ligacao} />
      )}
    </>
  );
}

/** Se há algo em movimento na aba aberta: uma corrida, ou alguém que espera a resposta. */
function emMovimento({ vista: { estado, ligada } }: Ligacao): boolean {
  if (!estado || !ligada) return false;
  if (daBarra() === "corrida") return estado.corrida?.fase === "correndo";
  return estado.aoVivo.faixas.some(
    ({ respondeu_ms, fim_ms }) => respondeu_ms === null && fim_ms === null,
  );
}

const raiz = document.getElementById("painel");
const poucoMovimento = matchMedia("(prefers-reduced-motion: reduce)");
let pedido = false;

/** Desenha no próximo quadro, e nos seguintes enquanto houver movimento. */
function desenhar(): void {
  if (pedido || !raiz) return;
  pedido = true;
  const quadro = () => {
    pedido = false;
    render(<Painel ligacao={ligacao} />, raiz);
    if (emMovimento(ligacao)) desenhar();
  };
  // Quem pediu pouco movimento vê a tela mudar quatro vezes por segundo, sem deslizar
  if (poucoMovimento.matches) setTimeout(quadro, 250);
  else requestAnimationFrame(quadro);
}

const ligacao = new Ligacao(desenhar);
desenhar();
