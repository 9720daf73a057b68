/**
 * Os motores de containers com que dá para testar nesta máquina.
 *
 * Na integração contínua (CI=true) o Docker não pode faltar: lá, pular em silêncio seria
 * passar sem testar.
 */
import { Motor, type NomeDoMotor } from "../laboratorio/container/motor.ts";

/** A imagem do FROM do Dockerfile. */
export const IMAGEM_BASE = /^FROM (\S+)/m.exec(
  await Bun.file(`${import.meta.dir}/../Dockerfile`).text(),
)?.[1] as string;

export interface MotorDeTeste {
  nome: NomeDoMotor;
  /** Por que não dá para testar neste motor; null se dá. */
  falta: string | null;
  /** Se os testes deste motor são pulados: falta algo, e ele não é obrigatório. */
  pular: boolean;
}

/** Confere um motor e, se os testes dele vão ser pulados, diz por quê. */
export async function conferirMotor(
  nome: NomeDoMotor,
  obrigatorio = nome === "docker" && process.env.CI === "true",
): Promise<MotorDeTeste> {
  const falta = await oQueFalta(nome);
  const pular = falta !== null && !obrigatorio;
  if (pular) console.log(`testes de container no ${nome} pulados: ${falta}`);
  return { nome, falta, pular };
}

async function oQueFalta(nome: NomeDoMotor): Promise<string | null> {
  try {
    await using motor = await Motor.encontrar(nome);
    const { codigo } = await motor.tentar(["image", "inspect", IMAGEM_BASE]);
    return codigo === 0 ? null : `falta a imagem base (${nome} pull ${IMAGEM_BASE})`;
  } catch (erro) {
    return (erro as Error).message.split("\n").slice(0, 2).join("");
  }
}

/** Quantos containers, redes e imagens há em um motor com este trecho no nome. */
export function contarNoMotor(nome: NomeDoMotor, trecho: string) {
  const contar = (...comando: string[]) =>
    Bun.spawnSync([nome, ...comando])
      .stdout.toString()
      .split("\n")
      .filter((linha) => linha.includes(trecho)).length;
  return {
    containers: contar("ps", "--all", "--format", "{{.Names}}"),
    redes: contar("network", "ls", "--format", "{{.Name}}"),
    imagens: contar("images", "--format", "{{.Repository}}"),
  };
}

export const NADA_NO_MOTOR = { containers: 0, redes: 0, imagens: 0 };
