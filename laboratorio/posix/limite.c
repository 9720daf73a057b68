/*
 * O limite: o mesmo servidor em C, com uma thread (pthread) para cada cliente.
 *
 *   cc -O2 -pthread -o limite laboratorio/posix/limite.c
 *   PORT=8000 ./limite            (com `eco` no fim, devolve o que recebe)
 *
 * Faz as mesmas chamadas e escreve as mesmas linhas: o que o servidor_posix.ts leva a mais do
 * que ele é o custo da linguagem.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  int conexao;
  char endereco[32]; // IP:PORTA
} Cliente;

static int eco;

// Envia tudo: o sistema pode aceitar só uma parte de cada vez
static int enviar(int conexao, const char *dados, size_t n) {
  while (n > 0) {
    ssize_t enviados = send(conexao, dados, n, 0);
    if (enviados < 0) return -1;
    dados += enviados;
    n -= enviados;
  }
  return 0;
}

// Função alvo da thread: lida com a comunicação de um único cliente
static void *atender(void *argumento) {
  Cliente cliente = *(Cliente *)argumento;
  free(argumento);
  if (eco) {
    static _Thread_local char dados[65536];
    ssize_t n;
    printf("Novo cliente conectado: %s\n", cliente.endereco);
    while ((n = recv(cliente.conexao, dados, sizeof dados, 0)) > 0) {
      printf("Mensagem de %s: %.*s\n", cliente.endereco, (int)n, dados);
      if (enviar(cliente.conexao, dados, n) < 0) break;
    }
    printf("Cliente %s desconectado.\n", cliente.endereco);
  } else {
    const char *mensagem = "Olá, cliente! Você está conectado ao servidor TCP em C.";
    printf("Conexão estabelecida com %s\n", cliente.endereco);
    enviar(cliente.conexao, mensagem, strlen(mensagem));
  }
  close(cliente.conexao);
  return NULL;
}

int main(int argc, char **argv) {
  const char *porta = getenv("PORT");
  const char *host = getenv("HOST");
  struct sockaddr_in endereco = {.sin_family = AF_INET};
  socklen_t tamanho = sizeof endereco;
  int sim = 1;
  pthread_attr_t pilha;

  eco = argc > 1 && strcmp(argv[1], "eco") == 0;
  setvbuf(stdout, NULL, _IOLBF, 4096);
  signal(SIGPIPE, SIG_IGN);
  pthread_attr_init(&pilha);
  pthread_attr_setstacksize(&pilha, 256 * 1024);
  pthread_attr_setdetachstate(&pilha, PTHREAD_CREATE_DETACHED);

  int servidor = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(servidor, SOL_SOCKET, SO_REUSEADDR, &sim, sizeof sim);
  setsockopt(servidor, IPPROTO_TCP, TCP_NODELAY, &sim, sizeof sim);
  endereco.sin_port = htons(porta ? atoi(porta) : 8000);
  inet_pton(AF_INET, host && *host ? host : "0.0.0.0", &endereco.sin_addr);
  if (bind(servidor, (struct sockaddr *)&endereco, sizeof endereco) < 0 ||
      listen(servidor, 512) < 0) {
    perror("Erro ao iniciar o servidor");
    return 1;
  }
  getsockname(servidor, (struct sockaddr *)&endereco, &tamanho);
  printf("Servidor TCP em C rodando na porta %d...\n", ntohs(endereco.sin_port));

  while (1) {
    tamanho = sizeof endereco;
    int conexao = accept(servidor, (struct sockaddr *)&endereco, &tamanho);
    if (conexao < 0) continue;
    Cliente *cliente = malloc(sizeof *cliente);
    cliente->conexao = conexao;
    snprintf(cliente->endereco, sizeof cliente->endereco, "%s:%d",
             inet_ntoa(endereco.sin_addr), ntohs(endereco.sin_port));
    pthread_t thread;
    if (pthread_create(&thread, &pilha, atender, cliente) != 0) {
      close(conexao);
      free(cliente);
    }
  }
}
