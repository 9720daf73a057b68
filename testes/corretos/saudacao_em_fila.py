# Certo: um cliente de cada vez, e 50 ms com cada um.
import time

from comum import SAUDACAO, abrir


def laco(servidor):
    while True:
        conexao, _ = servidor.accept()
        try:
            with conexao:
                time.sleep(0.05)
                conexao.sendall(SAUDACAO)
        except OSError as erro:
            print(f"Erro na conexão: {erro}")


abrir(laco)
