"""The one way the command line says that it cannot go on."""


class OperatorError(Exception):
    """Stops a command; its message is one sentence for the person at the terminal."""
