#!/usr/bin/env bash
# As seis listagens no Bun para Windows, dentro do Wine, em uma máquina sem Windows.
#
#   .ci/windows.sh PASTA     (Debian em x86_64, como root; o que faltar é instalado)
#
# Na PASTA fica tudo o que se baixa e tudo o que o Wine guarda. Termina com o código dos testes
# (windows.test.ts), ou com 77 se esta máquina não tem como executá-los.
set -euo pipefail
pasta=$(realpath "$1")
cd "$(dirname "$0")/.."

wine=/usr/lib/wine/wine64
dlls=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
export WINEPREFIX=$pasta/wine WINEDEBUG=-all TMPDIR=$pasta
export LC_ALL=C.UTF-8 # sem isto, o terminal do Wine pode ficar sem acentos

limpar() {
  jobs -p | xargs -r kill 2>/dev/null || true
  [ ! -d "$WINEPREFIX" ] || /usr/lib/wine/wineserver -k || true
}
trap limpar EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

nao_executada() {
  echo "não executada: $1"
  exit 77
}
[ "$(uname -sm)" = "Linux x86_64" ] || nao_executada "pede Linux em x86_64, e não $(uname -sm)"

# 1. O Wine e o ligador do binutils e, ao mesmo tempo, o Bun para Windows da versão do projeto
instalar_programas() {
  if [ -x "$wine" ] && command -v ld >/dev/null; then return; fi
  # Sem os manuais, que demorariam tanto quanto o resto, e sem esperar o disco a cada arquivo
  local opcoes=(--path-exclude='/usr/share/man/*' --force-unsafe-io)
  timeout 120 apt-get -qq update
  timeout 300 apt-get -qq install --yes --no-install-recommends \
    "${opcoes[@]/#/-oDpkg::Options::=}" wine64 binutils >"$pasta/apt.log" 2>&1 ||
    { tail -n 20 "$pasta/apt.log"; return 1; }
}
if ! [ -x "$wine" ] && ! command -v apt-get >/dev/null; then
  nao_executada "não há o Wine, nem o apt-get para instalá-lo"
fi
versao=$(sed -n 's/.*"packageManager": *"bun@\([^"]*\)".*/\1/p' package.json)
pacote="@oven/bun-windows-x64-baseline@$versao"
timeout 300 npm pack --silent --pack-destination "$pasta" "$pacote" >/dev/null &
instalar_programas
wait $! || { echo "o npm não baixou $pacote"; exit 1; }
tar -xzf "$pasta"/oven-bun-*.tgz -C "$pasta"

# 2. Um Windows mínimo: as DLLs do Wine ligadas, e não copiadas, dispensam a instalação dele
# (700 MB), que a palavra `disable` desliga
system32=$WINEPREFIX/drive_c/windows/system32
mkdir -p "$system32" "$WINEPREFIX/dosdevices"
ln -s ../drive_c "$WINEPREFIX/dosdevices/c:"
ln -s / "$WINEPREFIX/dosdevices/z:"
ln -s "$dlls"/* "$system32"
echo disable >"$WINEPREFIX/.update-timestamp"

# O Bun pede o Windows 10 e uma DLL que este Wine não tem: só um outro nome de uma função dele
cat >"$WINEPREFIX/system.reg" <<'REGISTRO'
WINE REGISTRY Version 2
#arch=win64

[Software\\Microsoft\\Windows NT\\CurrentVersion]
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentBuildNumber"="19045"
REGISTRO
echo 'EXPORTS ProcessPrng = advapi32.SystemFunction036' >"$pasta/bcryptprimitives.def"
ld -m i386pep -shared -e 0 -o "$system32/bcryptprimitives.dll" "$pasta/bcryptprimitives.def"

# 3. As listagens sozinhas em uma pasta, como um aluno as entrega: ao lado de um tsconfig.json, o
# Bun pergunta ao Windows o caminho de um arquivo aberto, e o Wine não sabe dizer (EBADFD)
mkdir "$pasta/listagens"
cp ./*.ts "$pasta/listagens"
LISTAGENS=$pasta/listagens WINE=$wine BUN_DO_WINDOWS=$pasta/package/bin/bun.exe \
  timeout --kill-after=10 240 bun test ./.ci/windows.test.ts &
wait $!
