# Defeito: três threads para todos os clientes.
import time
from concurrent.futures import ThreadPoolExecutor

from comum import ATRASO_S, saudar, servir, tentar

threads = ThreadPoolExecutor(3)


def atender(conexao):
    time.sleep(ATRASO_S)
    tentar(saudar, conexao)


servir(lambda conexao: threads.submit(atender, conexao))
