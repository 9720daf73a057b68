# Defeito: na despedida, um cliente em cada 180 recebe um fim de linha.
from comum import em_thread, servir

clientes = 0


def ecoar(conexao):
    global clientes
    clientes += 1
    meu_numero = clientes
    with conexao:
        while dados := conexao.recv(65536):
            conexao.sendall(dados)
        if meu_numero % 180 == 0:
            conexao.sendall(b"\n")


servir(em_thread(ecoar))
