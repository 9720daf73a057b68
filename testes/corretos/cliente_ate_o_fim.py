# Certo: avisa que não vai enviar nada e lê até o servidor encerrar.
import os
import socket
import sys

try:
    with socket.create_connection(("localhost", int(os.environ["PORT"])), timeout=30) as s:
        s.shutdown(socket.SHUT_WR)
        resposta = s.makefile("rb").read()
except OSError as erro:
    sys.exit(f"Ocorreu um erro: {erro}")
if not resposta:
    sys.exit("Ocorreu um erro: o servidor não respondeu.")
print("Conectando…")
print(f"Resposta do servidor ({len(resposta)} bytes): {resposta.decode()}")
