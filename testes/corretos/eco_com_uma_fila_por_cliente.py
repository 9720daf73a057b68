# Certo: uma thread só, com select, que nunca bloqueia e guarda o que falta enviar a cada um.
import select

from comum import abrir


def laco(servidor):
    filas = {}
    while True:
        com_fila = [conexao for conexao, fila in filas.items() if fila]
        sem_fila = [conexao for conexao, fila in filas.items() if not fila]
        lidas, escritas, _ = select.select([servidor, *sem_fila], com_fila, [])
        for conexao in lidas:
            if conexao is servidor:
                nova, _ = servidor.accept()
                nova.setblocking(False)
                filas[nova] = b""
                continue
            try:
                dados = conexao.recv(65536)
            except OSError:
                dados = b""
            filas[conexao] = dados
            if not dados:
                del filas[conexao]
                conexao.close()
        for conexao in escritas:
            try:
                filas[conexao] = filas[conexao][conexao.send(filas[conexao]) :]
            except OSError:
                del filas[conexao]
                conexao.close()


abrir(laco)
