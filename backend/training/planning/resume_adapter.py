"""Checks, from its header alone, that a run can begin with the weights of an adapter file."""

from collections.abc import Sequence
from pathlib import Path

from backend.adapters.tensors import Tensor, read_tensors
from backend.errors import FieldError
from backend.lora.methods import FACTORS, Method
from backend.lora.ranks import AdaptedModule, saved_rank


def check_same_adapter(file: Path, method: Method, modules: Sequence[AdaptedModule]) -> None:
    """Raises FieldError unless the file is of the same method, for the same modules, at the same saved rank.

    The names and shapes of full weights are compared when the model is loaded.
    """
    tensors = read_tensors(file)
    found = method_of(tensors)
    if found != method:
        raise FieldError(
            "resume_adapter_file",
            f"{file} was made with the method {found}, this run's is {method}: they must be the same.",
        )
    if method == "full":
        return
    expected = {f"{module.path}.{factor}" for module in modules for factor in FACTORS[method]}
    different = sorted(expected ^ set(tensors))
    if different:
        raise FieldError(
            "resume_adapter_file",
            f"{file} is an adapter of other modules than this run's ({different[0]} is only in one of the two). "
            "Start from an adapter that was made with the same choice of modules and layers.",
        )
    ranks = {_rank(tensors[f"{module.path}.lora_a"]) for module in modules}
    rank = saved_rank(modules)
    if ranks != {rank}:
        raise FieldError(
            "resume_adapter_file",
            f"{file} has rank {', '.join(map(str, sorted(ranks)))}, this run has {rank}: they must be the same.",
        )


def method_of(tensors: dict[str, Tensor]) -> Method:
    """By which method a file was made, from the names of its tensors."""
    if not any(name.endswith(".lora_a") for name in tensors):
        return "full"
    return "dora" if any(name.endswith(".m") for name in tensors) else "lora"


def _rank(lora_a: Tensor) -> int:
    """The rank of a factor of shape (in, rank), or (experts, rank, in)."""
    return lora_a.shape[-2 if len(lora_a.shape) == 3 else -1]
