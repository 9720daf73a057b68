// Defeito: diz que está pronto, mas não abre porta nenhuma.
console.log("Servidor TCP rodando na porta 8000...");
setInterval(() => {}, 1000);
