# Defeito: um processo para cada cliente, que ninguém recolhe quando termina.
import os

from comum import saudar, servir, tentar


def aceitar(conexao):
    if os.fork() == 0:
        tentar(saudar, conexao)
        os._exit(0)
    conexao.close()


servir(aceitar)
