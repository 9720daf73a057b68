# Certo: uma thread mostra o que chega enquanto o programa principal lê o que se digita.
import os
import socket
import threading


def receber(s):
    try:
        while dados := s.recv(4096):
            print(f"Servidor respondeu: {dados.decode()}", flush=True)
    except OSError:
        pass  # a conexão acabou


try:
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as s:
        print("Conectado ao servidor com sucesso!")
        threading.Thread(target=receber, args=(s,), daemon=True).start()
        while True:
            try:
                mensagem = input("Digite sua mensagem ('sair' ou '' para fechar): ").strip()
            except EOFError:
                break
            if mensagem.lower() in ("", "sair"):
                break
            s.sendall(mensagem.encode())
        s.shutdown(socket.SHUT_RDWR)
except OSError as erro:
    print(f"Ocorreu um erro: {erro}")
print("Conexão encerrada.")
