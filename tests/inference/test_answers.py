"""What the unified inference call answers: texts, details, warnings."""

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from backend.models.fingerprint import fingerprint
from tests.inference.conftest import TINY, Studio
from tests.stock import Stock
from tests.tiny_adapters import ATTENTION, SEVEN, read_weights
from tests.tiny_models import CHATML, CONFIGS, make_model

IDS = {"<|endoftext|>": 256, "<|im_start|>": 257, "<|im_end|>": 258}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference answers")]


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with Stock() as stock:
        yield stock


async def test_the_base_answers_with_details_that_name_no_adapter(studio: Studio) -> None:
    answer = await studio.ask()
    assert answer["adapter_details"] == {
        "name": None,
        "type": "none",
        "step": None,
        "base_fingerprint": fingerprint(studio.settings.base_models / "tiny"),
        "content_hash": None,
        "warnings": [],
        "method": None,
        "model_recorded": None,
        "num_layers": None,
        "expected_layers": 4,
        "rank": None,
        "alpha": None,
        "scale": None,
        "dropout": None,
        "keys": None,
        "rank_pattern": {},
        "alpha_pattern": {},
        "chat_template_used": True,
    }
    assert (answer["generated_tokens"], answer["finish_reason"]) == (24, "length")


async def test_an_adapter_answers_with_its_details(studio: Studio) -> None:
    weights = studio.settings.adapters / "one" / "adapters.safetensors"
    assert (await studio.ask(adapter_name="one"))["adapter_details"] == {
        "name": "one",
        "type": "latest",
        "step": None,
        "base_fingerprint": fingerprint(studio.settings.base_models / "tiny"),
        "content_hash": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "warnings": [],
        "method": "lora",
        "model_recorded": "tiny",
        "num_layers": -1,
        "expected_layers": 4,
        "rank": 4,
        "alpha": 4.0,
        "scale": 1.0,
        "dropout": 0.0,
        "keys": SEVEN,
        "rank_pattern": {},
        "alpha_pattern": {},
        "chat_template_used": True,
    }


async def test_both_addresses_answer_the_same(studio: Studio) -> None:
    body = {"prompt": "Hi", "model_name": "tiny", "adapter_name": "one", "max_tokens": 8, "temperature": 0}
    answers = [await studio.post(body, address) for address in ("/models/inference", "/api/models/inference")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["response"] == answers[1].json()["response"]


async def test_an_attention_adapter_from_before_answers_as_in_stock_and_warns(studio: Studio, stock: Stock) -> None:
    answer = await studio.ask(adapter_name="before")
    details = answer["adapter_details"]
    assert (details["rank"], details["alpha"], details["scale"], details["keys"]) == (32, 1024.0, 32.0, ATTENTION)
    assert details["warnings"] == [
        "The adapter covers only 2 of 4 layers.",
        "The adapter misses keys of the full preset: mlp.gate_proj, mlp.down_proj, mlp.up_proj.",
        "The adapter's multiplier (scale) is 32: its update counts as with alpha 1024 at rank 32. It runs exactly as "
        "it was trained. Alpha 32 at rank 32 means a multiplier of 1 in adapters that are made here.",
    ]
    folder = studio.settings.adapters / "before"
    assert answer["response"] == stock.generate(studio.settings.base_models / "tiny", folder)
    assert answer["response"] != await studio.text()


@pytest.mark.parametrize("adapter", [None, "one", "two"])
async def test_greedy_text_equals_stock(adapter: str | None, studio: Studio, stock: Stock) -> None:
    folder = studio.settings.adapters / adapter if adapter else None
    assert await studio.text(adapter) == stock.generate(studio.settings.base_models / "tiny", folder)


async def test_switching_adapters_changes_the_text_and_switching_back_restores_it(studio: Studio) -> None:
    names = [None, "one", "two", "one", None, "before", "one", None]
    texts = [await studio.text(name) for name in names]
    by_name = dict(zip(names, texts, strict=True))
    assert texts == [by_name[name] for name in names]
    assert len(set(by_name.values())) == 4


async def test_nothing_on_disk_changes(studio: Studio) -> None:
    def contents() -> dict[str, bytes]:
        folders = (studio.settings.base_models, studio.settings.adapters)
        return {str(file): file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}

    before = contents()
    await studio.ask(adapter_name="one")
    assert contents() == before


async def test_an_adapter_replaced_on_disk_is_seen(studio: Studio) -> None:
    folder = studio.adapter("replaced", seed=1)
    first = await studio.text("replaced")
    file = folder / "adapters.safetensors"
    state = file.stat()
    other = (studio.settings.adapters / "two" / "adapters.safetensors").read_bytes()
    assert len(other) == state.st_size
    file.write_bytes(other)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert await studio.text("replaced") == await studio.text("two") != first


async def test_a_base_replaced_on_disk_is_seen(studio: Studio, stock: Stock) -> None:
    folder = make_model(studio.settings.base_models / "changing", TINY, seed=1)
    first = await studio.text(model_name="changing")
    make_model(folder, TINY, seed=2)
    assert await studio.text(model_name="changing") == stock.generate(folder, None) != first


async def test_the_best_weights_come_first_and_the_latest_on_request(studio: Studio) -> None:
    folder = studio.adapter("trained", seed=1)
    shutil.copy(studio.settings.adapters / "two" / "adapters.safetensors", folder / "best_adapters.safetensors")
    best = await studio.ask(adapter_name="trained")
    latest = await studio.ask(adapter_name="trained", adapter_file="latest")
    assert (best["adapter_details"]["type"], best["response"]) == ("best", await studio.text("two"))
    assert (latest["adapter_details"]["type"], latest["response"]) == ("latest", await studio.text("one"))


async def test_a_numbered_checkpoint_answers(studio: Studio) -> None:
    folder = studio.adapter("stepwise", seed=1)
    other = studio.settings.adapters / "two" / "adapters.safetensors"
    shutil.copy(other, folder / "0000025_adapters.safetensors")
    answer = await studio.ask(adapter_name="stepwise", adapter_file=25)
    details = answer["adapter_details"]
    assert (details["type"], details["step"]) == ("checkpoint", 25)
    assert details["content_hash"] == hashlib.sha256(other.read_bytes()).hexdigest()
    assert answer["response"] == await studio.text("two") != await studio.text("stepwise")


async def test_two_names_of_one_file_have_one_content_hash_and_another_file_another(studio: Studio) -> None:
    shutil.copytree(studio.settings.adapters / "one", studio.settings.adapters / "copied")
    answers = [await studio.ask(adapter_name=name) for name in ("one", "copied", "two")]
    one, copied, two = (answer["adapter_details"]["content_hash"] for answer in answers)
    assert one == copied != two


async def test_an_answer_goes_on_from_the_turns_before(studio: Studio) -> None:
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ha"}]
    alone, after = await studio.ask(), await studio.ask(history=history)
    assert after["prompt_tokens"] > alone["prompt_tokens"] + len("HiHa")
    assert after["response"] != alone["response"]


async def test_an_answer_ends_at_a_stop_string_and_does_not_show_it(studio: Studio) -> None:
    text = await studio.text()
    stop = text[6:9]
    stopped = await studio.ask(stop=["never", stop])
    assert (stopped["response"], stopped["finish_reason"]) == (text[: text.index(stop)], "stop")


async def test_a_linked_and_a_moved_base_still_match_their_adapter(studio: Studio) -> None:
    moved = Path(shutil.copytree(studio.settings.base_models / "tiny", studio.settings.base_models / "moved"))
    expected = await studio.text("one")
    assert [await studio.text("one", model_name=name) for name in ("linked", "moved", str(moved))] == [expected] * 3


async def test_the_same_seed_gives_the_same_text(studio: Studio) -> None:
    async def sampled(seed: int) -> str:
        return await studio.text("one", temperature=1.5, seed=seed)

    first = await sampled(1)
    assert first != await sampled(2)
    await studio.text("two", temperature=1.0)
    assert await sampled(1) == first


async def test_without_a_seed_texts_differ(studio: Studio) -> None:
    assert len({await studio.text(temperature=2.0, top_p=1, min_p=0, top_k=0) for _ in range(3)}) > 1


async def test_a_vocabulary_smaller_than_top_k_can_be_sampled(studio: Studio) -> None:
    assert (await studio.ask(temperature=0.7, top_k=100_000))["generated_tokens"] == 24


async def test_a_model_without_chat_template_continues_the_plain_prompt(studio: Studio, stock: Stock) -> None:
    answer = await studio.ask("plain", prompt="Once")
    assert (answer["adapter_details"]["chat_template_used"], answer["prompt_tokens"]) == (False, 4)
    assert answer["response"] == stock.generate(studio.settings.base_models / "plain", None, "Once")


async def test_a_system_prompt_reaches_the_template(studio: Studio) -> None:
    without, with_one = await studio.ask(), await studio.ask(system_prompt="Be brief.")
    assert with_one["prompt_tokens"] == without["prompt_tokens"] + len("_system\nBe brief._\n")


async def test_an_answer_ends_at_the_end_of_turn_and_does_not_show_it(studio: Studio, stock: Stock) -> None:
    folder = ending_model(studio.settings.base_models / "ending", "<|im_end|>")
    answer = await studio.ask("ending", max_tokens=50)
    assert (answer["response"], answer["generated_tokens"], answer["finish_reason"]) == ("", 1, "stop")
    assert stock.generate(folder, None) == ""


async def test_an_answer_ends_where_the_template_ends_a_turn_though_the_model_names_another_token(
    studio: Studio,
) -> None:
    folder = ending_model(studio.settings.base_models / "ending-base", "<|im_end|>")
    change(folder / "tokenizer_config.json", eos_token="<|endoftext|>")  # a token of text
    change(folder / "config.json", eos_token_id=256)
    answer = await studio.ask("ending-base", max_tokens=50)
    assert (answer["response"], answer["finish_reason"]) == ("", "stop")


async def test_an_answer_ends_at_any_token_of_the_generation_config(studio: Studio) -> None:
    folder = ending_model(studio.settings.base_models / "ending-list", "<|im_start|>")
    assert (await studio.ask("ending-list"))["finish_reason"] == "length"
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [256, 257]}))
    assert (await studio.ask("ending-list"))["finish_reason"] == "stop"


async def test_the_bos_token_of_a_template_is_not_written_twice(studio: Studio, stock: Stock) -> None:
    folder = make_model(studio.settings.base_models / "bos", TINY, chat_template="{{ bos_token }}" + CHATML)
    before = (await studio.ask("bos"))["prompt_tokens"]
    begin_with_bos(folder)
    answer = await studio.ask("bos")
    assert answer["prompt_tokens"] == before + 1
    assert answer["response"] == stock.generate(folder, None)


async def test_a_plain_prompt_begins_with_one_bos_token_written_or_not(studio: Studio) -> None:
    begin_with_bos(make_model(studio.settings.base_models / "plain-bos", TINY, chat_template=None))
    written, unwritten = [await studio.ask("plain-bos", prompt=prompt) for prompt in ("<|endoftext|>Once", "Once")]
    assert (written["prompt_tokens"], unwritten["prompt_tokens"]) == (5, 5)
    assert written["response"] == unwritten["response"]


async def test_a_tokenizer_that_ends_every_text_does_not_end_the_prompt(studio: Studio) -> None:
    folder = make_model(studio.settings.base_models / "plain-eos", TINY, chat_template=None)
    before = await studio.ask("plain-eos", prompt="Once")
    process_text(folder, "<|im_end|>", at_end=True)
    after = await studio.ask("plain-eos", prompt="Once")
    assert (after["prompt_tokens"], after["response"]) == (before["prompt_tokens"], before["response"])


async def test_an_answer_stays_within_the_context(studio: Studio) -> None:
    answer = await studio.ask(prompt="x" * 450, max_tokens=1000)
    assert (answer["prompt_tokens"] + answer["generated_tokens"], answer["finish_reason"]) == (512, "length")


async def test_requests_at_once_queue(studio: Studio) -> None:
    names = ["one", None, "two", "one", None, "two"]
    together = await asyncio.gather(*(studio.text(name) for name in names))
    assert together == [await studio.text(name) for name in names]


async def test_after_unloading_the_next_request_loads_again(studio: Studio) -> None:
    before = await studio.text("one")
    await studio.manager.unload("a test says so")
    assert await studio.text("one") == before


async def test_an_adapter_of_the_output_head_answers_as_stock_does(studio: Studio, stock: Stock) -> None:
    folder = studio.adapter("head", keys=[*SEVEN, "lm_head"], seed=4)
    answer = await studio.ask(adapter_name="head")
    assert answer["response"] == stock.generate(studio.settings.base_models / "tiny", folder)
    assert answer["response"] != await studio.text()


async def test_a_mixture_of_experts_answers_as_stock_does(studio: Studio, stock: Stock) -> None:
    base = make_model(studio.settings.base_models / "experts", {**CONFIGS["mixtral"], "tie_word_embeddings": False})
    keys = ["self_attn.q_proj", "block_sparse_moe.switch_mlp.up_proj", "block_sparse_moe.gate"]
    folder = studio.adapter("of-experts", base="experts", keys=keys)
    adapted = await studio.ask("experts", "of-experts")
    assert adapted["adapter_details"]["keys"] == keys
    assert adapted["response"] == stock.generate(base, folder) != (await studio.ask("experts"))["response"]


def change(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def begin_with_bos(folder: Path) -> None:
    change(folder / "tokenizer_config.json", bos_token="<|endoftext|>", add_bos_token=True)
    process_text(folder, "<|endoftext|>", at_end=False)


def process_text(folder: Path, token: str, *, at_end: bool) -> None:
    """Lets the tokenizer write `token` at the beginning or the end of every text."""
    special, text = {"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}
    tokens = {token: {"id": token, "ids": [IDS[token]], "tokens": [token]}}
    single = [text, special] if at_end else [special, text]
    processor = {"type": "TemplateProcessing", "single": single, "pair": [*single, text], "special_tokens": tokens}
    change(folder / "tokenizer.json", post_processor=processor)


def ending_model(folder: Path, token: str) -> Path:
    """A model whose most likely token is always `token`."""
    make_model(folder, TINY)
    weights = read_weights(folder / "model.safetensors")
    head = weights["lm_head.weight"] * 0
    direction = mx.ones(head.shape[1])
    weights["lm_head.weight"] = mx.where(mx.arange(head.shape[0])[:, None] == IDS[token], direction, head)
    # With equal embeddings and silent layers every hidden state is the same vector of ones.
    for name in weights:
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            weights[name] = weights[name] * 0
    weights["model.embed_tokens.weight"] = mx.ones(weights["model.embed_tokens.weight"].shape)
    weights["model.norm.weight"] = mx.ones(weights["model.norm.weight"].shape)
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    return folder
