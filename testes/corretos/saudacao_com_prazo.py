# Certo: um prazo de 30 s em cada conexão.
import threading

from comum import SAUDACAO, abrir


def atender_cliente(conexao):
    with conexao:
        conexao.settimeout(30)
        conexao.sendall(SAUDACAO)


def laco(servidor):
    while True:
        conexao, _ = servidor.accept()
        threading.Thread(target=atender_cliente, args=(conexao,), daemon=True).start()


abrir(laco)
