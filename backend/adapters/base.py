"""Recognises the base model that an adapter was made for, by fingerprint rather than by path. Knows no MLX."""

import re
from collections.abc import Callable
from pathlib import Path

from backend.adapters.folder import AdapterRecord
from backend.errors import FieldError

HUB_CACHE = re.compile(r"models--([^/]+)")


class OtherBase(FieldError):
    """The adapter was made for another base model."""

    code = "other_base"


def check_base(record: AdapterRecord, name: str, folder: Path, fingerprint_of: Callable[[Path], str]) -> list[str]:
    """Whether `record` was made for the base `name` in `folder`; what could not be checked comes back as warnings.

    The fingerprint decides where there is one, or where the recorded folder still exists; else the names do.
    """
    recorded = record.model
    if recorded is None and record.provenance.base_fingerprint is None:
        return ["The adapter does not record its base model; only the shapes of its tensors were checked."]
    if record.provenance.base_fingerprint is not None:
        same = record.provenance.base_fingerprint == fingerprint_of(folder)
    elif recorded is not None and _is_model(Path(recorded)):
        same = fingerprint_of(Path(recorded)) == fingerprint_of(folder)
    else:
        same = short_name(recorded or "") in {short_name(str(it)) for it in (name, folder, folder.resolve())}
    if same:
        return []
    raise OtherBase("adapter_name", _refusal(record.name, recorded, name))


def _is_model(folder: Path) -> bool:
    """Also of what is no path at all, or of somebody else's."""
    try:
        return (folder / "config.json").is_file()
    except OSError:
        return False


def short_name(model: str) -> str:
    """The last part of a path, of a hub id (`org/model`), of its folder (`org--model`) or of its place in a cache."""
    if cached := HUB_CACHE.search(model):
        model = cached[1]
    return re.split(r"/|--", model.rstrip("/"))[-1]


def _refusal(adapter: str, recorded: str | None, name: str) -> str:
    if recorded is None or short_name(recorded) == short_name(name):
        return (
            f"The adapter {adapter} was trained on a model {recorded or name} with other weights or another "
            f"configuration than the {name} that is here now. Choose the model that it was trained on."
        )
    return (
        f"The adapter {adapter} was trained on the base model {recorded}, not on {name}. "
        f"Choose {recorded} as the model, or an adapter that was trained on {name}. "
        f"If both are the same model, link its folder under the name {short_name(recorded)} too."
    )
