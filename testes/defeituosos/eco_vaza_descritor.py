# Defeito: guarda uma cópia de cada conexão, que nunca fecha.
import socket

from comum import ecoar, em_thread, servir

conexoes = []


def ecoar_e_guardar(conexao):
    conexoes.append(conexao.dup())
    try:
        while dados := conexao.recv(65536):
            conexao.sendall(dados)
        conexao.shutdown(socket.SHUT_RDWR)
    finally:
        conexao.close()


servir(em_thread(ecoar_e_guardar))
