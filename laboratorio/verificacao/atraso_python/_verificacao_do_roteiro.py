# O servidor do roteiro responde na hora, e assim não dá para ver se ele atende um cliente
# enquanto atende outro. Enquanto existir o arquivo de VERIFICACAO_ATRASO, cada envio demora
# os segundos que ele diz, na thread que envia e em nenhuma outra: é o time.sleep que o aluno
# poria antes do sendall. Só os primeiros envios de cada conexão esperam: quem envia letra por
# letra não leva um minuto.
#
# Em um socket que não bloqueia, a espera pararia também os outros clientes. No asyncio, ela
# fica no drain(), onde o próprio programa espera pelo envio, e no fim da conexão, para quem
# não espera por ele.
import os
import socket
import sys
import time
import weakref

ARQUIVO = os.environ.get("VERIFICACAO_ATRASO", "")
ENVIOS_COM_ATRASO = 3

envios = weakref.WeakKeyDictionary()
fechando = weakref.WeakSet()


def segundos():
    try:
        with open(ARQUIVO) as arquivo:
            return float(arquivo.read())
    except OSError:
        return 0


def com_atraso(enviar):
    def enviar_depois(self, *args):
        espera = segundos()
        if espera > 0:
            if self.gettimeout() == 0:
                atrasar_o_asyncio()
            elif envios.get(self, 0) < ENVIOS_COM_ATRASO:
                envios[self] = envios.get(self, 0) + 1
                time.sleep(espera)
        return enviar(self, *args)

    return enviar_depois


def atrasar_o_asyncio():
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or hasattr(asyncio, "_verificacao_do_roteiro"):
        return
    asyncio._verificacao_do_roteiro = True
    drain = asyncio.StreamWriter.drain
    transporte = asyncio.selector_events._SelectorTransport
    close = transporte.close

    async def drain_depois(self):
        fechando.add(self.transport)
        await asyncio.sleep(segundos())
        return await drain(self)

    def close_depois(self):
        if segundos() == 0 or self in fechando:
            return close(self)
        fechando.add(self)
        self._loop.call_later(segundos(), close, self)

    asyncio.StreamWriter.drain = drain_depois
    transporte.close = close_depois


# Uma porta fixa que o sistema ainda reserva à execução anterior não atrasa a conferência
def com_a_porta_de_volta(bind):
    def bind_depois(self, endereco):
        if self.type == socket.SOCK_STREAM and self.family != getattr(socket, "AF_UNIX", None):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return bind(self, endereco)

    return bind_depois


if ARQUIVO:
    # O sendall também conta os envios que ele mesmo faz, por dentro: eles não passam por aqui
    for nome in ("sendall", "send", "sendto", "sendmsg"):
        if hasattr(socket.socket, nome):
            setattr(socket.socket, nome, com_atraso(getattr(socket.socket, nome)))
    if os.environ.get("VERIFICACAO_PORTA_DE_VOLTA") and os.name == "posix":
        socket.socket.bind = com_a_porta_de_volta(socket.socket.bind)
