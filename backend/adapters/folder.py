"""Reads what an adapter folder says about itself: adapter_config.json as mlx-lm writes it, and our provenance.json.

Knows files and mlx-lm's format; knows no base model, no MLX and no web.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from backend.adapters.tensors import AdapterUnreadable
from backend.errors import NotFound
from backend.json_files import UnreadableJson, read_json

LATEST = "adapters.safetensors"
BEST = "best_adapters.safetensors"
CONFIG = "adapter_config.json"
PROVENANCE = "provenance.json"
CHECKPOINT = re.compile(rf"(\d{{7,}})_{re.escape(LATEST)}")

Weights = Literal["best", "latest"]
FILES: dict[Weights, str] = {"best": BEST, "latest": LATEST}


@dataclass(frozen=True)
class WeightsFile:
    """One of an adapter's files of tensors; `step` is the iteration of a numbered checkpoint."""

    path: Path
    kind: Literal["best", "latest", "checkpoint"]
    step: int | None = None


class LoraParameters(BaseModel):
    """mlx-lm's `lora_parameters`. It ignores our additions: `alpha`, and how ranks and alphas were given.

    The patterns hold the true rank and alpha (scale x rank) of every module, by key or by path, where modules differ.
    """

    rank: int | None = None
    alpha: FiniteFloat | None = None
    scale: FiniteFloat | None = None
    dropout: FiniteFloat | None = None
    keys: list[str] | None = None
    use_rslora: bool = False
    rank_pattern: dict[str, int] = {}
    alpha_pattern: dict[str, FiniteFloat] = {}


class AdapterConfig(BaseModel):
    """What of adapter_config.json says how the adapter is to be applied.

    `lora_layers` and `use_dora` are older names of mlx-lm's, for num_layers and the type dora.
    """

    model_config = ConfigDict(protected_namespaces=())

    model: str | None = None
    fine_tune_type: str = "lora"
    num_layers: int | None = None
    lora_layers: int | None = None
    use_dora: bool = False
    lora_parameters: LoraParameters = LoraParameters()
    peft_type: str | None = None


class Provenance(BaseModel):
    """Where an adapter that was made here comes from.

    `scale` is the multiplier that its update was trained with; `base_tensors` the digests of the base's weights. Both
    are missing in early ones.
    """

    model_config = ConfigDict(protected_namespaces=())

    base_model: str | None = None
    base_fingerprint: str | None = None
    session_id: str | None = None
    scale: FiniteFloat | None = None
    base_tensors: dict[str, str] = {}


@dataclass(frozen=True)
class AdapterRecord:
    """An adapter folder's own account. `config_problem` says why there is no `config`, None when there is one."""

    folder: Path
    config: AdapterConfig | None
    config_problem: str | None
    provenance: Provenance

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def model(self) -> str | None:
        """Name or path of the base model that the adapter was made for."""
        return self.provenance.base_model or (self.config.model if self.config else None)

    @property
    def method(self) -> str | None:
        """The recorded `fine_tune_type`, also one that is unknown here; None without a config."""
        if self.config is None:
            return None
        return "dora" if self.config.use_dora else self.config.fine_tune_type

    @property
    def lora(self) -> LoraParameters:
        """mlx-lm writes these for full fine-tuning too, where they mean nothing."""
        return self.config.lora_parameters if self.config else LoraParameters()

    @property
    def num_layers(self) -> int | None:
        """How many of the last layers are adapted, -1 meaning all (mlx-lm takes 0 and every negative number so)."""
        if self.config is None:
            return None
        recorded = self.config.num_layers if self.config.num_layers is not None else self.config.lora_layers
        return -1 if recorded is not None and recorded <= 0 else recorded


def read_record(folder: Path) -> AdapterRecord:
    """Never fails over a bad adapter_config.json: rank and keys can be read from the tensors too."""
    config, problem = _read_config(folder / CONFIG)
    return AdapterRecord(folder, config, problem, _read_provenance(folder / PROVENANCE))


def choose_weights(folder: Path, wanted: Weights | int | None) -> WeightsFile:
    """The best weights if there are any, else the latest; or those that were asked for. Raises NotFound."""
    if isinstance(wanted, int):
        return _checkpoint(folder, wanted)
    for kind in [wanted] if wanted else FILES:
        if (file := folder / FILES[kind]).is_file():
            return WeightsFile(file, kind)
    if wanted:
        raise NotFound(f"The adapter {folder.name} has no {wanted} weights: {FILES[wanted]} is not in its folder.")
    if (folder / "adapter_model.safetensors").is_file() or (folder / "adapter_model.bin").is_file():
        raise AdapterUnreadable(
            f"{folder.name} is an adapter in PEFT's format (adapter_model.*); mlx-lm's format is needed here, "
            f"with {LATEST} and {CONFIG}."
        )
    raise NotFound(f"The adapter {folder.name} has no weights: neither {BEST} nor {LATEST} is in its folder.")


def checkpoint_name(iteration: int) -> str:
    """The file of the numbered checkpoint of an iteration, as mlx-lm names it: 0000010_adapters.safetensors."""
    return f"{iteration:07d}_{LATEST}"


def checkpoints(folder: Path) -> list[int]:
    """The iterations of the numbered checkpoints, in order."""
    found = (CHECKPOINT.fullmatch(file.name) for file in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def _checkpoint(folder: Path, step: int) -> WeightsFile:
    file = folder / checkpoint_name(step)
    if not file.is_file():
        steps = ", ".join(map(str, checkpoints(folder)))
        there = f"There are those of {steps}" if steps else "It has none"
        raise NotFound(f"The adapter {folder.name} has no checkpoint of iteration {step}. {there}.")
    return WeightsFile(file, "checkpoint", step)


def _read_config(file: Path) -> tuple[AdapterConfig | None, str | None]:
    if not file.is_file():
        return None, f"There is no {CONFIG}"
    try:
        return AdapterConfig.model_validate(read_json(file)), None
    except UnreadableJson as error:
        return None, f"{CONFIG} is unreadable ({error})"
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        return None, f"{CONFIG} is unreadable ({where}: {first['msg']})"


def _read_provenance(file: Path) -> Provenance:
    try:
        return Provenance.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return Provenance()
