# Certo: envia a saudação de byte em byte.
import threading

from comum import SAUDACAO, abrir


def atender_cliente(conexao):
    with conexao:
        for byte in SAUDACAO:
            conexao.send(bytes([byte]))


def laco(servidor):
    while True:
        conexao, _ = servidor.accept()
        threading.Thread(target=atender_cliente, args=(conexao,), daemon=True).start()


abrir(laco)
