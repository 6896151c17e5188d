"""A run that was checked and resolved: what its session's config.yaml holds and its worker reads."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from backend.errors import AppError
from backend.lora.paths import relative_key
from backend.lora.ranks import AdaptedModule, saved_rank, saved_scale
from backend.training.config import TrainingConfig
from backend.whole_files import write_text_whole

FILE = "config.yaml"
# The same YAML, ten times as fast, where PyYAML was built with libyaml.
SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SafeDumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class RunPlan(BaseModel):
    """`config` is what was asked for, with the adapter name that was found; the rest is where it leads.

    `keys` are LoRA keys as mlx-lm reads them, `modules` what they adapt, with true ranks and multipliers. Full
    fine-tuning has no keys, and as `modules` the matrices that it changes.
    """

    model_config = ConfigDict(protected_namespaces=())

    config: TrainingConfig
    model_name: str
    data_name: str
    model_folder: Path
    base_fingerprint: str
    train_file: Path
    valid_file: Path | None
    data_sha256: dict[str, str]
    adapter_folder: Path
    keys: list[str]
    modules: list[AdaptedModule]
    notes: list[str]
    warnings: list[str]

    def write(self, session_folder: Path) -> None:
        """Whole or not at all, also in place of an earlier plan."""
        write_text_whole(session_folder / FILE, to_yaml(self.model_dump(mode="json")))

    @classmethod
    def read(cls, session_folder: Path) -> "RunPlan":
        content = yaml.load((session_folder / FILE).read_bytes(), Loader=SafeLoader)  # noqa: S506  it is a safe one
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise AppError(
                f"{session_folder / FILE} cannot be used: {place}: {first['msg']}. It was changed by hand, or written "
                "by another version of this program.",
                code="plan_unreadable",
            ) from error


def to_yaml(content: dict[str, Any]) -> str:
    text: str = yaml.dump(content, Dumper=SafeDumper, sort_keys=False, allow_unicode=True)
    return text


def lora_parameters(config: TrainingConfig, keys: list[str]) -> dict[str, object]:
    """As asked for; `scale` is the multiplier that mlx-lm applies, `alpha` says where from."""
    stabilised = {"use_rslora": True} if config.use_rslora and config.lora_scale is None else {}
    return {
        "rank": config.lora_rank,
        "alpha": config.lora_alpha if config.lora_scale is None else config.lora_scale * config.lora_rank,
        "scale": config.scale,
        "dropout": config.lora_dropout,
        "keys": keys,
        **stabilised,
    }


def saved_lora_parameters(plan: RunPlan) -> dict[str, object]:
    """As adapter_config.json records them: one rank and one multiplier, which fit the tensors as they are saved.

    Where modules have ranks or multipliers of their own, the true ones stand beside them, for people: mlx-lm ignores
    `rank_pattern` and `alpha_pattern` (here scale x rank). A key that has one value is named once.
    """
    asked = lora_parameters(plan.config, plan.keys)
    rank, scale = saved_rank(plan.modules), saved_scale(plan.modules)
    if {module.rank for module in plan.modules} == {rank} and {module.scale for module in plan.modules} == {scale}:
        alpha = asked["alpha"] if scale == plan.config.scale else scale * rank
        return {**asked, "rank": rank, "scale": scale, "alpha": alpha}
    return {
        **asked,
        "rank": rank,
        "scale": scale,
        "alpha": scale * rank,
        "rank_pattern": _by_key({module.path: module.rank for module in plan.modules}),
        "alpha_pattern": _by_key({module.path: module.scale * module.rank for module in plan.modules}),
    }


def _by_key(values: dict[str, float]) -> dict[str, float]:
    """The values by key relative to a layer where all layers have the same, else by full path."""
    several: dict[str, set[float]] = {}
    for path, value in values.items():
        several.setdefault(relative_key(path), set()).add(value)
    return {relative_key(path) if len(several[relative_key(path)]) == 1 else path: it for path, it in values.items()}
