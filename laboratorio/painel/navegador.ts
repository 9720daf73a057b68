/** Abrir a página no navegador desta máquina, se há um. */

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
