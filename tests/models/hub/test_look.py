"""What the hub says of a repository, and what stands in the way of a download, in words with the next step."""

import asyncio
import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest

from backend.errors import AppError
from backend.models import disk_room
from backend.models.hub import client
from backend.models.hub.schemas import HubModel
from tests.hub.repo import Repo
from tests.hub.server import Answer, Asked, Hub
from tests.models.hub.conftest import NAME, REPO, Studio

CONFIG = b'{"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}'
WHOLE = {"config.json": CONFIG, "model.safetensors": b"weights", "tokenizer.json": b"{}"}


async def test_a_repository_is_told_with_its_size_and_what_is_free(studio: Studio, hub: Hub) -> None:
    look = await studio.downloads.look(f" {REPO} ", None)
    names = [file.name for file in look.files]
    assert names == ["README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert look == HubModel(
        repo_id=REPO,
        revision=hub.repos[REPO].commit,
        name=NAME,
        model_type="qwen2",
        licence="Apache 2.0",
        gated=False,
        files=look.files,
        download_bytes=sum(len(hub.repos[REPO].files[name]) for name in names),
        free_bytes=look.free_bytes,
    )
    assert look.free_bytes == pytest.approx(shutil.disk_usage("/tmp").free, rel=0.05)


async def test_a_model_that_is_here_already_is_told(studio: Studio) -> None:
    await studio.ended((await studio.start()).id)
    assert (await studio.downloads.look(REPO, None)).in_library == NAME


async def test_a_revision_is_looked_up_by_its_name_or_commit(studio: Studio, hub: Hub) -> None:
    commit = hub.repos[REPO].commit
    assert [(await studio.downloads.look(REPO, it)).revision for it in ("main", commit, "")] == [commit] * 3


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"pytorch_model.bin": b"x", "config.json": CONFIG, "tokenizer.json": b"{}"},
         "org/odd cannot be used: its weights are pickles (.bin), which can run code when they are read, and are never "
         "downloaded. Look for a repository with the same model as safetensors."),
        ({"consolidated.safetensors": b"x", "config.json": CONFIG, "tokenizer.json": b"{}"},
         "org/odd cannot be used: it has no weights that mlx-lm loads (model*.safetensors)."),
        ({"model.gguf": b"x"},
         "org/odd is no language model: it holds GGUF files; MLX needs the repository with config.json and "
         "safetensors, often named in its card."),
        ({"adapter_config.json": b"{}", "adapter_model.safetensors": b"x"},
         "org/odd is no language model: it holds an adapter; download the base model that the adapter was made for."),
        ({**WHOLE, "config.json": b'{"model_type": "bert"}'},
         "org/odd is no language model that can be fine-tuned here: bert is a text encoder. Choose a model that "
         "generates text, such as a Qwen, Llama, Mistral or Gemma model."),
        ({**WHOLE, "config.json": b'{"model_type": "x", "architectures": ["XForMaskedLM"]}'},
         "org/odd is no language model that can be fine-tuned here: XForMaskedLM generates no text. Choose a model "
         "that generates text, such as a Qwen, Llama, Mistral or Gemma model."),
        ({"config.json": CONFIG, "model.safetensors": b"x", "tokenization.py": b"x"},
         "org/odd has no tokenizer that can be read without running its code."),
        ({"README.md": b"hello"}, "org/odd is no language model: it has no config.json."),
    ],
)  # fmt: skip
async def test_what_is_no_model_for_us_is_told_before_anything_is_downloaded(
    files: dict[str, bytes], words: str, studio: Studio, hub: Hub
) -> None:
    hub.repos["org/odd"] = Repo(files)
    assert (await studio.downloads.look("org/odd", None)).problem == words
    with pytest.raises(AppError) as refused:
        await studio.start(repo_id="org/odd")
    assert (refused.value.status_code, refused.value.detail) == (400, words)
    assert studio.jobs.jobs() == []


def closed(hub: Hub) -> None:
    hub.stop()


def answers(status: int, body: bytes = b"", **headers: str) -> Callable[[Hub], None]:
    def act(hub: Hub) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        hub.behaviour.instead = lambda asked: Answer(status, named, body)

    return act


def nothing(hub: Hub) -> None:
    pass


@pytest.mark.parametrize(
    ("act", "asked", "status", "words"),
    [
        (nothing, {"repo_id": "org/modle"}, 404,
         "The hub has no repository 'org/modle', or it is private, and then a token is needed (HF_TOKEN)."),
        (nothing, {"repo_id": "org/secret"}, 404, "The hub has no repository 'org/secret', or it is private"),
        (nothing, {"repo_id": REPO, "revision": "v9"}, 404, "org/model has no revision 'v9'. Leave it empty for the"),
        (nothing, {"repo_id": "what is this"}, 400, "'what is this' is no repository id: it looks like owner/name"),
        (nothing, {"repo_id": "a/b/c"}, 400, "'a/b/c' is no repository id"),
        (nothing, {"repo_id": ""}, 400, "'' is no repository id"),
        (nothing, {"repo_id": "../../etc"}, 400, "'../../etc' is no repository id"),
        (closed, {"repo_id": REPO}, 503, "The hub at {url} does not answer ("),
        (answers(429, Retry_After="30"), {"repo_id": REPO}, 429,
         "The hub answers no more questions for now: too many were asked. Try again in 30 s. With a token"),
        (answers(500), {"repo_id": REPO}, 502, "The hub has trouble of its own (500). Try again in a few minutes."),
        (answers(403, X_Error_Message="not from here"), {"repo_id": REPO}, 403,
         "The hub does not give org/model to your account: not from here."),
        (answers(200, b"<html>log in</html>"), {"repo_id": REPO}, 502, "What {url} answers is no answer of a hub."),
        (answers(200, b"{}"), {"repo_id": REPO}, 502, "What {url} answers is no answer of a hub."),
        (answers(200, b"[]"), {"repo_id": REPO}, 502, "What {url} answers is no answer of a hub."),
    ],
)  # fmt: skip
async def test_what_the_hub_refuses_is_told_with_the_next_step(
    act: Callable[[Hub], None], asked: dict[str, Any], status: int, words: str, studio: Studio, hub: Hub
) -> None:
    hub.repos["org/secret"] = Repo(WHOLE, private=True)
    act(hub)
    for ask in (lambda: studio.downloads.look(asked["repo_id"], asked.get("revision")), lambda: studio.start(**asked)):
        with pytest.raises(AppError) as refused:
            await ask()
        assert (refused.value.status_code, refused.value.detail[: len(words.format(url=hub.url))]) == (
            status,
            words.format(url=hub.url),
        )
    assert studio.jobs.jobs() == []
    if act is closed:
        hub.start()


async def test_a_gated_repository_says_how_to_be_let_in(
    studio: Studio, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repos["org/gated"] = Repo(WHOLE, gated=True, admitted={"hf_admitted"})
    hub.tokens |= {"hf_admitted", "hf_stranger"}
    look = await studio.downloads.look("org/gated", None)
    assert (look.gated, look.problem) == (
        True,
        f"org/gated is gated: its owner asks everybody to agree to terms first. Open {hub.url}/org/gated, agree, make "
        f"a token with the right to read at {hub.url}/settings/tokens, and run `hf auth login` or set HF_TOKEN before "
        "the start.",
    )
    monkeypatch.setenv("HF_TOKEN", "hf_stranger")
    with pytest.raises(AppError, match="is gated, and your account has no access to it yet") as refused:
        await studio.start(repo_id="org/gated")
    assert (refused.value.status_code, refused.value.code) == (403, "hub_gated")
    monkeypatch.setenv("HF_TOKEN", "hf_admitted")
    assert (await studio.downloads.look("org/gated", None)).problem is None
    assert (await studio.ended((await studio.start(repo_id="org/gated")).id)).state == "completed"


async def test_a_wrong_token_is_told_and_never_shown(studio: Studio, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(AppError, match=r"The hub does not accept your token\. Make a new one at") as refused:
        await studio.downloads.look(REPO, None)
    assert refused.value.status_code == 401
    assert "hf_wrong" not in str(refused.value.message())


async def test_a_disk_that_is_too_small_is_told_with_the_numbers(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_room, "free_bytes", lambda folder: 150_000_000)
    look = await studio.downloads.look(REPO, None)
    assert look.problem == (
        f"org/model needs {look.download_bytes / 1e6:.1f} MB more, and 0.1 GB are free on the disk of "
        f"{studio.settings.base_models}. Free {(look.download_bytes + 50e6) / 1e6:.1f} MB first."
    )
    with pytest.raises(AppError) as refused:
        await studio.start()
    assert (refused.value.status_code, refused.value.code, refused.value.detail) == (507, "disk_full", look.problem)


@pytest.mark.parametrize(("name", "words"), [("a b", "is no usable name"), ("none", "is reserved")])
async def test_a_name_that_cannot_be_is_refused_before_the_hub_is_asked(
    name: str, words: str, studio: Studio, hub: Hub
) -> None:
    with pytest.raises(AppError, match=words):
        await studio.start(name=name)
    assert hub.requests == []


async def test_a_download_may_have_a_name_of_its_own(studio: Studio) -> None:
    await studio.ended((await studio.start(name="mine")).id)
    assert [(model.name, model.repo_id) for model in studio.library.list()] == [("mine", REPO)]


async def test_a_slow_hub_holds_up_nobody_else(studio: Studio, hub: Hub) -> None:
    await studio.downloads.look(REPO, None)  # what is imported once is imported

    def slowly(asked: Asked) -> None:
        time.sleep(1.0)

    hub.behaviour.instead = slowly
    look = asyncio.create_task(studio.downloads.look(REPO, None))
    turns = 0
    while not look.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 20
    assert look.result().problem is None


async def test_a_check_of_access_that_nobody_answers_ends(
    studio: Studio, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LOOK_SECONDS", 0.3)
    hub.repos["org/gated"] = Repo(WHOLE, gated=True)

    def stalls(asked: Asked) -> None:
        if asked.path.endswith("/auth-check"):
            time.sleep(2.0)

    hub.behaviour.instead = stalls
    with pytest.raises(AppError, match="does not answer") as refused:
        await studio.downloads.look("org/gated", None)
    assert (refused.value.status_code, refused.value.code) == (503, "hub_unreachable")


async def test_another_revision_that_is_here_stands_in_the_way_of_no_update(studio: Studio, hub: Hub) -> None:
    await studio.ended((await studio.start()).id)
    hub.repos[REPO].files["tokenizer.json"] += b"\n"
    commit = hub.repos[REPO].commit
    look = await studio.downloads.look(REPO, None)
    name = f"{NAME}-{commit[:8]}"
    assert (look.in_library, look.other_revision, look.name, look.problem) == (None, NAME, name, None)
    await studio.ended((await studio.start(revision=look.revision, name=look.name)).id)
    assert [(it.name, it.repo_id) for it in studio.library.list()] == [(NAME, REPO), (name, REPO)]
    look = await studio.downloads.look(REPO, None)
    assert (look.in_library, look.other_revision) == (name, None)


async def test_a_folder_that_is_no_copy_of_it_leaves_the_name_to_itself(studio: Studio, hub: Hub) -> None:
    made = studio.settings.base_models / NAME
    made.mkdir(parents=True)
    (made / "conversion.json").write_text("{}")
    look = await studio.downloads.look(REPO, None)
    assert (look.in_library, look.other_revision) == (None, None)
    assert look.name == f"{NAME}-{hub.repos[REPO].commit[:8]}"
