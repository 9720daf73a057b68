/** O que o relé custa: quanto ele soma ao tempo de uma conexão que o servidor responde na hora. */
import { mediana } from "../relatorio/estatistica.ts";
import { Rele } from "./rele.ts";

/** Uma ida e volta vazia: conecta, recebe um byte e o fim. Devolve quanto demorou, em ms. */
function idaEVolta(porta: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const inicio = performance.now();
  let chegou = 0;
  Bun.connect({
    hostname: "127.0.0.1",
    port: porta,
    socket: {
      data: () => void (chegou = performance.now()),
      close: () => resolve(chegou - inicio),
    },
  }).catch(reject);
  return promise;
}

/**
 * A diferença, em ms, entre a mediana de `vezes` idas e voltas pelo relé e a de outras tantas
 * direto, alternadas, contra um servidor vazio deste mesmo processo.
 */
export async function medirCusto(vezes = 50): Promise<number> {
  const servidor = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data() {}, open: (conexao) => void conexao.end(".") },
  });
  using rele = new Rele({ host: "127.0.0.1", porta: 0 });
  rele.apontar({ host: "127.0.0.1", porta: servidor.port });
  try {
    const [direto, peloRele]: [number[], number[]] = [[], []];
    for (let vez = 0; vez < vezes; vez++) {
      direto.push(await idaEVolta(servidor.port));
      peloRele.push(await idaEVolta(rele.porta));
    }
    return mediana(peloRele) - mediana(direto);
  } finally {
    servidor.stop(true);
  }
}
