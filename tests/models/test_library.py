"""The library of base models: what is listed, found, refused, and how a model is recognised again."""

import json
import os
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from backend.errors import AppError, FieldError
from backend.models.fingerprint import fingerprint
from backend.models.library import ModelLibrary, ModelNotFound
from backend.models.schemas import Model
from backend.settings import Settings
from backend.workers.profile import read_profile
from tests.closed_files import make_unreadable, unreadable_because
from tests.tiny_models import CONFIGS, make_model, make_tokenizer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def library(settings: Settings) -> ModelLibrary:
    return ModelLibrary(settings)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def test_an_empty_home_has_no_models(library: ModelLibrary) -> None:
    assert library.list() == []


def test_a_model_is_listed_with_what_its_files_say(settings: Settings, library: ModelLibrary) -> None:
    tiny = make_model(settings.base_models / "tiny")
    packed = make_model(settings.base_models / "packed", CONFIGS["gpt2"], quantized_bits=4, chat_template=None)

    assert library.list() == [
        Model(
            name="packed",
            path=str(packed),
            model_type="gpt2",
            size_bytes=size(packed),
            num_layers=2,
            context_length=512,
            has_chat_template=False,
            quantization_bits=4,
            parameters=read_profile(packed).total_parameters,
            precision="4-bit",
        ),
        Model(
            name="tiny",
            path=str(tiny),
            model_type="qwen2",
            size_bytes=size(tiny),
            num_layers=2,
            context_length=512,
            has_chat_template=True,
            quantization_bits=None,
            parameters=read_profile(tiny).total_parameters,
            precision="float32",
        ),
    ]


def test_what_is_no_model_is_listed_with_its_problem(settings: Settings, library: ModelLibrary) -> None:
    root = settings.base_models
    make_model(root / "no-weights").joinpath("model.safetensors").unlink()
    for file in (make_model(root / "no-tokenizer")).glob("tokenizer*"):
        file.unlink()
    make_model(root / "bad name")
    (root / "empty").mkdir()
    (root / "an-adapter").mkdir()
    (root / "an-adapter" / "adapter_config.json").write_text("{}")
    (root / "bert").mkdir()
    (root / "bert" / "config.json").write_text('{"model_type": "bert"}')
    (root / "lost").symlink_to(root / "gone")
    (root / ".hidden").mkdir()
    (root / "README.md").write_text("not a folder")

    problems = {model.name: model.problem for model in library.list()}

    assert problems == {
        "an-adapter": f"{root / 'an-adapter'} is not a model folder: it holds an adapter (adapter_config.json); "
        "choose the base model that the adapter was made for.",
        "bad name": "Rename the folder 'bad name': letters, digits, dots, dashes and underscores are allowed.",
        "bert": "bert is no language model that can be fine-tuned here: bert is a text encoder. "
        "Choose a model that generates text, such as a Qwen, Llama, Mistral or Gemma model.",
        "empty": f"{root / 'empty'} is not a model folder: it has no config.json.",
        "lost": f"The link {root / 'lost'} leads nowhere: {root / 'gone'} is gone.",
        "no-tokenizer": "no-tokenizer has no tokenizer: add tokenizer.json and tokenizer_config.json.",
        "no-weights": "no-weights has no weights: mlx-lm looks for model*.safetensors in the folder.",
    }


def test_one_bad_folder_leaves_the_others_listed(settings: Settings, library: ModelLibrary) -> None:
    root = settings.base_models
    make_model(root / "good")
    for name, content in {
        "deep": '{"model_type": "llama", "x": ' + "[" * 100_000,
        "deeper-than-answers": '{"model_type": "llama", "x": ' + "[" * 400 + "]" * 400 + "}",
        "huge": '{"model_type": "llama", "num_layers": ' + "1" * 5000 + "}",
        "half": '{"model_type": "\\ud83d"}',
    }.items():
        (root / name).mkdir()
        (root / name / "config.json").write_text(content)
    make_model(root / "closed")
    make_unreadable(root / "closed" / "config.json")

    models = library.list()

    assert {model.name: (model.problem or "").removeprefix(f"{root}/") for model in models} == {
        "closed": f"closed/config.json is not readable: {unreadable_because()}.",
        "deep": "deep/config.json is nested too deeply.",
        "deeper-than-answers": "deeper-than-answers/config.json is nested too deeply.",
        "good": "",
        "half": "half/config.json is not valid Unicode: half of a character (a lone surrogate) in the text.",
        "huge": "huge/config.json is not usable: a whole number in it has thousands of digits.",
    }
    assert all(model.model_dump_json() for model in models)


@pytest.mark.skipif(sys.platform == "darwin", reason="every name on macOS is UTF-8")
def test_a_folder_whose_name_is_no_text_is_listed(settings: Settings, library: ModelLibrary) -> None:
    (settings.base_models / os.fsdecode(b"caf\xe9")).mkdir(parents=True)

    (model,) = library.list()

    assert (model.name, model.path) == ("caf?", f"{settings.base_models}/caf?")
    assert model.problem == "Rename the folder 'caf?': letters, digits, dots, dashes and underscores are allowed."
    assert model.model_dump_json()


@pytest.mark.parametrize("file", ["vocab.json", "tiktoken.model", "tokenizer.model"])
def test_every_tokenizer_that_a_run_takes_counts_in_the_list_too(
    file: str, settings: Settings, library: ModelLibrary
) -> None:
    folder = make_model(settings.base_models / "tiny")
    for tokenizer in folder.glob("tokenizer*"):
        tokenizer.unlink()
    (folder / file).write_text("{}")

    assert library.describe(folder).problem is None


@pytest.mark.parametrize("file", ["chat_template.jinja", "chat_template.json"])
def test_a_chat_template_may_be_a_file_of_its_own(file: str, settings: Settings, library: ModelLibrary) -> None:
    folder = make_model(settings.base_models / "tiny", chat_template=None)
    (folder / file).write_text("x")

    assert library.describe(folder).has_chat_template


def test_a_model_is_found_by_name_hub_id_and_path(settings: Settings, library: ModelLibrary, tmp_path: Path) -> None:
    named = make_model(settings.base_models / "tiny")
    hub = make_model(settings.base_models / "org--tiny")
    elsewhere = make_model(tmp_path / "elsewhere" / "model")
    (settings.base_models / "linked").symlink_to(elsewhere)

    assert library.resolve("tiny") == named
    assert library.resolve("org/tiny") == hub
    assert library.resolve(str(elsewhere)) == elsewhere
    assert library.resolve("artifacts/base_model/tiny") == named
    assert library.resolve("linked") == settings.base_models / "linked"


def test_an_unknown_model_is_refused_with_what_there_is(settings: Settings, library: ModelLibrary) -> None:
    make_model(settings.base_models / "tiny")

    with pytest.raises(ModelNotFound) as refused:
        library.resolve("tinny", "model_name", missing_status=404)

    assert refused.value.message() == {
        "detail": "There is no model 'tinny': neither in the library nor a folder of that path. The library has tiny.",
        "code": "model_not_found",
        "status_code": 404,
        "fields": [{"field": "model_name", "message": refused.value.detail}],
    }


@pytest.mark.parametrize(
    "name", ["", " ", "../tiny", "a\0b", "tiny/..", "/nowhere/at/all", "~no-such-user/x", "x" * 5000]
)
def test_strange_names_are_refused_in_words(name: str, settings: Settings, library: ModelLibrary) -> None:
    make_model(settings.base_models / "tiny")

    with pytest.raises(FieldError) as refused:
        library.resolve(name)

    assert refused.value.status_code == 400


@pytest.mark.parametrize("name", ["../tiny", "..", "a/b", "tinny", ".hidden", "x" * 200])
def test_the_library_gives_out_only_its_own_folders(name: str, settings: Settings, library: ModelLibrary) -> None:
    make_model(settings.base_models / "tiny")
    make_model(settings.artifacts / "tiny")

    with pytest.raises(ModelNotFound) as refused:
        library.get(name)

    assert refused.value.status_code == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "is not a model folder: it has no config.json"),
        ("{", "is not valid JSON: line 1"),
        ("[]", "holds no JSON object"),
        ("{}", "has no model_type"),
        (b"\xff\xfe{}", "is not UTF-8 text"),
        ('{"model_type": "whisper"}', "whisper is a speech model"),
        ('{"model_type": "t5"}', "t5 is an encoder-decoder"),
    ],
)
def test_a_folder_that_is_no_language_model_is_refused_on_the_field(
    content: str | bytes | None, sentence: str, settings: Settings, library: ModelLibrary
) -> None:
    folder = settings.base_models / "thing"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "config.json").write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(FieldError, match=sentence) as refused:
        library.resolve("thing")

    assert [field["field"] for field in refused.value.fields] == ["model_path"]
    assert refused.value.status_code == 400


def test_a_file_is_no_model(settings: Settings, library: ModelLibrary) -> None:
    settings.home.mkdir()
    (settings.home / "model.gguf").write_bytes(b"GGUF")

    with pytest.raises(FieldError, match="is a file; a model is a folder"):
        library.resolve("model.gguf")


def test_the_fingerprint_stays_when_a_model_moves(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    before = fingerprint(folder)
    (tmp_path / "link").symlink_to(folder)
    copied = shutil.copytree(folder, tmp_path / "copy")
    settings = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({"_name_or_path": "x", **settings}, indent=8))
    (copied / "README.md").write_text("hello")

    assert (fingerprint(tmp_path / "link"), fingerprint(copied)) == (before, before)
    assert fingerprint(folder.rename(tmp_path / "moved")) == before


def test_the_fingerprint_does_not_depend_on_how_weights_are_split(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    before = fingerprint(folder)
    loaded: dict[str, mx.array] = mx.load(str(folder / "model.safetensors"))  # type: ignore[assignment]
    weights = sorted(loaded.items())
    mx.eval(loaded)
    (folder / "model.safetensors").unlink()
    for index, part in enumerate((weights[:5], weights[5:])):
        mx.save_safetensors(str(folder / f"model-0000{index}.safetensors"), dict(part))

    assert fingerprint(folder) == before


def test_another_model_has_another_fingerprint(tmp_path: Path) -> None:
    folders = [
        make_model(tmp_path / "model"),
        make_model(tmp_path / "seed", seed=1),
        make_model(tmp_path / "config", {**CONFIGS["qwen2"], "rope_theta": 5000.0}),
        make_model(tmp_path / "shape", {**CONFIGS["qwen2"], "intermediate_size": 64}),
    ]
    (no_weights := make_model(tmp_path / "none")).joinpath("model.safetensors").unlink()

    assert len({fingerprint(folder) for folder in [*folders, no_weights]}) == 5


def test_another_shape_of_the_same_bytes_is_another_model(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    before = fingerprint(folder)
    loaded: dict[str, mx.array] = mx.load(str(folder / "model.safetensors"))  # type: ignore[assignment]
    mx.eval(loaded)
    name = "model.layers.0.mlp.up_proj.weight"
    mx.save_safetensors(str(folder / "model.safetensors"), {**loaded, name: loaded[name].reshape(64, 96)})

    assert fingerprint(folder) != before


def test_another_tokenizer_is_still_the_same_model(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    before = fingerprint(folder)
    make_tokenizer(folder, chat_template=None)

    assert fingerprint(folder) == before


@pytest.mark.parametrize(
    "entry",
    [
        {"shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
        {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 10**30]},
        "F32",
    ],
)
def test_weights_with_a_header_that_is_not_as_the_format_has_it_are_damaged(entry: Any, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    header = json.dumps({"__metadata__": {"format": "mlx"}, "a.weight": entry}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"1234")

    with pytest.raises(AppError, match=r"model\.safetensors is damaged: it is no readable safetensors file"):
        fingerprint(folder)


@pytest.mark.parametrize("content", [b"", b"12345678", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]"])
def test_damaged_weights_are_named(content: bytes, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(content)

    with pytest.raises(AppError, match=r"model\.safetensors is damaged: it is no readable safetensors file"):
        fingerprint(folder)
