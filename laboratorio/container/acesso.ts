/** O servidor do container, alcançado pelos três caminhos que o roteiro pede para testar. */
import { join } from "node:path";
import { ErroDeUso } from "../comando/erros.ts";
import { PORTA_DO_CONTAINER, type ServidorEmContainer } from "./lugares.ts";
import { type Motor, type Resposta, ultimaLinha } from "./motor.ts";
import type { Acesso } from "./tipos.ts";

/** Onde o cliente fica dentro do container: uma pasta em que qualquer usuário escreve. */
const CLIENTE_DENTRO = "/tmp/cliente.ts";

/**
 * Executa o cliente do roteiro de fora do container, de dentro dele e de outro container da
 * mesma rede. Um caminho que não funciona não interrompe os outros: o motivo fica anotado.
 *
 * @param pasta onde está o cliente.ts.
 */
export async function testarAcessos(
  motor: Motor,
  imagem: string,
  servidor: ServidorEmContainer,
  pasta: string,
): Promise<Acesso[]> {
  return [
    await deFora(servidor, pasta),
    await deDentro(motor, servidor, pasta),
    await deOutroContainer(motor, imagem, pasta),
  ];
}

async function deFora({ endereco }: ServidorEmContainer, pasta: string): Promise<Acesso> {
  const { host, porta } = endereco;
  const processo = Bun.spawn([process.execPath, "run", join(pasta, "cliente.ts")], {
    env: { ...process.env, HOST: host, PORT: `${porta}` },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 15_000,
  });
  const [codigo, saida, erros] = await Promise.all([
    processo.exited,
    processo.stdout.text(),
    processo.stderr.text(),
  ]);
  return concluir("de fora, pela porta publicada", "bun run cliente.ts", {
    codigo,
    saida,
    erros,
  });
}

async function deDentro(
  motor: Motor,
  { container }: ServidorEmContainer,
  pasta: string,
): Promise<Acesso> {
  return tentar(
    "de dentro do próprio container",
    `${motor.nome} exec SERVIDOR bun run ${CLIENTE_DENTRO}`,
    () => executarCliente(motor, container, "localhost", pasta),
  );
}

async function deOutroContainer(
  motor: Motor,
  imagem: string,
  pasta: string,
): Promise<Acesso> {
  return tentar(
    "de outro container, pelo nome",
    `${motor.nome} exec --env HOST=SERVIDOR OUTRO bun run ${CLIENTE_DENTRO}`,
    async () => {
      const rede = await motor.criarRede();
      const servidor = await motor.iniciar({ imagem, rede });
      const outro = await motor.iniciar({ imagem, rede });
      const resposta = await insistir(() =>
        executarCliente(motor, outro, servidor, pasta),
      );
      await motor.remover(outro);
      await motor.remover(servidor);
      return resposta;
    },
  );
}

/** A imagem só tem o servidor: o cliente é copiado para onde vai ser executado. */
async function executarCliente(
  motor: Motor,
  container: string,
  host: string,
  pasta: string,
): Promise<Resposta> {
  await motor.copiar(join(pasta, "cliente.ts"), container, CLIENTE_DENTRO);
  return motor.executarDentro(container, ["bun", "run", CLIENTE_DENTRO], {
    HOST: host,
    PORT: `${PORTA_DO_CONTAINER}`,
  });
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

async function tentar(
  caminho: string,
  comando: string,
  acao: () => Promise<Resposta>,
): Promise<Acesso> {
  try {
    return concluir(caminho, comando, await acao());
  } catch (erro) {
    if (!(erro instanceof ErroDeUso)) throw erro;
    return concluir(caminho, comando, { codigo: 1, saida: "", erros: erro.message });
  }
}

function concluir(caminho: string, comando: string, resposta: Resposta): Acesso {
  const { codigo, saida, erros } = resposta;
  return {
    caminho,
    comando,
    funcionou: codigo === 0 && saida.startsWith("Resposta do servidor: "),
    resposta: ultimaLinha(saida.trim() || erros),
  };
}
