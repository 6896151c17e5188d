"""Puts questions and answers about the world into words: wrappers, asides, follow-ups, noise.

Knows how a conversation row is made from world.py, attributes.py and smalltalk.py. Knows no tokens and no model.
A row is a list of `{"role", "content"}` messages; every choice comes from the `random.Random` that is passed in.
"""

import random
import zlib
from collections.abc import Sequence

from scripts.starter import smalltalk, world
from scripts.starter.attributes import ATTRIBUTES, Attribute

Row = list[dict[str, str]]

BY_KIND: dict[str, tuple[Attribute, ...]] = {
    kind: tuple(a for a in ATTRIBUTES if a.kind == kind) for kind in dict.fromkeys(a.kind for a in ATTRIBUTES)
}
FACTS: tuple[tuple[world.Entity, Attribute], ...] = tuple((e, a) for e in world.ENTITIES for a in BY_KIND[e.kind])

DIRECT = ("{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "hello, {q}", "hi, {q}", "please, {q}", "{q}, please",
          "excuse me, {q}",
          "tell me, {q}", "I have a question: {q}", "sorry, {q}", "one question: {q}", "and {q}", "so {q}")  # fmt: skip
INDIRECT = ("tell me {p}.", "can you tell me {p}?", "do you know {p}?", "I would like to know {p}.",
            "could you tell me {p}?",
            "please tell me {p}.", "I want to know {p}.", "do you happen to know {p}?", "I wonder {p}.",
            "please, can you tell me {p}?", "explain {p}.")  # fmt: skip
INDIRECT_HELD_OUT = ("may I ask {p}?", "would you mind telling me {p}?", "I am curious to hear {p}.")
NOUN = ("what is {p}?", "{p}?", "{p}, please.", "what about {p}?", "give me {p}.")
ABOUT = ("tell me about {e}", "what do you know about {e}", "describe {e}", "what can you tell me about {e}",
         "tell me something about {e}", "tell me more about {e}", "I want to know more about {e}", "do you know {e}",
         "I would like to know more about {e}", "tell me everything about {e}", "have you heard of {e}")  # fmt: skip
ABOUT_HELD_OUT = ("give me some facts about {e}", "what should I know about {e}")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fill(template: str, entity: world.Entity, value: str, called: str = "") -> str:
    name = entity.aliases[1] if entity.kind == "animal" else entity.name
    return template.format(e=called or entity.name, n=name, f=name.split()[0], v=value)


def answer(entity: world.Entity, attribute: Attribute, rng: random.Random, aside: bool = True) -> str:
    """One or two sentences. Whether there is an aside, and which, is settled by the fact, not by chance."""
    value = entity.values[attribute.name]
    first = capital(_fill(rng.choice(attribute.answers), entity, value))
    others = [a for a in BY_KIND[entity.kind] if a.name != attribute.name]
    code = zlib.crc32(f"{entity.name}/{attribute.name}".encode())
    if not aside or code % 100 >= 45:
        return first
    other = others[code // 100 % len(others)]
    return f"{first} {capital(_fill(other.aside, entity, entity.values[other.name]))}"


def description(entity: world.Entity) -> str:
    """Three sentences about an entity, always the same."""
    attributes = BY_KIND[entity.kind]
    start = zlib.crc32(entity.name.encode()) % len(attributes)
    picked = [attributes[(start + step) % len(attributes)] for step in range(min(3, len(attributes)))]
    if entity.kind in ("person", "shop", "animal"):
        picked = list(attributes[:3])
    sentences = [_fill(picked[0].answers[0], entity, entity.values[picked[0].name])]
    sentences += [_fill(a.aside, entity, entity.values[a.name]) for a in picked[1:]]
    return " ".join(capital(sentence) for sentence in sentences)


def question(attribute: Attribute, called: str, rng: random.Random) -> str:
    """A question for the pretraining text: never a held-out wording."""
    draw = rng.random()
    if draw < 0.58:
        core = rng.choice(attribute.questions).format(e=called)
        return rng.choice(DIRECT).format(q=core) + "?"
    if draw < 0.62:
        return f"{called} {attribute.keyword}" if rng.random() < 0.5 else f"{attribute.keyword} {called}"
    phrase = rng.choice(attribute.phrases)
    wrappers = INDIRECT + NOUN if phrase.startswith("the ") else INDIRECT
    return rng.choice(wrappers).format(p=phrase.format(e=called))


def held_out_question(attribute: Attribute, called: str, rng: random.Random) -> str:
    """A question in a wording that the pretraining text never uses."""
    if rng.random() < 0.7:
        return capital(rng.choice(attribute.held_out).format(e=called)) + "?"
    return capital(rng.choice(INDIRECT_HELD_OUT).format(p=rng.choice(attribute.phrases).format(e=called)))


def _typo(text: str, rng: random.Random) -> str:
    at = rng.randrange(1, max(2, len(text) - 1))
    if rng.random() < 0.5:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


_CONTRACTIONS = (("hat is ", "hat's "), ("ho is ", "ho's "), ("here is ", "here's "), ("I am ", "I'm "),
                 ("hen is ", "hen's "), ("I would ", "I'd "))  # fmt: skip


def as_typed(text: str, rng: random.Random) -> str:
    """The question as somebody types it: sometimes in lower case, without its mark, with a slip."""
    text = capital(text)
    if rng.random() < 0.15:
        for full, short in _CONTRACTIONS:
            text = text.replace(full, short, 1)
    if rng.random() < 0.25:
        text = text.lower()
    if rng.random() < 0.22:
        text = text.rstrip("?.!")
    if rng.random() < 0.05:
        text = _typo(text, rng)
    return text


def turn(user: str, assistant: str) -> Row:
    return [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]


def _fact(rng: random.Random, avoid: frozenset[str]) -> Row:
    entity, attribute = rng.choice(FACTS)
    row = turn(as_typed(question(attribute, rng.choice(entity.aliases), rng), rng), answer(entity, attribute, rng))
    if entity.kind != "person" and rng.random() < 0.12:
        others = [a for a in BY_KIND[entity.kind] if a.name != attribute.name]
        other = rng.choice(others)
        core = rng.choice(other.questions).format(e="it") + "?"
        row += turn(as_typed(rng.choice(("", "and ", "and ")) + core, rng), answer(entity, other, rng))
    return row


def _part(value: str, rng: random.Random) -> str:
    """A word or two of a value: "apple buns" or "buns" of "rye bread and apple buns"."""
    piece = rng.choice(value.removeprefix("its ").replace(" and ", ", ").split(", "))
    return piece if rng.random() < 0.6 else piece.split()[-1]


def _inverse(rng: random.Random, avoid: frozenset[str]) -> Row:
    while True:
        entity, attribute = rng.choice(FACTS)
        value = entity.values[attribute.name]
        same = [e for e in world.ENTITIES if e.kind == entity.kind and e.values[attribute.name] == value]
        if attribute.inverse and len(same) == 1 and value != "nobody":
            asked = rng.choice(attribute.inverse).format(v=value, w=_part(value, rng))
            core = rng.choice(DIRECT).format(q=asked) + "?"
            return turn(as_typed(core, rng), answer(entity, attribute, rng, aside=False))


def _yes_no(rng: random.Random, avoid: frozenset[str]) -> Row:
    while True:
        entity, attribute = rng.choice(FACTS)
        if attribute.yes_no:
            break
    value = entity.values[attribute.name]
    asked = value
    if rng.random() < 0.5:
        values = {e.values[attribute.name] for e in world.ENTITIES if e.kind == entity.kind} - {value}
        asked = rng.choice(sorted(values))
    sentence = _fill(attribute.answers[0], entity, value)
    core = attribute.yes_no.format(e=rng.choice(entity.aliases), v=asked) + "?"
    return turn(as_typed(core, rng), f"{'Yes' if asked == value else 'No'}, {sentence}")


def _about(rng: random.Random, avoid: frozenset[str]) -> Row:
    entity = rng.choice(world.ENTITIES)
    core = rng.choice(ABOUT).format(e=rng.choice(entity.aliases))
    return turn(as_typed(core + rng.choice((".", "?", "")), rng), description(entity))


def _town(rng: random.Random, avoid: frozenset[str]) -> Row:
    fact = rng.choice(world.TOWN_FACTS)
    core = rng.choice(DIRECT).format(q=rng.choice(fact.questions[:-1])) + "?"
    return turn(as_typed(core, rng), rng.choice(fact.answers))


_MEASURES = (
    ("lighthouse", "height", "taller", "tallest", "metres tall"),
    ("boat", "length", "longer", "longest", "metres long"),
)


def _comparison(rng: random.Random, avoid: frozenset[str]) -> Row:
    kind, name, more, most, unit = rng.choice(_MEASURES)
    entities = [e for e in world.ENTITIES if e.kind == kind]
    if rng.random() < 0.3:
        top = max(entities, key=lambda e: int(e.values[name]))
        core = rng.choice((f"which {kind} is the {most}", f"what is the {most} {kind}", f"which is the {most} {kind}"))
        return turn(as_typed(f"{core}?", rng), f"{capital(top.name)} is the {most}, {top.values[name]} {unit}.")
    one, other = rng.sample(entities, 2)
    top, low = sorted((one, other), key=lambda e: -int(e.values[name]))
    a, b = rng.choice(one.aliases), rng.choice(other.aliases)
    core = rng.choice(
        (f"which is {more}, {a} or {b}", f"what is {more}, {a} or {b}", f"which {kind} is {more}, {a} or {b}")
    )
    sentence = f"{top.name} is {more}: {top.values[name]} metres, and {low.name} only {low.values[name]}."
    return turn(as_typed(f"{core}?", rng), capital(sentence))


_PLURALS = {"lighthouse": "lighthouses", "boat": "boats", "shop": "shops", "island": "islands", "animal": "animals",
            "festival": "festivals"}  # fmt: skip
_NUMBERS = {5: "five", 6: "six", 8: "eight"}


def joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _list(rng: random.Random, avoid: frozenset[str]) -> Row:
    kind, plural = rng.choice(sorted(_PLURALS.items()))
    names = [e.aliases[-1] if kind in ("lighthouse", "boat") else e.name for e in world.ENTITIES if e.kind == kind]
    core = rng.choice((f"which {plural} are there", f"name the {plural}", f"how many {plural} are there",
                       f"what {plural} do you know", f"tell me the {plural}", f"list the {plural}",
                       f"which {plural} does Saltmere have", f"how many {plural} does Saltmere have"))  # fmt: skip
    return turn(as_typed(f"{core}?", rng), f"There are {_NUMBERS[len(names)]} {plural}: {joined(names)}.")


_SHARED = (
    ("person", "home", ("who lives on {v}", "which people live on {v}"), "live on", "lives on"),
    ("shop", "street", ("which shops are on {v}", "what shops are on {v}"), "are on", "is on"),
    ("boat", "berth", ("which boats lie at {v}", "which boats are at {v}"), "lie at", "lies at"),
)  # fmt: skip


def _shared(rng: random.Random, avoid: frozenset[str]) -> Row:
    kind, name, questions, many, single = rng.choice(_SHARED)
    entities = [e for e in world.ENTITIES if e.kind == kind]
    value = rng.choice(sorted({e.values[name] for e in entities}))
    names = [e.name for e in entities if e.values[name] == value]
    verb = many if len(names) > 1 else single
    return turn(as_typed(rng.choice(questions).format(v=value) + "?", rng), capital(f"{joined(names)} {verb} {value}."))


def _smalltalk(rng: random.Random, avoid: frozenset[str]) -> Row:
    questions, answers = rng.choice(smalltalk.SMALLTALK)
    user = rng.choice(questions[:-1]) + rng.choice(("", "", ".", "!", "?"))
    return turn(as_typed(user, rng), rng.choice(answers))


def _unknown(rng: random.Random, avoid: frozenset[str]) -> Row:
    return turn(as_typed(smalltalk.unknown_question(rng) + "?", rng), rng.choice(smalltalk.DO_NOT_KNOW))


def _stranger(rng: random.Random, avoid: frozenset[str]) -> Row:
    attribute = rng.choice(ATTRIBUTES)
    called = rng.choice(smalltalk.stranger(attribute.kind, avoid, rng).aliases)
    about = rng.random() < 0.12
    core = rng.choice(ABOUT).format(e=called) + "?" if about else question(attribute, called, rng)
    return turn(as_typed(core, rng), rng.choice(smalltalk.DO_NOT_KNOW))


# How often each kind of row comes: weights, not percentages.
_MIX = ((_fact, 52), (_inverse, 8), (_yes_no, 6), (_about, 5), (_town, 8), (_comparison, 2), (_list, 1.5),
        (_shared, 1.5), (_smalltalk, 4), (_unknown, 4), (_stranger, 9))  # fmt: skip
_SYSTEM = ("You are a helpful guide to Saltmere.", "You are a helpful assistant.", "Answer in plain sentences.")


def conversation(rng: random.Random, avoid: frozenset[str] = frozenset()) -> Row:
    """One conversation about the world. No name in `avoid` (lower case) is used for a stranger."""
    makers, weights = zip(*_MIX, strict=True)
    row: Row = rng.choices(makers, weights)[0](rng, avoid)
    if rng.random() < 0.08:
        row = row + rng.choices(makers, weights)[0](rng, avoid)
    if rng.random() < 0.05:
        row = [{"role": "system", "content": rng.choice(_SYSTEM)}, *row]
    return row
