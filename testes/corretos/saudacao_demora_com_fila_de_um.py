# Certo: uma thread por cliente, um atendimento de 100 ms e a menor das filas de conexões.
import socket
import threading
import time

from comum import PORT, SAUDACAO


def atender_cliente(conexao):
    time.sleep(0.1)
    try:
        conexao.sendall(SAUDACAO)
    except OSError:
        pass  # o cliente sumiu
    conexao.close()


servidor = socket.socket()
servidor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
servidor.bind(("127.0.0.1", PORT))
servidor.listen(1)
while True:
    conexao, _ = servidor.accept()
    threading.Thread(target=atender_cliente, args=(conexao,), daemon=True).start()
