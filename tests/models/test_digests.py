"""The digests of a base model's weights: every bit counts, and the tensor that changed is named."""

from pathlib import Path
from threading import Event

import mlx.core as mx
import pytest

from backend.models.digests import HashingGivenUp, different_tensors, tensor_digests
from backend.models.fingerprint import fingerprint, tensors_in
from tests.tiny_models import make_model

CHANGED = "model.layers.1.mlp.up_proj.weight"


def flip_a_bit(file: Path, name: str) -> None:
    """The lowest bit of a number between the beginning and the middle of the tensor, where the fingerprint reads."""
    tensor = tensors_in(file)[name]
    with file.open("r+b") as stream:
        stream.seek((3 * tensor.begin + tensor.end) // 4 // 4 * 4)
        byte = stream.read(1)
        stream.seek(-1, 1)
        stream.write(bytes([byte[0] ^ 1]))


def test_one_bit_changes_the_digest_of_its_tensor_alone(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    before, sampled = tensor_digests(base), fingerprint(base)
    flip_a_bit(base / "model.safetensors", CHANGED)
    assert fingerprint(base) == sampled
    assert different_tensors(before, tensor_digests(base)) == [CHANGED]


def test_a_copy_in_other_files_has_the_same_digests(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    before = tensor_digests(base)
    weights = mx.load(str(base / "model.safetensors"))
    assert isinstance(weights, dict)
    names = sorted(weights)
    for number, part in enumerate((names[:3], names[3:])):
        mx.save_safetensors(str(base / f"model-{number}.safetensors"), {name: weights[name] for name in part})
    (base / "model.safetensors").unlink()
    assert tensor_digests(base) == before
    assert set(before) == set(names)


def test_a_tensor_that_is_missing_or_new_is_a_difference() -> None:
    assert different_tensors({"a": "1", "b": "2"}, {"b": "2", "c": "3"}) == ["a", "c"]


def test_hashing_ends_when_it_is_given_up(tmp_path: Path) -> None:
    given_up = Event()
    given_up.set()
    with pytest.raises(HashingGivenUp):
        tensor_digests(make_model(tmp_path / "base"), given_up)
