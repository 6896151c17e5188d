"""Asks a finished starter model its held-out questions, as stock mlx-lm loads it.

Knows the model folder and the world. Computes in float32, greedily.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_map
from mlx_lm import generate, load

from scripts.starter import grammar, pretrain, smalltalk, starter_data, world

QUESTION_SEED = 11
STRANGERS = 60


@dataclass(frozen=True)
class Figures:
    """What was counted: right answers of questions asked, cross-entropy an answer token in nats, sizes."""

    parameters: int
    size_mb: float
    held_out_loss: float
    facts_right: int
    facts_asked: int
    strangers_declined: int
    strangers_asked: int


class Guide:
    """The model and its tokenizer, answering one question at a time."""

    def __init__(self, folder: Path) -> None:
        self.model, self.tokenizer = load(str(folder))[:2]
        self.model.update(tree_map(lambda value: value.astype(mx.float32), self.model.parameters()))

    def answer(self, question: str, max_tokens: int = 100) -> str:
        prompt = self.tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True)
        return str(generate(self.model, self.tokenizer, prompt, max_tokens=max_tokens))


def held_out_questions() -> list[tuple[str, str]]:
    """Every fact of the world once, in a wording that pretraining never used, with what the answer has to contain."""
    rng = random.Random(QUESTION_SEED)
    asked: list[tuple[str, str]] = []
    for entity, attribute in grammar.FACTS:
        question = grammar.held_out_question(attribute, rng.choice(entity.aliases[:2]), rng)
        if rng.random() < 0.3:
            question = question.lower().rstrip("?.")
        asked.append((question, entity.values[attribute.name]))
    asked += [(grammar.capital(f.questions[-1]) + "?", f.value) for f in world.TOWN_FACTS]
    return asked


def stranger_questions() -> list[str]:
    """Questions about things that are not in the world."""
    rng = random.Random(QUESTION_SEED)
    kinds = sorted(grammar.BY_KIND)
    asked = []
    for number in range(STRANGERS):
        entity = smalltalk.stranger(kinds[number % len(kinds)], starter_data.AVOID, rng)
        asked.append(grammar.held_out_question(rng.choice(grammar.BY_KIND[entity.kind]), entity.aliases[0], rng))
    return asked


def measure(folder: Path, held_out: list[pretrain.Encoded]) -> Figures:
    guide = Guide(folder)
    questions, strangers = held_out_questions(), stranger_questions()
    model: Any = guide.model
    return Figures(
        parameters=sum(value.size for value in pretrain.weights(model).values()),
        size_mb=sum(path.stat().st_size for path in folder.iterdir()) / 1e6,
        held_out_loss=pretrain.mean_loss(model, held_out),
        facts_right=sum(value.lower() in guide.answer(question).lower() for question, value in questions),
        facts_asked=len(questions),
        strangers_declined=sum(guide.answer(question) in smalltalk.DO_NOT_KNOW for question in strangers),
        strangers_asked=len(strangers),
    )
