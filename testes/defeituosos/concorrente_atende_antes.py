# Defeito: atende no laço do accept, e só então inicia uma thread, para a saudação.
import time

from comum import ATRASO_S, em_thread, saudar, servir

em_uma_thread = em_thread(saudar)


def aceitar(conexao):
    time.sleep(ATRASO_S)
    em_uma_thread(conexao)


servir(aceitar)
