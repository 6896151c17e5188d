"""What the list says of memory, from files alone, is what an inspected model's page says."""

from pathlib import Path

import pytest

from backend.lora.fit import OTHER_BYTES
from backend.models.config import read_config
from backend.models.facts import file_states
from backend.models.fits import fits, fits_of_files
from backend.models.schemas import Fit
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, make_model

STARTER = Path(__file__).parents[2] / "artifacts" / "base_model" / "droid-starter"


def of_files(folder: Path) -> list[tuple[str, int]]:
    return beside_the_process(fits_of_files(folder, file_states(folder)))


def of_profile(folder: Path) -> list[tuple[str, int]]:
    return beside_the_process(fits(folder, read_config(folder), read_profile(folder)))


def beside_the_process(found: list[Fit]) -> list[tuple[str, int]]:
    """What the model itself takes: of a tiny one the process takes the most by far."""
    return [(fit.use, fit.needed_bytes - OTHER_BYTES) for fit in found]


def test_of_the_starter_the_files_tell_exactly_what_its_profile_tells() -> None:
    assert of_files(STARTER) == of_profile(STARTER)


@pytest.mark.parametrize("bits", [None, 4])
@pytest.mark.parametrize("model_type", ["qwen2", "llama", "gemma3_text", "mixtral", "gpt2"])
def test_other_architectures_differ_by_a_twentieth_at_most(model_type: str, bits: int | None, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", CONFIGS[model_type], quantized_bits=bits)
    told, exact = of_files(folder), of_profile(folder)
    assert [use for use, _ in told] == [use for use, _ in exact]
    assert [needed for _, needed in told] == pytest.approx([needed for _, needed in exact], rel=0.05)


def test_files_that_do_not_tell_enough_say_nothing(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("hidden_size", "size_of_hidden"))
    assert of_files(folder) == []
