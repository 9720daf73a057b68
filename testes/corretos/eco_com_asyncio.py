# Certo: sem threads, e nenhum cliente para o outro.
import asyncio
import sys

from comum import PORT


async def atender(leitor, escritor):
    try:
        while dados := await leitor.read(65536):
            escritor.write(dados)
            await escritor.drain()
    except OSError as erro:
        print(f"Erro na conexão: {erro}")
    escritor.close()


async def main():
    servidor = await asyncio.start_server(atender, "127.0.0.1", PORT)
    await servidor.serve_forever()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("Servidor sendo encerrado pelo usuário.")
except OSError as erro:
    print(f"Erro ao iniciar o servidor: {erro}")
    sys.exit(1)
