# Tutorial, Experimento 2: o servidor em um container.
#
#   docker build -t servidor-tcp .
#   docker run -p 8000:8000 servidor-tcp
#
# Outro servidor:  docker build --build-arg SERVIDOR=servidor_sequencial.ts -t servidor-tcp .
# Para encerrar:   Ctrl+C, ou docker stop em outro terminal.
# Com o Podman, os comandos são os mesmos: troque docker por podman.

# Usar imagem base do Bun, na versão do projeto
FROM oven/bun:1.4.5-slim

# Copiar o código do servidor para o container; o servidor é um arquivo só, nada se instala
ARG SERVIDOR=servidor_thread.ts
COPY ${SERVIDOR} /servidor.ts

# Definir o diretório de trabalho
WORKDIR /

# Atender a quem vem de fora: para um container, 127.0.0.1 é só ele mesmo
ENV HOST=0.0.0.0
EXPOSE 8000

# Executar sem os poderes do root: quem invadir o servidor não manda no container
USER bun

# Comando para executar o servidor; entre colchetes, sem um shell no meio, é ele mesmo o
# processo 1, que recebe o sinal do docker stop
CMD ["bun", "run", "servidor.ts"]
