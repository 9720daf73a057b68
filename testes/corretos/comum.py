"""O que os servidores desta pasta têm em comum: a porta, o erro ao abri-la e o Ctrl+C."""

import os
import socket
import sys

PORT = int(os.environ["PORT"])
SAUDACAO = "Olá, cliente! Você está conectado ao servidor TCP multithread.".encode()


def abrir(atender):
    try:
        with socket.create_server(("127.0.0.1", PORT)) as servidor:
            atender(servidor)
    except KeyboardInterrupt:
        print("Servidor sendo encerrado pelo usuário.")
    except OSError as erro:
        print(f"Erro ao iniciar o servidor: {erro}")
        sys.exit(1)
