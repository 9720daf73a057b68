/** Peças que as duas abas usam. */
import { Component, type ComponentChildren, type FunctionComponent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Faixa } from "../estado.ts";
import type { Oferta } from "../eventos.ts";

/** A cor de um servidor: a mesma nas duas abas. */
export function cor(ofertas: Oferta[], nome: string) {
  const lugar = ofertas.findIndex((oferta) => oferta.nome === nome);
  return { "--cor": `var(--s${lugar % 8})` };
}

/** O que deu errado, e as últimas linhas do programa, se ele escreveu alguma. */
export function Problema({ texto }: { texto: string }) {
  const [motivo, ...linhas] = texto.split("\n");
  return (
    <div class="problema">
      <p>{motivo}</p>
      {linhas.length > 0 && <pre>{linhas.join("\n")}</pre>}
    </div>
  );
}

/** Um componente que só se desenha de novo quando alguma propriedade muda. */
export function memo<P extends object>(Desenho: FunctionComponent<P>) {
  return class extends Component<P> {
    override shouldComponentUpdate(novas: P): boolean {
      const chaves = Object.keys(novas) as (keyof P)[];
      return chaves.some((chave) => novas[chave] !== this.props[chave]);
    }
    override render() {
      return <Desenho {...this.props} />;
    }
  };
}

/** Como a tela diz o que se passa com uma conexão: o nome e um sinal que não é só cor. */
export function situacao({ fato, respondeu_ms, motivo }: Faixa): {
  nome: string;
  sinal: string;
  classe: string;
} {
  if (fato === "falhou") return { nome: "falhou", sinal: "✗", classe: "falhou" };
  if (fato === "encerrou" && (respondeu_ms === null || motivo))
    return { nome: "encerrado", sinal: "■", classe: "encerrado" };
  if (respondeu_ms !== null)
    return { nome: "respondido", sinal: "✓", classe: "respondido" };
  if (fato === "em atendimento")
    return { nome: "sendo atendido", sinal: "▶", classe: "atendido" };
  if (fato === "esperando") return { nome: "esperando", sinal: "…", classe: "esperando" };
  return { nome: "conectando", sinal: "○", classe: "conectando" };
}

/**
 * As barras de uma conexão: fina enquanto espera, grossa enquanto é atendida.
 *
 * @param inicio_ms o instante da borda esquerda; `ate_ms`, o de agora.
 * @param x a posição de um tempo desde o início, em % da largura.
 */
export function Barras({
  faixa,
  inicio_ms,
  ate_ms,
  x,
}: {
  faixa: Faixa;
  inicio_ms: number;
  ate_ms: number;
  x: (tempo_ms: number) => number;
}) {
  const { conectou_ms, atendimento_ms, respondeu_ms, fim_ms } = faixa;
  const fim = respondeu_ms ?? fim_ms ?? ate_ms;
  const barra = (classe: string, de: number, ate: number) => {
    const esquerda = x(de - inicio_ms);
    const largura = Math.max(0.3, x(ate - inicio_ms) - esquerda);
    return (
      <span
        class={`barra ${classe}`}
        style={{ left: `${esquerda}%`, width: `${largura}%` }}
      />
    );
  };
  const conectado = Math.min(conectou_ms ?? fim, fim);
  return (
    <>
      {conectado - inicio_ms > 0 && barra("conectando", inicio_ms, conectado)}
      {conectou_ms !== null && barra("esperando", conectado, atendimento_ms ?? fim)}
      {atendimento_ms !== null && barra("atendido", atendimento_ms, fim)}
    </>
  );
}

/** A chave das barras. */
export function Chave({ children }: { children?: ComponentChildren }) {
  const itens = ["conectando", "esperando", "atendido"] as const;
  return (
    <p class="chave">
      {itens.map((classe) => (
        <span>
          <i class={`barra ${classe}`} />
          {classe === "atendido" ? "sendo atendido" : classe}
        </span>
      ))}
      <span>✓ respondido</span>
      <span>✗ falhou</span>
      {children}
    </p>
  );
}

/**
 * Um número que se digita; avisa quando muda para um valor que vale. O que o painel guarda
 * aparece no campo sem que ele seja refeito: quem usa o teclado continua nele.
 */
export function Numero({
  rotulo,
  valor,
  minimo,
  maximo,
  passo = 1,
  unidade = "",
  desligado,
  aoMudar,
}: {
  rotulo: string;
  valor: number | null;
  minimo: number;
  maximo: number;
  passo?: number;
  unidade?: string;
  desligado: boolean;
  aoMudar: (valor: number | null) => void;
}) {
  const campo = useRef<HTMLInputElement>(null);
  const guardado = valor === null ? "" : `${valor}`;
  // Já ao desenhar: depois, apagaria o que se digitou nesse meio tempo
  useLayoutEffect(() => {
    if (campo.current) campo.current.value = guardado;
  }, [guardado]);
  return (
    <label class="numero">
      <span>{rotulo}</span>
      <input
        ref={campo}
        type="number"
        inputMode="numeric"
        min={minimo}
        max={maximo}
        step={passo}
        defaultValue={guardado}
        placeholder="?"
        disabled={desligado}
        onChange={({ currentTarget }) => {
          const { value } = currentTarget;
          const digitado = Math.round(Number(value));
          const cabe = value === "" ? null : Math.min(maximo, Math.max(minimo, digitado));
          currentTarget.value = cabe === null ? guardado : `${cabe}`;
          aoMudar(cabe);
        }}
      />
      {unidade && <span class="unidade">{unidade}</span>}
    </label>
  );
}
