# Defeito: a segunda tarefa é do programa principal; só a primeira tem uma thread.
import threading
import time


def tarefa_simples(id_thread, tempo_espera):
    print(f"Thread {id_thread}: Iniciando.", flush=True)
    time.sleep(tempo_espera)
    print(f"Thread {id_thread}: Finalizada.", flush=True)


thread1 = threading.Thread(target=tarefa_simples, args=(1, 2))
thread1.start()
print("Programa principal: Aguardando as threads finalizarem...", flush=True)
tarefa_simples(2, 1.5)
thread1.join()
print("Programa principal: Todas as threads foram finalizadas.")
