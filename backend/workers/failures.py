"""Says in words why work failed, where the error is no AppError with words of its own."""

from backend.process import LESS_MEMORY
from backend.workers.out_of_memory import says_memory_ran_out


def in_words(error: Exception, work: str) -> str:
    """`work` is what failed: "run", "evaluation"."""
    if says_memory_ran_out(error):
        return f"Memory ran out. {LESS_MEMORY}"
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"A file could not be read or written: {error.strerror}{where}."
    return f"The {work} failed: {error}. The end of the log says more."
