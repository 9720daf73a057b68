# Defeito: cria a thread e espera por ela com join() antes de aceitar o próximo cliente.
import os
import socket
import threading


def atender_cliente(conexao, endereco):
    with conexao:
        try:
            conexao.sendall("Olá, cliente! Você está conectado ao servidor TCP.".encode())
        except OSError as erro:
            print(f"Erro na conexão com {endereco}: {erro}")


with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as servidor:
    while True:
        conexao, endereco = servidor.accept()
        thread = threading.Thread(target=atender_cliente, args=(conexao, endereco))
        thread.start()
        thread.join()
