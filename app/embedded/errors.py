"""What can go wrong with an embedded engine? One error, whose text says what the reader can do about it."""


class EngineError(RuntimeError):
    """An embedded engine cannot be started or stopped. The text is meant for the person at the terminal."""
