# Com -I, -E ou -S o Python não lê o sitecustomize.py: este arquivo vem na frente do programa.
#
#   python3 -I executar.py servidor.py …      python3 -I executar.py -m modulo …
import os
import runpy
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _verificacao_do_roteiro  # noqa: E402, F401

sys.path.pop(0)
isolado = sys.flags.isolated
if not isolado:
    sys.path.pop(0)  # a pasta deste arquivo

_, o_que, *resto = sys.argv
if o_que == "-c":
    codigo, *argumentos = resto
    sys.argv = ["-c", *argumentos]
    exec(compile(codigo, "<string>", "exec"), {"__name__": "__main__"})
elif o_que == "-m":
    modulo, *argumentos = resto
    sys.argv = [modulo, *argumentos]
    if not isolado:
        sys.path.insert(0, "")
    runpy.run_module(modulo, run_name="__main__", alter_sys=True)
else:
    sys.argv = [o_que, *resto]
    if not isolado:
        sys.path.insert(0, os.path.dirname(os.path.abspath(o_que)))
    runpy.run_path(o_que, run_name="__main__")
