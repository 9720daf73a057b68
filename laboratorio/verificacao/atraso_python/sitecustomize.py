# O Python importa este arquivo ao iniciar, antes do programa conferido.
import _verificacao_do_roteiro  # noqa: F401
