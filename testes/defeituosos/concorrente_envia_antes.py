# Defeito: envia a saudação no laço do accept; a thread só fecha a conexão.
from comum import SAUDACAO, em_thread, servir, tentar

fechar = em_thread(lambda conexao: conexao.close())


def aceitar(conexao):
    tentar(lambda conexao: conexao.sendall(SAUDACAO), conexao)
    fechar(conexao)


servir(aceitar)
