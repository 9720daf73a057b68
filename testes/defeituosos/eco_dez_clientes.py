# Defeito: só dez clientes de cada vez; os outros esperam um deles sair.
import threading

from comum import ecoar, em_thread, servir

lugares = threading.Semaphore(10)


def com_lugar(conexao):
    with lugares:
        ecoar(conexao)


servir(em_thread(com_lugar))
