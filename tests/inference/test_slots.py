"""One batch, each row with an adapter of its own: what each answers alone, and nothing of it left behind."""

from pathlib import Path
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx_lm.generate import BatchGenerator
from mlx_lm.utils import load_model

from backend.adapters.contents import AdapterMismatch
from backend.workers.inference.adapter_files import LowRank, WholeWeights, read_adapter
from backend.workers.inference.batched_layers import BASE
from backend.workers.inference.batching import batching_obstacle, prompts_at_once
from backend.workers.inference.slots import SLOTS, AdapterSlots, SlotsFull
from backend.workers.profile import read_profile
from tests.inference.slots_bench import Row, Together, alone, identical, same, together
from tests.tiny_adapters import ATTENTION, SEVEN, make_adapter
from tests.tiny_configs import every_config
from tests.tiny_models import CONFIGS, make_model, random_model

PROMPTS = [[1, 40, 3, 200], [5, 6, 7, 8, 9, 10, 11], [77, 12], [9], [30, 31, 32], [8, 200, 100], [14] * 9, [2, 3]]
IDS = mx.array([PROMPTS[1]])

BASES: dict[str, dict[str, Any]] = {
    "plain": {"config": CONFIGS["qwen2"]},
    "4 bits": {"config": CONFIGS["qwen2"], "quantized_bits": 4},
    "rotating window": {"config": {**CONFIGS["gemma3_text"], "sliding_window": 8}},
    "experts": {"config": CONFIGS["mixtral"]},
    "4-bit experts": {"config": CONFIGS["qwen3_moe"], "quantized_bits": 4},
    "linear attention": {"config": CONFIGS["qwen3_next"]},
    "state space, experts": {"config": every_config("jamba")},
    "gpt2": {"config": CONFIGS["gpt2"]},
}


@pytest.fixture(params=BASES)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_model(tmp_path / "base", **BASES[request.param])


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return make_model(tmp_path / "base")


def load(folder: Path) -> nn.Module:
    model, _ = load_model(folder)
    return cast(nn.Module, model)


def adapter(base: Path, name: str, **settings: Any) -> LowRank:
    """Of the seven keys where `keys` says nothing else."""
    read = read_adapter(make_adapter(base.parent / name, base, **settings) / "adapters.safetensors")
    assert isinstance(read, LowRank)
    return read


def unlike_adapters(base: Path, count: int = 7) -> list[LowRank]:
    """Each of another rank; every second one of the last layer alone."""
    paths = [module.path for module in read_profile(base).modules]
    last = [path for path in paths if ".1." in path]
    return [
        adapter(base, f"adapter-{at}", keys=last if at % 2 else paths, rank=at + 1, seed=at + 1) for at in range(count)
    ]


def unlike_rows(base: Path) -> list[Row]:
    """The base's row and seven of adapters, of other lengths, ranks, modules and scales."""
    adapters: list[LowRank | None] = [None, *unlike_adapters(base)]
    return [
        Row(prompt, of_row, scale=0.5 + at / 4, tokens=4 + at % 3)
        for at, (prompt, of_row) in enumerate(zip(PROMPTS, adapters, strict=True))
    ]


def logits(model: nn.Module) -> mx.array:
    found: mx.array = model(IDS)
    return found


def test_each_row_of_a_batch_answers_as_it_does_alone(base: Path) -> None:
    rows = unlike_rows(base)
    model = load(base)
    answers = together(model, rows)
    expected = [alone(model, row) for row in rows]
    assert [same(*pair) for pair in zip(answers, expected, strict=True)] == [True] * SLOTS
    assert len({tuple(token for token, _ in answer) for answer in expected}) > SLOTS / 2


@pytest.mark.parametrize("count", range(1, 8))
def test_any_number_of_rows_may_share_a_batch(count: int, plain: Path) -> None:
    model, rows = load(plain), unlike_rows(plain)[-count:]
    answers = together(model, rows)
    assert [same(answer, alone(model, row)) for answer, row in zip(answers, rows, strict=True)] == [True] * count


@pytest.mark.parametrize("prompts", [1, 2, 8])
def test_prompts_may_be_computed_together_or_one_after_another(prompts: int, plain: Path) -> None:
    model, rows = load(plain), unlike_rows(plain)
    answers = together(model, rows, prompts)
    assert all(same(answer, alone(model, row)) for answer, row in zip(answers, rows, strict=True))


def test_rows_join_and_are_cancelled_in_mid_answer(base: Path) -> None:
    model = load(base)
    rows = [Row(row.prompt, row.adapter, row.scale, tokens=12) for row in unlike_rows(base)]
    batch = Together(model)
    uids = batch.join(rows[:3])
    for at in range(3, 7):
        batch.step()
        batch.step()
        uids += batch.join([rows[at]])
    batch.cancel(uids[1])
    batch.step()
    batch.cancel(uids[5])
    batch.step()
    uids += batch.join(rows[7:])
    answers = batch.finish()
    for at, uid in enumerate(uids):
        expected = alone(model, rows[at])
        assert same(answers[uid], expected[: len(answers[uid])] if at in (1, 5) else expected)
    assert 4 <= len(answers[uids[1]]) < 12


def test_the_window_of_a_rotating_cache_is_passed(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", {**CONFIGS["gemma3_text"], "sliding_window": 8})
    model = load(base)
    rows = [Row(row.prompt, row.adapter, row.scale, tokens=24) for row in unlike_rows(base)]
    batch = Together(model)
    uids = batch.join(rows[:4])
    for _ in range(12):
        batch.step()
    uids += batch.join(rows[4:])
    answers = batch.finish()
    assert all(same(answers[uid], alone(model, row)) for uid, row in zip(uids, rows, strict=True))


def test_the_row_of_the_base_is_the_bare_base_s_to_the_bit(base: Path) -> None:
    rows = unlike_rows(base)[:4]
    rows = [Row(row.prompt, row.adapter, row.scale) for row in rows]
    answers = together(load(base), rows)
    bare = together(load(base), [Row(row.prompt) for row in rows])
    assert [identical(*pair) for pair in zip(answers, bare, strict=True)] == [True, False, False, False]


@pytest.mark.parametrize("bits", [None, 4])
@pytest.mark.parametrize(
    ("tied", "keys"),
    [
        (True, ["model.embed_tokens"]),
        (False, ["model.embed_tokens"]),
        (False, ["lm_head"]),
        (True, [*SEVEN, "model.embed_tokens"]),
        (False, [*SEVEN, "model.embed_tokens", "lm_head"]),
    ],
)
def test_heads_and_embeddings_differ_from_row_to_row(
    tied: bool, keys: list[str], bits: int | None, tmp_path: Path
) -> None:
    config = {**CONFIGS["qwen2"], "tie_word_embeddings": tied}
    base = make_model(tmp_path / "base", config, quantized_bits=bits)
    model = load(base)
    adapters = [None, *(adapter(base, str(seed), keys=keys, rank=seed, seed=seed) for seed in (1, 2)), None]
    rows = [Row(prompt, of_row) for prompt, of_row in zip(PROMPTS, adapters, strict=False)]
    answers = together(model, rows)
    assert all(same(answer, alone(model, row)) for answer, row in zip(answers, rows, strict=True))


def test_a_slot_is_overwritten_while_other_rows_decode(base: Path) -> None:
    model = load(base)
    staying, leaving, *_, coming = unlike_adapters(base)
    rows = [Row(PROMPTS[0], staying, tokens=16), Row(PROMPTS[1], leaving, tokens=3), Row(PROMPTS[2], tokens=16)]
    batch = Together(model)
    uids = batch.join(rows)
    while len(batch.answers[uids[1]]) < 3:
        batch.step()
    [uid] = batch.join([Row(PROMPTS[3], coming, scale=2.0)])
    assert batch.seats[uid] == batch.seats[uids[1]]
    answers = batch.finish()
    assert [same(answers[uid], alone(model, row)) for uid, row in zip(uids, rows, strict=True)] == [True] * 3
    assert same(answers[uid], alone(model, Row(PROMPTS[3], coming, scale=2.0)))


def test_a_slot_forgets_the_adapter_that_it_held(plain: Path) -> None:
    staying, *passing = unlike_adapters(plain, 3)
    batch = Together(load(plain))
    batch.slots.place(staying, 1.0, "staying")
    for of_row in passing:
        row = Row(PROMPTS[0], of_row)
        [uid] = batch.join([row])
        assert batch.seats[uid] == 2
        assert same(batch.finish()[uid], alone(load(plain), row))


def test_what_a_row_left_behind_goes_on_in_another_slot(plain: Path) -> None:
    model = load(plain)
    one, other = unlike_adapters(plain, 2)
    slots = AdapterSlots(model)
    generator = BatchGenerator(slots.model)

    def answer(prompt: list[int], cache: list[Any]) -> tuple[list[int], list[int], list[Any]]:
        """The tokens said, those in the cache, and the cache."""
        generator.insert([prompt], max_tokens=[4], caches=[cache])
        said = []
        while responses := generator.next_generated():
            [response] = responses
            said.append(response.token)
        return said, response.all_tokens, response.prompt_cache

    slot = slots.place(one, 1.0, "one")
    said, held, cache = answer(PROMPTS[0], slots.cache(slot))
    assert said == [token for token, _ in alone(load(plain), Row(PROMPTS[0], one, tokens=4))]
    assert held == PROMPTS[0] + said
    slots.release(slot)
    slots.place(other, 1.0, "other")
    again = slots.place(one, 1.0, "one")
    assert again != slot
    said_after, *_ = answer(PROMPTS[1], slots.cache(again, cache))
    whole = Row(held + PROMPTS[1], one, tokens=4)
    assert said_after == [token for token, _ in alone(load(plain), whole)]


def test_taken_off_the_base_is_itself_again(base: Path) -> None:
    model = load(base)
    before, modules = logits(model), dict(model.named_modules())
    slots = AdapterSlots(model)
    for at, of_row in enumerate(unlike_adapters(base, 3)):
        slots.place(of_row, 1.0, at)
    assert dict(model.named_modules()) != modules
    slots.take_off()
    assert list(dict(model.named_modules()).items()) == list(modules.items())
    assert mx.array_equal(logits(model), before).item()


def test_only_what_an_adapter_changes_is_wrapped(plain: Path) -> None:
    model = load(plain)
    modules = dict(model.named_modules())
    slots = AdapterSlots(model)

    def wrapped() -> set[str]:
        return {path for path, module in modules.items() if dict(model.named_modules())[path] is not module}

    attention = slots.place(adapter(plain, "one", keys=ATTENTION, num_layers=1), 1.0, "one")
    of_last = {f"model.layers.1.{key}" for key in ATTENTION}
    assert wrapped() == of_last
    down = slots.place(adapter(plain, "two", keys=["mlp.down_proj"]), 1.0, "two")
    assert wrapped() == of_last | {f"model.layers.{layer}.mlp.down_proj" for layer in (0, 1)}
    slots.release(down)
    assert wrapped() == of_last
    slots.release(attention)
    assert wrapped() == set()


def test_an_adapter_keeps_its_slot_while_it_has_rows(plain: Path) -> None:
    slots = AdapterSlots(load(plain))
    one = adapter(plain, "one")
    assert [slots.place(one, 1.0, "one"), slots.place(one, 1.0, "one"), slots.place(one, 2.0, "stronger")] == [1, 1, 2]
    slots.release(1)
    assert slots.place(one, 3.0, "strongest") == 3
    slots.release(1)
    assert slots.place(one, 4.0, "too strong") == 1
    slots.release(BASE)


def test_an_eighth_adapter_waits_for_a_slot(plain: Path) -> None:
    slots = AdapterSlots(load(plain))
    one = adapter(plain, "one")
    assert [slots.place(one, 1.0, at) for at in range(7)] == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(SlotsFull):
        slots.place(one, 1.0, 7)
    assert slots.place(one, 1.0, 3) == 4
    slots.release(5)
    assert slots.place(one, 1.0, 7) == 5


def test_an_adapter_that_does_not_fit_takes_no_slot(plain: Path) -> None:
    model = load(plain)
    wider = make_model(plain.parent / "wider", {**CONFIGS["qwen2"], "intermediate_size": 128})
    slots = AdapterSlots(model)
    before = logits(model)
    with pytest.raises(AdapterMismatch) as caught:
        slots.place(adapter(wider, "of-wider", keys=["mlp.down_proj"], num_layers=1), 1.0, "wider")
    assert str(caught.value) == (
        "The adapter does not fit the base model: for model.layers.1.mlp.down_proj its lora_a has the shape (128, 4); "
        "the base model needs (96, 4)."
    )
    assert mx.array_equal(logits(model), before).item()
    assert slots.place(adapter(plain, "one"), 1.0, "one") == 1


def test_what_cannot_share_a_batch_is_said_in_words(plain: Path) -> None:
    slots = AdapterSlots(load(plain))
    assert slots.obstacle(adapter(plain, "lora")) is None
    assert slots.obstacle(adapter(plain, "dora", method="dora")) == (
        "DoRA adapters answer one after another: DoRA rescales the base model's own weights, which all rows of a batch "
        "share."
    )
    assert slots.obstacle(WholeWeights({})) == (
        "Adapters of full fine-tuning answer one after another: their whole weights take the place of the base "
        "model's, which all rows of a batch share."
    )


def test_damage_in_one_row_stays_in_it(plain: Path) -> None:
    """Not as NaN either, which survives a product with zero."""
    model = load(plain)
    sound, broken = adapter(plain, "sound"), adapter(plain, "broken", keys=["mlp.down_proj"], seed=2)
    broken = LowRank({path: type(of)(of.a * 1e38, of.b * 1e38) for path, of in broken.factors.items()})
    rows = [Row(PROMPTS[0]), Row(PROMPTS[1], sound), Row(PROMPTS[2], broken)]
    answers = together(model, rows)
    assert [same(answer, alone(model, row)) for answer, row in zip(answers[:2], rows[:2], strict=True)] == [True, True]
    assert mx.isnan(answers[2][0][1]).any().item()


OBSTACLES: dict[str, str | None] = {
    "qwen2": None,
    "qwen3_next": None,
    "llama4": "This model answers one request after another: mlx-lm cannot batch its kind of cache (ChunkedKVCache).",
    "gemma2": (
        "This model answers one request after another: in mlx-lm its attention takes no mask that differs from row to "
        "row."
    ),
}


@pytest.mark.parametrize("architecture", OBSTACLES)
def test_models_that_cannot_be_batched_are_known_by_their_cache_or_name(architecture: str) -> None:
    assert batching_obstacle(random_model(every_config(architecture))) == OBSTACLES[architecture]


def test_prompts_are_padded_only_where_no_state_would_carry_the_padding() -> None:
    assert {name: prompts_at_once(random_model(every_config(name))) for name in ("qwen2", "mamba", "jamba")} == {
        "qwen2": 8,
        "mamba": 1,
        "jamba": 1,
    }
