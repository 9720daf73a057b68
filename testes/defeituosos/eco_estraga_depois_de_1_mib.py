# Defeito: depois do primeiro MiB de uma conversa, os bytes vêm trocados.
from comum import em_thread, servir


def ecoar(conexao):
    total = 0
    with conexao:
        while dados := conexao.recv(65536):
            total += len(dados)
            conexao.sendall(dados if total <= 2**20 else dados[::-1])


servir(em_thread(ecoar))
