# Defeito: o programa termina na conexão de número 301.
import os

from comum import ecoar, em_thread, servir

clientes = 0
atender = em_thread(ecoar)


def aceitar(conexao):
    global clientes
    clientes += 1
    if clientes == 301:
        os._exit(1)
    atender(conexao)


servir(aceitar)
