# Defeito: um envio que o cliente demora mais de 1 s a ler se perde.
from comum import em_thread, servir


def ecoar(conexao):
    with conexao:
        while dados := conexao.recv(65536):
            conexao.settimeout(1)
            try:
                conexao.sendall(dados)
            except TimeoutError:
                pass
            conexao.settimeout(None)


servir(em_thread(ecoar))
