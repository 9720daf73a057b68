# Defeito: uma trava de todas as threads em volta do envio: quem não lê para todos.
import threading

from comum import em_thread, servir

trava = threading.Lock()


def ecoar(conexao):
    with conexao:
        while dados := conexao.recv(65536):
            with trava:
                conexao.sendall(dados)


servir(em_thread(ecoar))
