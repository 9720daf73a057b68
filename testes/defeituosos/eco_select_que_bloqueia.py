# Defeito: uma thread só, com select e sendall: quem não lê para todos.
import select

from comum import abrir


def ecoar(conexao):
    try:
        dados = conexao.recv(65536)
        conexao.sendall(dados)
        return bool(dados)
    except OSError:
        return False


def atender(servidor):
    conexoes = []
    while True:
        for pronta in select.select([servidor, *conexoes], [], [])[0]:
            if pronta is servidor:
                conexoes.append(servidor.accept()[0])
            elif not ecoar(pronta):
                conexoes.remove(pronta)
                pronta.close()


abrir(atender)
