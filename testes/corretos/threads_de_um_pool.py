# Certo: as duas threads vêm de um grupo.
import time
from concurrent.futures import ThreadPoolExecutor


def tarefa_simples(id_thread, tempo_espera):
    print(f"Thread {id_thread}: Iniciando.\n", end="", flush=True)
    time.sleep(tempo_espera)
    print(f"Thread {id_thread}: Finalizada.\n", end="", flush=True)


with ThreadPoolExecutor(2) as grupo:
    grupo.submit(tarefa_simples, 1, 2)
    grupo.submit(tarefa_simples, 2, 1.5)
    print("Programa principal: Aguardando as threads finalizarem...\n", end="", flush=True)
print("Programa principal: Todas as threads foram finalizadas.")
