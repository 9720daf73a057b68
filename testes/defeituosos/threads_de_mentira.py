# Defeito: só escreve e dorme; não há thread nenhuma.
import time

print("Thread 1: Iniciando.")
print("Thread 2: Iniciando.")
print("Programa principal: Aguardando as threads finalizarem...")
time.sleep(1.5)
print("Thread 2: Finalizada.")
time.sleep(0.5)
print("Thread 1: Finalizada.")
print("Programa principal: Todas as threads foram finalizadas.")
