# Defeito: cada cliente leva 80 ms no laço do accept, antes da thread dele.
import time

from comum import em_thread, saudar, servir

em_uma_thread = em_thread(saudar)


def aceitar(conexao):
    time.sleep(0.08)
    em_uma_thread(conexao)


servir(aceitar)
