// Defeito: termina na hora, com o código 0, sem dizer nada.
process.exit(0);
