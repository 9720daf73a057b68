# Defeito: conversa em um for de 500 voltas, e não até o cliente sair.
from comum import em_thread, servir


def ecoar(conexao):
    with conexao:
        for _ in range(500):
            dados = conexao.recv(2**24)
            if not dados:
                return
            conexao.sendall(dados)


servir(em_thread(ecoar))
