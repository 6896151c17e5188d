"""Every model type of mlx-lm carries an adapter of each method in place, and is itself again afterwards."""

from pathlib import Path

import mlx.core as mx
import pytest
from mlx.utils import tree_unflatten

from backend.adapters.folder import read_record
from backend.adapters.tensors import read_tensors
from backend.adapters.validation import check_fit
from backend.lora.methods import Method, dora_obstacle
from backend.training.plan import RunPlan
from backend.workers.inference.adapter_files import read_adapter
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.profile import read_profile
from tests.architectures.every import loaded_by_mlx_lm, logits, plan_for, prepared, save, trainable
from tests.architectures.test_every_type import TRAINABLE
from tests.tiny_adapters import changed
from tests.tiny_configs import every_config
from tests.tiny_models import random_model


@pytest.mark.exhaustive
@pytest.mark.parametrize("method", ["lora", "dora", "full"])
@pytest.mark.parametrize("module", TRAINABLE)
def test_an_adapter_counts_as_in_mlx_lm_and_leaves_the_base_as_it_was(
    module: str, method: Method, tmp_path: Path
) -> None:
    settings = every_config(module)
    plan = plan_with_everything(settings, tmp_path, method)
    model = prepared(settings, plan)
    mx.random.seed(1)
    model.update(tree_unflatten([(name, changed(name, value, 0.3)) for name, value in trainable(model).items()]))
    file = save(model, plan) / "adapters.safetensors"
    fit = check_fit(read_record(file.parent), read_tensors(file), read_profile(tmp_path))
    assert (fit.method, [warning for warning in fit.warnings if "stay the base's" in warning]) == (method, [])

    carrier = AdaptedModel(random_model(settings))
    before = logits(carrier.model)
    carrier.use(read_adapter(file), fit.scale)
    adapted = logits(carrier.model)
    assert mx.array_equal(adapted, logits(loaded_by_mlx_lm(settings, file.parent)), equal_nan=True).item()
    assert not mx.array_equal(adapted, before).item()
    carrier.use_base()
    assert mx.array_equal(logits(carrier.model), before).item()


def plan_with_everything(settings: dict[str, object], folder: Path, method: Method) -> RunPlan:
    """All that the method can adapt of the full preset, the embeddings and the head."""
    if method == "full":
        return plan_for(settings, folder, fine_tune_type="full")
    preset = {module.path for module in plan_for(settings, folder).modules}
    keys = [
        module.path
        for module in read_profile(folder).modules
        if (module.path in preset or (module.layer is None and not module.tied))
        and (method == "lora" or dora_obstacle(module) is None)
    ]
    return plan_for(settings, folder, fine_tune_type=method, targets="custom", lora_keys=keys)
