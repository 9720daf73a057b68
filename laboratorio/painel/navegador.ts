/** Por onde se chega à página: os endereços desta máquina, e o navegador dela, se há um. */
import { networkInterfaces } from "node:os";

/** O programa com que cada sistema abre um endereço. */
const ABRIDORES: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Tenta abrir o endereço; onde não há tela nem navegador, não faz nada. */
export function abrirNavegador(endereco: string): void {
  const abridor = ABRIDORES[process.platform];
  const semTela =
    process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  if (!abridor || semTela || !Bun.which(abridor[0] ?? "")) return;
  Bun.spawn([...abridor, endereco], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  }).unref();
}

/** Os endereços IPv4 pelos quais outra máquina alcança esta. */
export function enderecosDaMaquina(): string[] {
  return Object.values(networkInterfaces()).flatMap((placas = []) =>
    placas
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address),
  );
}
