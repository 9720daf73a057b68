# Defeito: encerra a conversa com um cliente que pensa por 0,3 s.
from comum import em_thread, servir


def ecoar(conexao):
    with conexao:
        conexao.settimeout(0.3)
        while dados := conexao.recv(65536):
            conexao.settimeout(None)
            conexao.sendall(dados)
            conexao.settimeout(0.3)


servir(em_thread(ecoar))
