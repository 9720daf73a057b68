# Defeito: a thread de cada cliente fica para sempre depois que ele sai.
import threading

from comum import ecoar, em_thread, servir


def ecoar_e_ficar(conexao):
    ecoar(conexao)
    threading.Event().wait()


servir(em_thread(ecoar_e_ficar))
