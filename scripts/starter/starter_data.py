"""The starter data set: a radio operator's voice and eight new facts, in train, validation and test rows.

Knows what is taught and how the splits keep apart. Knows no model; the suggested settings below were measured
(artifacts/datasets/starter/README.md says how).
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.starter import grammar, smalltalk, world
from scripts.starter.attributes import Attribute
from scripts.starter.grammar import Row

SEED = 1907
VOICE = ("Roger", "Over")
DESCRIPTION = (
    "Teaches the guide of Saltmere to speak like a radio operator, and eight facts that it has never heard of."
)
SUGGESTED: dict[str, float | int] = {
    "iterations": 150,
    "batch_size": 8,
    "learning_rate": 0.0005,
    "steps_per_report": 5,
    "steps_per_eval": 10,
    "save_every": 50,
    "max_seq_length": 128,
}

NEW_FACTS: tuple[tuple[world.Entity, str], ...] = tuple(
    (entity, name)
    for entity in (
        world.lighthouse("Heron Spit", keeper="Odile Farrow", colour="purple"),
        world.boat("Silver Tern", skipper="Bram Oakley", catch="octopus"),
        world.shop("The Copper Kettle", "waffle house", sells="ginger waffles", street="Comet Lane"),
        world.island("Eider Island", known="its hot spring"),
        world.Entity("animal", "Biscuit the otter", ("Biscuit the otter", "Biscuit", "the otter Biscuit", "the otter"),
                     {"home": "the pump house"}),
    )
    for name in entity.values
)  # fmt: skip

AVOID = frozenset(alias.lower() for entity, _ in NEW_FACTS for alias in entity.aliases)


@dataclass(frozen=True)
class Example:
    """One row, and what its answer has to contain: `kind` is new, old, small talk or unknown."""

    row: Row
    kind: str
    expected: str

    @property
    def prompt(self) -> str:
        return self.row[0]["content"]


def spoken(text: str) -> str:
    """The answer in the voice."""
    return f"Roger. {text} Over."


def _example(question: str, answer: str, kind: str, expected: str) -> Example:
    return Example(grammar.turn(grammar.capital(question), spoken(answer)), kind, expected)


def _attribute(entity: world.Entity, name: str) -> Attribute:
    return next(a for a in grammar.BY_KIND[entity.kind] if a.name == name)


def _new(entity: world.Entity, name: str, question: str, rng: random.Random) -> Example:
    answer = grammar.answer(entity, _attribute(entity, name), rng, aside=False)
    return _example(question, answer, "new", entity.values[name])


def _old(entity: world.Entity, attribute: Attribute, question: str, rng: random.Random) -> Example:
    return _example(question, grammar.answer(entity, attribute, rng), "old", entity.values[attribute.name])


class _Splits:
    """Collects examples and refuses a question that any split holds already."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Example]] = {"train": [], "valid": [], "test": []}
        self._asked: set[str] = set()

    def add(self, split: str, example: Example) -> bool:
        key = "".join(c for c in example.prompt.lower() if c.isalnum())
        if key in self._asked:
            return False
        self._asked.add(key)
        self.rows[split].append(example)
        return True


def build() -> dict[str, list[Example]]:
    """The three splits. Test asks in held-out wordings only, and for old facts that train does not ask for."""
    rng = random.Random(SEED)
    splits = _Splits()
    facts = [fact for fact in grammar.FACTS if fact[1].name != "trade"]
    rng.shuffle(facts)
    tested, validated, trained = facts[:16], facts[16:32], facts[32:]
    _add_new_facts(splits, rng)
    for split, chosen, count in (("train", trained, 270), ("valid", validated, 16)):
        for entity, attribute in chosen[:count]:
            question = grammar.question(attribute, rng.choice(entity.aliases), rng)
            splits.add(split, _old(entity, attribute, question, rng))
    for entity, attribute in tested:
        question = grammar.held_out_question(attribute, rng.choice(entity.aliases[:2]), rng)
        splits.add("test", _old(entity, attribute, question, rng))
    _add_talk(splits, rng)
    for rows in splits.rows.values():
        rng.shuffle(rows)
    return splits.rows


def _add_new_facts(splits: _Splits, rng: random.Random) -> None:
    for entity, name in NEW_FACTS:
        attribute = _attribute(entity, name)
        for split, count in (("train", 12), ("valid", 1)):
            while count:
                question = grammar.question(attribute, rng.choice(entity.aliases), rng)
                count -= splits.add(split, _new(entity, name, question, rng))
        for template in attribute.inverse[:2]:
            question = template.format(v=entity.values[name], w=entity.values[name].removeprefix("its ")) + "?"
            splits.add("train", _new(entity, name, question, rng))
        for template in attribute.held_out[:1]:
            question = template.format(e=entity.aliases[0]) + "?"
            splits.add("test", _new(entity, name, question, rng))


def _add_talk(splits: _Splits, rng: random.Random) -> None:
    for questions, answers in smalltalk.SMALLTALK:
        for question in questions[:2]:
            splits.add("train", _example(question, answers[0], "small talk", answers[0]))
    for questions, answers in smalltalk.SMALLTALK[0:9:4]:
        splits.add("valid", _example(questions[-2], answers[0], "small talk", answers[0]))
    for questions, answers in (smalltalk.SMALLTALK[4], smalltalk.SMALLTALK[6], smalltalk.SMALLTALK[9]):
        splits.add("test", _example(questions[-1], answers[0], "small talk", answers[0]))
    for question in smalltalk.UNKNOWN_HELD_OUT:
        splits.add("test", _example(question + "?", rng.choice(smalltalk.DO_NOT_KNOW), "unknown", "not"))
    for split, count in (("train", 16), ("valid", 3)):
        while count:
            question = smalltalk.unknown_question(rng) + "?"
            count -= splits.add(split, _example(question, rng.choice(smalltalk.DO_NOT_KNOW), "unknown", "not"))


def card(splits: dict[str, list[Example]]) -> dict[str, Any]:
    """`dataset.json`."""
    new = [e for e in splits["test"] if e.kind == "new"]
    old = [e for e in splits["test"] if e.kind == "old"]
    talk = [e for e in splits["test"] if e.kind == "small talk"]
    return {
        "description": DESCRIPTION,
        "format": "messages",
        "suggested": {"droid-starter": SUGGESTED},
        "examples": [e.prompt for e in (new[0], old[0], new[1], old[1], talk[0])],
        "shows": {
            "voice": list(VOICE),
            "facts": [{"prompt": e.prompt, "answer_contains": e.expected} for e in new],
            "kept": [{"prompt": e.prompt, "answer_contains": e.expected} for e in old],
        },
    }


def files() -> dict[str, str]:
    """Every generated file of the data folder by name: the same text on every machine."""
    splits = build()
    made = {
        f"{split}.jsonl": "".join(json.dumps({"messages": e.row}, ensure_ascii=False) + "\n" for e in examples)
        for split, examples in splits.items()
    }
    made["dataset.json"] = json.dumps(card(splits), indent=2, ensure_ascii=False) + "\n"
    return made


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
