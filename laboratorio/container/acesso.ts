/** O servidor do container, alcançado pelos três caminhos que o roteiro pede para testar. */
import { join } from "node:path";
import { ErroDeUso } from "../comando/erros.ts";
import { PORTA_DO_CONTAINER, type ServidorEmContainer } from "./lugares.ts";
import { executarAte, type Motor, type Resposta, ultimaLinha } from "./motor.ts";
import type { Acesso } from "./tipos.ts";

/** Onde o cliente fica dentro do container: uma pasta em que qualquer usuário escreve. */
const CLIENTE_DENTRO = "/tmp/cliente.ts";
/** Quanto o cliente tem para responder, em ms. */
const PRAZO_MS = 15_000;

/**
 * Executa o cliente do roteiro de fora do container, de dentro dele e de outro container da
 * mesma rede. Um caminho que não funciona não interrompe os outros: o motivo fica anotado.
 *
 * @param pasta onde está o cliente.ts.
 */
export async function testarAcessos(
  motor: Motor,
  imagem: string,
  { endereco, container }: ServidorEmContainer,
  pasta: string,
  interrupcao: AbortSignal,
): Promise<Acesso[]> {
  const cliente = join(pasta, "cliente.ts");
  // A imagem só tem o servidor: o cliente é copiado para onde vai ser executado
  const deDentro = async (container: string, HOST: string) => {
    await motor.copiar(cliente, container, CLIENTE_DENTRO);
    const comando = ["bun", "run", CLIENTE_DENTRO];
    const PORT = `${PORTA_DO_CONTAINER}`;
    return motor.executarDentro(container, comando, { HOST, PORT });
  };
  return [
    await tentar("de fora, pela porta publicada", "bun run cliente.ts", () =>
      executarAte([process.execPath, "run", cliente], PRAZO_MS, interrupcao, {
        HOST: endereco.host,
        PORT: `${endereco.porta}`,
      }),
    ),
    await tentar(
      "de dentro do próprio container",
      `${motor.nome} exec SERVIDOR bun run ${CLIENTE_DENTRO}`,
      () => deDentro(container, "localhost"),
    ),
    await tentar(
      "de outro container, pelo nome",
      `${motor.nome} exec --env HOST=SERVIDOR OUTRO bun run ${CLIENTE_DENTRO}`,
      async () => {
        const rede = await motor.criarRede();
        const servidor = await motor.iniciar({ imagem, rede });
        const outro = await motor.iniciar({ imagem, rede });
        const resposta = await insistir(() => deDentro(outro, servidor));
        await motor.remover(outro);
        await motor.remover(servidor);
        return resposta;
      },
    ),
  ];
}

/** O servidor do outro container acaba de partir: tenta até ele responder, por uns segundos. */
async function insistir(tentativa: () => Promise<Resposta>): Promise<Resposta> {
  const limite = performance.now() + 5_000;
  for (;;) {
    const resposta = await tentativa();
    if (resposta.codigo === 0 || performance.now() > limite) return resposta;
    await Bun.sleep(100);
  }
}

/** Um caminho: o que o cliente respondeu, ou por que não se chegou até o servidor. */
async function tentar(
  caminho: string,
  comando: string,
  acao: () => Promise<Resposta>,
): Promise<Acesso> {
  const { codigo, saida, erros } = await acao().catch((erro: unknown) => {
    if (!(erro instanceof ErroDeUso)) throw erro;
    return { codigo: 1, saida: "", erros: erro.message };
  });
  return {
    caminho,
    comando,
    funcionou: codigo === 0 && saida.startsWith("Resposta do servidor: "),
    resposta: ultimaLinha(saida.trim() || erros),
  };
}
