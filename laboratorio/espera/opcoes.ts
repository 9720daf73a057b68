/** As opções que os dois experimentos têm em comum. */
import { inteiro, inteiros, ligar, texto } from "../comando/opcoes.ts";

/**
 * @param pasta onde os resultados ficam, se o usuário não disser outra.
 * @param rapido quantas rodadas tem o ensaio.
 */
export function opcoesDasRodadas(pasta: string, rapido: number) {
  return {
    clientes: inteiros(1, 1000, {
      valor: "lista",
      descricao: "quantos clientes ao mesmo tempo",
      padrao: "1,2,5,10",
    }),
    rodadas: inteiro(1, 1000, {
      valor: "n",
      descricao:
        "quantas vezes repetir tudo; a partir de 6, as tabelas trazem um intervalo de confiança",
      padrao: "10",
    }),
    atraso: inteiros(0, 60_000, {
      valor: "lista",
      descricao:
        "tempo de atendimento de cada cliente, em ms; vai para o servidor em ATRASO_MS",
      padrao: "0,100",
    }),
    saida: texto({
      valor: "pasta",
      descricao:
        "onde escrever os arquivos; um resultado anterior não se perde: a pasta dele ganha outro nome",
      padrao: pasta,
    }),
    rapido: ligar({
      descricao: "um ensaio de poucos segundos",
      troca: { rodadas: `${rapido}`, atraso: "0,50" },
    }),
    semente: inteiro(0, 2 ** 31 - 1, {
      valor: "n",
      descricao: "a do sorteio dos intervalos de confiança",
      padrao: "1",
    }),
  };
}
