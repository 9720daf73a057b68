# Defeito: encerra a conversa com um cliente que pensa por 2 s.
from comum import em_thread, servir


def ecoar(conexao):
    with conexao:
        conexao.settimeout(2)
        while dados := conexao.recv(65536):
            conexao.settimeout(None)
            conexao.sendall(dados)
            conexao.settimeout(2)


servir(em_thread(ecoar))
