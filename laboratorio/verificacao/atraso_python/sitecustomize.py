# O Python importa este arquivo ao iniciar, antes do programa conferido.
#
# O servidor do roteiro responde na hora, e assim não dá para ver se ele atende um cliente
# enquanto atende outro. Enquanto existir o arquivo de VERIFICACAO_ATRASO, cada envio demora
# VERIFICACAO_ATRASO_S segundos a mais, na thread que envia e em nenhuma outra: é o
# time.sleep que o aluno poria antes do sendall. Um socket que não bloqueia (asyncio) fica
# como está, porque nele a espera pararia também os outros clientes.
import os
import socket
import time

ARQUIVO = os.environ.get("VERIFICACAO_ATRASO", "")
SEGUNDOS = float(os.environ.get("VERIFICACAO_ATRASO_S", "0"))


def com_atraso(enviar):
    def enviar_depois(self, *args):
        if self.gettimeout() is None and os.path.exists(ARQUIVO):
            time.sleep(SEGUNDOS)
        return enviar(self, *args)

    return enviar_depois


if ARQUIVO:
    socket.socket.sendall = com_atraso(socket.socket.sendall)
    socket.socket.send = com_atraso(socket.socket.send)
