# Certo: conversa até se digitar "sair", e repete na tela o que envia.
import os
import socket

try:
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as s:
        print("Conectado ao servidor com sucesso!")
        while True:
            try:
                mensagem = input("Digite sua mensagem ('sair' ou '' para fechar): ")
            except EOFError:
                break
            mensagem = mensagem.strip()
            if mensagem == "" or mensagem.lower() == "sair":
                break
            print(f"Enviando: {mensagem}")
            s.sendall(mensagem.encode())
            dados = s.recv(1024)
            if not dados:
                print("O servidor encerrou a conexão.")
                break
            print(f"Servidor respondeu: {dados.decode()}")
except OSError as erro:
    print(f"Ocorreu um erro: {erro}")
print("Conexão encerrada.")
