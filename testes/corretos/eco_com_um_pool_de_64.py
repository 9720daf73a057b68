# Certo: um grupo de 64 threads, que são reaproveitadas.
from concurrent.futures import ThreadPoolExecutor

from comum import abrir


def ecoar(conexao):
    try:
        with conexao:
            while dados := conexao.recv(1024):
                conexao.sendall(dados)
    except OSError as erro:
        print(f"Erro na conexão: {erro}")


def laco(servidor):
    threads = ThreadPoolExecutor(64)
    try:
        while True:
            threads.submit(ecoar, servidor.accept()[0])
    except KeyboardInterrupt:
        threads.shutdown(wait=False)
        import os

        os._exit(0)


abrir(laco)
