# Defeito: o envio não bloqueia, e o erro de quando não cabe mais é engolido.
import select

from comum import em_thread, servir


def ecoar(conexao):
    with conexao:
        conexao.setblocking(False)
        while True:
            select.select([conexao], [], [])
            dados = conexao.recv(65536)
            if not dados:
                return
            try:
                conexao.send(dados)
            except BlockingIOError:
                pass


servir(em_thread(ecoar))
