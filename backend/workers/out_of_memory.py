"""Recognises that memory ran out where that is an exception: on a CPU it is a signal, which explain_exit words."""

SIGNS_OF_NO_MEMORY = ("malloc", "insufficient memory", "outofmemory", "out of memory", "unable to allocate")


def says_memory_ran_out(error: Exception) -> bool:
    """As Metal and CUDA put it."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in words for sign in SIGNS_OF_NO_MEMORY)
