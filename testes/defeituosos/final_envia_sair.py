# Defeito: depois da resposta, envia "sair" ao servidor.
import os
import socket
import sys

codigo = 0
try:
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as s:
        print("Conectado ao servidor com sucesso!")
        try:
            mensagem = input("Digite sua mensagem ('sair' ou '' para fechar): ").strip()
        except EOFError:
            mensagem = ""
        if mensagem.lower() not in ("", "sair"):
            s.sendall(mensagem.encode())
            print(f"Servidor respondeu: {s.recv(1024).decode()}")
            s.sendall(b"sair")
except OSError as erro:
    print(f"Ocorreu um erro: {erro}")
    codigo = 1
print("Conexão encerrada.")
sys.exit(codigo)
