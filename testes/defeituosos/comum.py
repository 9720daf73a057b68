"""Servidores certos em Python, dos quais cada arquivo desta pasta estraga uma coisa só."""

import os
import socket
import sys
import threading

PORT = int(os.environ["PORT"])
ATRASO_S = int(os.environ.get("ATRASO_MS", "0")) / 1000
SAUDACAO = "Olá, cliente! Você está conectado ao servidor TCP multithread.".encode()


def ecoar(conexao):
    with conexao:
        while dados := conexao.recv(65536):
            conexao.sendall(dados)


def saudar(conexao):
    with conexao:
        conexao.sendall(SAUDACAO)


def tentar(tratar, conexao):
    try:
        tratar(conexao)
    except OSError as erro:
        print(f"Erro na conexão: {erro}")


def em_thread(tratar):
    """Quem aceita um cliente e o entrega a uma thread só dele."""

    def aceitar(conexao):
        threading.Thread(target=tentar, args=(tratar, conexao), daemon=True).start()

    return aceitar


def servir(aceitar):
    """Aceita clientes até o Ctrl+C, e entrega cada conexão a `aceitar`."""

    def laco(servidor):
        while True:
            conexao, _ = servidor.accept()
            aceitar(conexao)

    abrir(laco)


def abrir(atender):
    """Abre a porta, diz o erro se não conseguir e termina em ordem com Ctrl+C."""
    try:
        with socket.create_server(("127.0.0.1", PORT)) as servidor:
            print(f"Servidor rodando na porta {PORT}...")
            atender(servidor)
    except KeyboardInterrupt:
        print("Servidor sendo encerrado pelo usuário.")
    except OSError as erro:
        print(f"Erro ao iniciar o servidor: {erro}")
        sys.exit(1)
