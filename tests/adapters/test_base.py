"""Whether an adapter belongs to a base model: told by the content, and by names only where nothing else is left."""

import shutil
from pathlib import Path

import pytest

from backend.adapters.base import check_base, short_name
from backend.adapters.folder import AdapterConfig, AdapterRecord, Provenance
from backend.errors import AppError
from backend.models.fingerprint import fingerprint
from tests.tiny_models import make_model


def record(
    model: str | None = None, base_model: str | None = None, base_fingerprint: str | None = None
) -> AdapterRecord:
    return AdapterRecord(
        folder=Path("voice"),
        config=AdapterConfig(model=model),
        config_problem=None,
        provenance=Provenance(base_model=base_model, base_fingerprint=base_fingerprint),
    )


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the same shapes with other weights."""
    return make_model(tmp_path_factory.mktemp("models") / "other", seed=7)


def check(adapter: AdapterRecord, folder: Path) -> list[str]:
    return check_base(adapter, folder.name, folder, fingerprint)


def refused(adapter: AdapterRecord, folder: Path) -> str:
    with pytest.raises(AppError) as refusal:
        check(adapter, folder)
    assert (refusal.value.status_code, refusal.value.code) == (400, "other_base")
    return refusal.value.detail


def test_a_moved_or_linked_base_is_recognised_by_its_fingerprint(tmp_path: Path, base: Path) -> None:
    adapter = record(model="/long/gone/tiny", base_model="tiny", base_fingerprint=fingerprint(base))
    moved = Path(shutil.copytree(base, tmp_path / "renamed"))
    linked = tmp_path / "linked"
    linked.symlink_to(base)
    assert [check(adapter, folder) for folder in (base, moved, linked)] == [[], [], []]


def test_a_base_with_other_weights_is_refused_with_both_names(base: Path, other: Path) -> None:
    sentence = refused(record(base_model="tiny", base_fingerprint=fingerprint(base)), other)
    assert sentence.startswith("The adapter voice was trained on the base model tiny, not on other.")


def test_a_base_of_the_same_name_with_other_weights_is_refused(tmp_path: Path, base: Path, other: Path) -> None:
    replaced = Path(shutil.copytree(other, tmp_path / "tiny"))
    sentence = refused(record(base_model="tiny", base_fingerprint=fingerprint(base)), replaced)
    assert sentence == (
        "The adapter voice was trained on a model tiny with other weights or another configuration than the tiny that "
        "is here now. Choose the model that it was trained on."
    )


def test_a_recorded_folder_that_is_still_there_is_compared_by_content(tmp_path: Path, base: Path, other: Path) -> None:
    renamed = Path(shutil.copytree(base, tmp_path / "renamed"))
    assert check(record(model=str(base)), renamed) == []
    assert f"trained on the base model {base}, not on other" in refused(record(model=str(base)), other)


@pytest.mark.parametrize(
    "recorded", ["tiny", "org/tiny", "org--tiny", "/gone/models/tiny/", "/c/models--org--tiny/snapshots/0a1b"]
)
def test_a_base_that_only_its_name_can_tell_is_told_by_its_name(recorded: str, base: Path, other: Path) -> None:
    assert short_name(recorded) == "tiny"
    assert check(record(model=recorded), base) == []
    assert f"the base model {recorded}, not on other." in refused(record(model=recorded), other)


def test_a_recorded_path_that_the_system_refuses_to_look_at_is_compared_by_name(base: Path) -> None:
    recorded = f"/{'a' * 300}/{base.name}"
    assert check(record(model=recorded), base) == []


def test_a_link_named_like_the_recorded_base_matches(tmp_path: Path, other: Path) -> None:
    linked = tmp_path / "tiny"
    linked.symlink_to(other)
    assert check(record(model="/gone/tiny"), linked) == []


def test_an_adapter_that_records_no_base_says_so(base: Path) -> None:
    assert check(record(), base) == [
        "The adapter does not record its base model; only the shapes of its tensors were checked."
    ]
