# Certo: para de enviar e espera o cliente fechar primeiro.
import socket
import threading

from comum import SAUDACAO, abrir


def atender_cliente(conexao):
    with conexao:
        conexao.sendall(SAUDACAO)
        conexao.shutdown(socket.SHUT_WR)
        conexao.settimeout(5)
        try:
            conexao.recv(1)
        except OSError:
            pass  # o cliente sumiu


def laco(servidor):
    while True:
        conexao, _ = servidor.accept()
        threading.Thread(target=atender_cliente, args=(conexao,), daemon=True).start()


abrir(laco)
