# Certo: o asyncio por baixo, em que não se espera nem pelo envio nem pelo fim.
import asyncio

from comum import PORT, SAUDACAO


class Saudacao(asyncio.Protocol):
    def connection_made(self, transporte):
        transporte.write(SAUDACAO)
        transporte.close()


async def main():
    laco = asyncio.get_running_loop()
    servidor = await laco.create_server(Saudacao, "127.0.0.1", PORT)
    await servidor.serve_forever()


asyncio.run(main())
