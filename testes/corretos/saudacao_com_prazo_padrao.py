# Certo: um prazo de 30 s para todos os sockets, e o do accept que acaba é só mais uma volta.
import socket
import threading

from comum import SAUDACAO, abrir


def atender_cliente(conexao):
    with conexao:
        conexao.sendall(SAUDACAO)


def laco(servidor):
    while True:
        try:
            conexao, _ = servidor.accept()
        except TimeoutError:
            continue
        threading.Thread(target=atender_cliente, args=(conexao,), daemon=True).start()


socket.setdefaulttimeout(30)
abrir(laco)
