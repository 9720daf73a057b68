# Defeito: abre uma conexão só para ver se o servidor está lá, e depois outra.
import os
import socket
import sys

SERVIDOR = ("localhost", int(os.environ["PORT"]))
try:
    socket.create_connection(SERVIDOR).close()
    with socket.create_connection(SERVIDOR) as cliente:
        resposta = b""
        while dados := cliente.recv(1024):
            resposta += dados
except OSError as erro:
    sys.exit(f"Ocorreu um erro: {erro}")
print("Resposta do servidor:", resposta.decode())
