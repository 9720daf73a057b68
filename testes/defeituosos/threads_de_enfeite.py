# Defeito: as duas threads só dormem; quem escreve é o programa principal.
import threading
import time

for _ in range(2):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("Thread 1: Iniciando.")
print("Thread 2: Iniciando.")
print("Programa principal: Aguardando as threads finalizarem...")
time.sleep(1.5)
print("Thread 2: Finalizada.")
time.sleep(0.5)
print("Thread 1: Finalizada.")
print("Programa principal: Todas as threads foram finalizadas.")
