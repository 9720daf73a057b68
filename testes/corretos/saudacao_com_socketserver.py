# Certo: com a biblioteca socketserver, que cria a thread de cada cliente.
import socketserver

from comum import PORT, SAUDACAO


class Saudacao(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(SAUDACAO)


class Servidor(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


with Servidor(("127.0.0.1", PORT), Saudacao) as servidor:
    servidor.serve_forever()
