/**
 * O que vale para todos os testes. Eles iniciam processos de verdade, em vários arquivos ao
 * mesmo tempo: o prazo de cada um só existe para que nenhum fique parado para sempre. Quem
 * mede tempo usa `melhorDe`, porque outro programa na mesma máquina pode atrasá-lo.
 */
import { setDefaultTimeout } from "bun:test";

setDefaultTimeout(60_000);
