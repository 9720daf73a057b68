# Defeito: as threads esperam umas pelas outras em uma trava.
import threading

from comum import em_thread, saudar, servir

trava = threading.Lock()


def com_trava(conexao):
    with trava:
        saudar(conexao)


servir(em_thread(com_trava))
