/** As seções do roteiro a que as checagens se referem. */
export const SECOES = {
  semThread: "Tutorial, 1. Servidor TCP sem thread",
  comThread: "Tutorial, 2. Experimento 1: uso de threads no servidor",
  cliente: "Tutorial, 2. Implementação do cliente TCP",
  threads: "Estudo Dirigido, 1.2. Módulo threading",
  with: "Estudo Dirigido, 2.2. A importância do bloco with com sockets",
  create: "Estudo Dirigido, 2.3. Funções create_server e create_connection",
  servidorFinal: "Estudo Dirigido, Parte 3. Código do servidor final",
  clienteFinal: "Estudo Dirigido, Parte 3. Código do cliente final",
  comoTestar: "Estudo Dirigido, Parte 3. Como testar",
} as const;
