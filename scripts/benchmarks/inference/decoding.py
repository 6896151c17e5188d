"""Times steps of batches that decode, and the switch from one adapter to another. Runs in a worker of the bench."""

import time
from collections.abc import Callable
from functools import partial

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.generate import BatchGenerator
from mlx_lm.models.qwen2 import Model, ModelArgs

from backend.inference.schemas import Sampling
from backend.workers.inference.adapter_files import Factors, LowRank
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.inference.batch import Computation, SharedBatch
from backend.workers.inference.batched_layers import BASE
from backend.workers.inference.fit import factor_shapes
from backend.workers.inference.slots import SLOTS, AdapterSlots
from scripts.benchmarks.inference.jobs import Arm, Decode, Decoded, Switch, Switched
from scripts.benchmarks.jobs import SEVEN_KEYS, ModelShape

WITHOUT_END = 10**9

Step = Callable[[], object]


def decode(job: Decode) -> Decoded:
    model = made_model(job.shape)
    weights: dict[str, mx.array] = tree_flatten(model.parameters(), destination={})  # type: ignore[assignment]
    parameters = sum(weight.size for weight in weights.values())
    # The bare base beside: the same arrays, and modules that nothing wraps.
    bare: nn.Module = Model(ModelArgs.from_dict(job.shape.config()))
    for each in (model, bare):
        if job.weights == "4-bit":
            nn.quantize(each, group_size=32, bits=4)
        if job.weights == "bfloat16":
            each.set_dtype(mx.bfloat16)
    bare.update(model.parameters())
    mx.eval(model.parameters())
    adapters = made_adapters(model, job.rank, SLOTS - 1)
    slots = AdapterSlots(model)
    seats = [BASE, *(slots.place(adapter, 1.0, key) for key, adapter in enumerate(adapters))]
    prompt = list(range(job.prompt_tokens))
    arms: dict[Arm, Step] = {
        "one_adapter": our_batch(slots, seats[1:2], prompt),
        "base_and_3": our_batch(slots, seats[:4], prompt),
        "base_and_7": our_batch(slots, seats, prompt),
        "bare_base_4": stock_batch(bare, 4, prompt),
    }
    return Decoded(parameters=parameters, milliseconds=in_turn(arms, job.rounds, job.steps))


def in_turn(arms: dict[Arm, Step], rounds: int, steps: int) -> dict[Arm, list[float]]:
    """Each round begins with another arm, so that none always follows the same one."""
    milliseconds: dict[Arm, list[float]] = {arm: [] for arm in arms}
    names = list(arms)
    for round_ in range(-1, rounds):
        first = round_ % len(names)
        for name in names[first:] + names[:first]:
            step = arms[name]
            step()  # the caches of the arm before are out of the way
            began = time.perf_counter()
            for _ in range(steps):
                step()
            if round_ >= 0:
                milliseconds[name].append((time.perf_counter() - began) / steps * 1e3)
    return milliseconds


def our_batch(slots: AdapterSlots, seats: list[int], prompt: list[int]) -> Step:
    """A batch of the worker that answers, with a row in each of these slots, decoding already."""
    batch = SharedBatch(slots.model, [], prompts_at_once=8)
    for row, slot in enumerate(seats):
        cache = slots.cache(slot)
        batch.add(row, Computation([], list(prompt), cache, WITHOUT_END, Sampling(temperature=0)))
    while len(batch.step()) < len(seats):
        pass
    return batch.step


def stock_batch(model: nn.Module, rows: int, prompt: list[int]) -> Step:
    generator = BatchGenerator(model, max_tokens=WITHOUT_END)
    generator.insert([list(prompt) for _ in range(rows)])
    while len(generator.next()[1]) < rows:
        pass
    step: Step = generator.next
    return step


def switch(job: Switch) -> Switched:
    """In place: an adapter is put over another in the model. Slot: its slot is left, and given to another."""
    carrier = AdaptedModel(made_model(job.shape))
    adapters = made_adapters(carrier.model, job.rank, 2)
    carrier.use(adapters[0], 1.0)
    in_place = [timed(partial(carrier.use, adapters[at % 2], 1.0)) for at in range(1, job.times + 1)]
    carrier.use_base()
    slots = AdapterSlots(carrier.model)

    def refill(slot: int, at: int) -> None:
        slots.release(slot)
        slots.place(adapters[at % 2], 1.0, at)

    slot = slots.place(adapters[0], 1.0, 0)
    in_slot = [timed(partial(refill, slot, at)) for at in range(1, job.times + 1)]
    return Switched(in_place_ms=in_place, slot_ms=in_slot)


def timed(call: Step) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


def made_model(shape: ModelShape) -> nn.Module:
    mx.random.seed(0)
    model: nn.Module = Model(ModelArgs.from_dict(shape.config())).eval()
    mx.eval(model.parameters())
    return model


def made_adapters(model: nn.Module, rank: int, count: int) -> list[LowRank]:
    """For a model that carries none yet: random factors in float32, of the seven keys in every layer."""
    mx.random.seed(1)
    shapes = {
        path: shapes
        for path, module in model.named_modules()
        if path.endswith(tuple(SEVEN_KEYS)) and (shapes := factor_shapes(module, rank, dora=False))
    }
    adapters = []
    for _ in range(count):
        factors = {
            path: [0.01 * mx.random.normal(each[name]) for name in ("lora_a", "lora_b")]
            for path, each in shapes.items()
        }
        mx.eval(factors)
        adapters.append(LowRank({path: Factors(a, b) for path, (a, b) in factors.items()}))
    return adapters
