// Defeito: escreve sem parar, com comandos de terminal no meio, e nunca abre a porta.
for (;;) console.log("\x1b[2J\x1b[31mabrindo a porta… \u202eatrop a odnirba");
