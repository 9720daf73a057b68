# Certo: sem threads, e nenhum cliente espera o outro.
import asyncio

from comum import PORT, SAUDACAO


async def atender(leitor, escritor):
    try:
        escritor.write(SAUDACAO)
        await escritor.drain()
        escritor.close()
        await escritor.wait_closed()
    except OSError as erro:
        print(f"Erro na conexão: {erro}")


async def main():
    servidor = await asyncio.start_server(atender, "127.0.0.1", PORT)
    await servidor.serve_forever()


asyncio.run(main())
