# Defeito: no máximo dez clientes ao mesmo tempo.
import threading

from comum import em_thread, saudar, servir

lugares = threading.BoundedSemaphore(10)


def com_lugar(conexao):
    with lugares:
        saudar(conexao)


servir(em_thread(com_lugar))
