# Certo: diz ao servidor que não envia mais nada e lê a resposta até o fim.
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
            s.shutdown(socket.SHUT_WR)
            resposta = b""
            while dados := s.recv(1024):
                resposta += dados
            if not resposta:
                raise OSError("o servidor não respondeu")
            print(f"Servidor respondeu: {resposta.decode()}")
except OSError as erro:
    print(f"Ocorreu um erro: {erro}")
    codigo = 1
print("Conexão encerrada.")
sys.exit(codigo)
