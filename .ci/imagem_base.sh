#!/usr/bin/env bash
# Monta, sem rede, uma imagem com o nome que o FROM do Dockerfile pede, onde não há como
# baixar a verdadeira: o Bun, as bibliotecas que ele usa e o usuário bun, e mais nada.
#
#   .ci/imagem_base.sh MOTOR CAMINHO_DO_BUN     (MOTOR: docker ou podman)
set -euo pipefail

motor=$1
bun=$(readlink -f "$2")
imagem=$(awk '$1 == "FROM" { print $2; exit }' "$(dirname "$0")/../Dockerfile")

if "$motor" image inspect "$imagem" >/dev/null 2>&1; then
  echo "o $motor já tem a imagem $imagem"
  exit
fi

raiz=$(mktemp -d)
trap 'rm -rf "$raiz"' EXIT

# O programa e as bibliotecas, cada uma no caminho em que ele a procura
install -D -m 755 "$bun" "$raiz/usr/local/bin/bun"
ldd "$bun" | grep -o '/[^ ]*' | while read -r biblioteca; do
  install -D -m 755 "$(readlink -f "$biblioteca")" "$raiz$biblioteca"
done

# O usuário bun, como na imagem verdadeira, e um lugar para arquivos temporários
install -d "$raiz/etc" "$raiz/home/bun"
install -d -m 1777 "$raiz/tmp"
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'bun:x:1000:1000::/home/bun:/bin/sh' >"$raiz/etc/passwd"
printf '%s\n' 'root:x:0:' 'bun:x:1000:' >"$raiz/etc/group"

tar --owner=0 --group=0 -C "$raiz" -c . |
  "$motor" import \
    --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' \
    --change 'LABEL substituta=sim' \
    - "$imagem" >/dev/null
echo "imagem $imagem montada para o $motor"
