# Certo, e executado com python3 -I, que não olha o ambiente nem a pasta: não importa nada daqui.
import os
import socket
import threading


def atender_cliente(conexao):
    with conexao:
        conexao.sendall("Olá, cliente! Você está conectado ao servidor TCP.".encode())


with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as servidor:
    while True:
        conexao, _ = servidor.accept()
        threading.Thread(target=atender_cliente, args=(conexao,), daemon=True).start()
