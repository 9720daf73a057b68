# Certo: recebe e devolve de 16 em 16 bytes, com um prazo de 30 s.
import threading

from comum import abrir


def ecoar(conexao):
    try:
        with conexao:
            conexao.settimeout(30)
            while dados := conexao.recv(16):
                conexao.sendall(dados)
    except OSError as erro:
        print(f"Erro na conexão: {erro}")


def laco(servidor):
    while True:
        conexao, _ = servidor.accept()
        threading.Thread(target=ecoar, args=(conexao,), daemon=True).start()


abrir(laco)
