# Certo: um processo para cada cliente, recolhido quando ele sai.
import os
import signal

from comum import abrir


def ecoar(conexao):
    try:
        while dados := conexao.recv(4096):
            conexao.sendall(dados)
    except (OSError, KeyboardInterrupt):
        pass


def laco(servidor):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        conexao, _ = servidor.accept()
        if os.fork() == 0:
            servidor.close()
            ecoar(conexao)
            os._exit(0)
        conexao.close()


abrir(laco)
