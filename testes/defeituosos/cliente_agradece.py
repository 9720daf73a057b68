# Defeito: depois da saudação, envia um agradecimento.
import os
import socket
import sys

try:
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as s:
        resposta = b""
        while dados := s.recv(1024):
            resposta += dados
        if not resposta:
            raise OSError("o servidor não respondeu")
        print("Resposta do servidor:", resposta.decode())
        s.sendall(b"obrigado")
except OSError as erro:
    print(f"Ocorreu um erro: {erro}")
    sys.exit(1)
