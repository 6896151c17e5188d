"""Where the assistant speaks in a rendered conversation. Knows what chat templates do, not rows of data or batches.

A template is a program: only running it tells what it writes around an answer. So conversations of marks in place of
contents are rendered, once for every sequence of roles; a real conversation is rendered once and matched with them to
the character. One that does not match is found by rendering its beginnings, which is slower and as sure.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from backend.errors import AppError
from backend.workers.training.chat_template import ChatTemplate, Messages, Span

ANOTHER_ANSWER = "\u2060"


class Turns:
    """Finds the assistant's turns: what it has to write after each generation prompt, the end of the turn included."""

    def __init__(self, template: ChatTemplate) -> None:
        self.template = template
        self._skeletons: dict[tuple[str, ...], Skeleton | None] = {}

    def ids_and_turns(self, messages: Messages, tools: list[Any] | None) -> tuple[list[int], list[Span]]:
        """Token ids of a conversation, and from where to where in them the assistant speaks."""
        if self.template.tells_places:
            text, places = self.template.text_and_marked(messages, tools)
            if not places:
                places = self._places(text, messages, tools)
            ids, ends = self.template.tokens(text)
            if places is not None and (np.diff(ends) >= 0).all():
                return ids, [_tokens_within(place, ends) for place in places]
        else:
            ids = self.template.ids(messages, tools)
        return ids, turns_by_prefix(self.template, messages, tools, ids)

    def _places(self, text: str, messages: Messages, tools: list[Any] | None) -> list[Span] | None:
        if tools or any(message.keys() != {"role", "content"} for message in messages):
            return self._between_headers(text, messages)
        skeleton = self._skeleton(tuple(str(message["role"]) for message in messages))
        return skeleton.turns(text, [message["content"] for message in messages]) if skeleton else None

    def _skeleton(self, roles: tuple[str, ...]) -> "Skeleton | None":
        if roles not in self._skeletons:
            self._skeletons[roles] = Skeleton.of(self.template, roles)
        return self._skeletons[roles]

    def _between_headers(self, text: str, messages: Messages) -> list[Span] | None:
        """Turns that hold more than a content, such as calls of tools: from each header to the next end of a turn.

        None unless every header in the text is the template's, one for each turn, and the message after a turn stands
        between its end and the next header.
        """
        skeleton = self._skeleton(("user", "assistant", "user"))
        if skeleton is None:
            return None
        header, ending = skeleton.around(1)
        said = json.dumps(messages, ensure_ascii=False)
        lines = [*header.split("\n"), *ending.split("\n")]
        if not header.strip() or not ending.strip() or any(line and line in said for line in lines):
            return None
        speaking = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
        headers = [found.span() for found in re.finditer(re.escape(header), text)]
        if len(headers) != len(speaking):
            return None
        spans = []
        for index, (_, start), (above, _) in zip(speaking, headers, [*headers[1:], (len(text), 0)], strict=True):
            if index == len(messages) - 1:
                spans.append((start, len(text)))
                continue
            end = text.find(ending, start) + len(ending)
            content = (messages[index + 1].get("content") or "").strip()
            if end < start + len(ending) or not content or content not in text[end:above]:
                return None
            spans.append((start, end))
        return spans


@dataclass(frozen=True)
class Skeleton:
    """What a template writes around the contents of a sequence of roles.

    `glue[i]` stands before content i, the last after all. By the index of each message of the assistant, `leads` is how
    many characters before its content it has to write too (an empty thinking block, say), `tails` how many after it
    (the end of the turn).
    """

    glue: list[str]
    leads: dict[int, int]
    tails: dict[int, int]

    @classmethod
    def of(cls, template: ChatTemplate, roles: Sequence[str]) -> Self | None:
        """None where the template refuses these roles or a beginning of them, or rewrites contents."""
        marks = [f"\ue000{index}\ue001" for index in range(len(roles))]
        messages = [{"role": role, "content": mark} for role, mark in zip(roles, marks, strict=True)]
        try:
            pieces = re.split("\ue000([0-9]+)\ue001", template.text(messages, None))
            glue = pieces[::2]
            if pieces[1::2] != [str(index) for index in range(len(roles))]:
                return None
            leads, tails = {}, {}
            for index in (index for index, role in enumerate(roles) if role == "assistant"):
                prompt = template.text(messages[:index], None, add_generation_prompt=True)
                prompt = prompt.rpartition(marks[index - 1])[2] if index else prompt
                through = template.text(messages[: index + 1], None).rpartition(marks[index])[2]
                leads[index] = len(glue[index]) - _common(glue[index], prompt)
                tails[index] = _common(glue[index + 1], through)
        except AppError:
            return None
        return cls(glue, leads, tails)

    def around(self, index: int) -> tuple[str, str]:
        """What stands before what the assistant has to write in its turn `index`, and how the turn ends."""
        before, after = self.glue[index], self.glue[index + 1]
        return before[: len(before) - self.leads[index]], after[: self.tails[index]]

    def turns(self, text: str, contents: Sequence[str]) -> list[Span] | None:
        """Where the assistant's turns stand in `text`; None unless the text is the glue and these contents, stripped or
        not, and nothing else."""
        if not text.startswith(self.glue[0]):
            return None
        spans, place = [], len(self.glue[0])
        for index, content in enumerate(contents):
            follows = self.glue[index + 1]
            for written in (content, content.strip(), content.rstrip(), content.lstrip()):
                end = place + len(written)
                if text.startswith(written, place) and text.startswith(follows, end):
                    break
            else:
                return None
            if index in self.leads:
                spans.append((place - self.leads[index], end + self.tails[index]))
            place = end + len(follows)
        return spans if place == len(text) else None


def turns_by_prefix(
    template: ChatTemplate, messages: Messages, tools: list[Any] | None, ids: Sequence[int]
) -> list[Span]:
    """The turns by rendering the conversation up to each: with its generation prompt, and with its answer.

    Templates may write an earlier turn differently once it is the last; what agrees is what is sure.
    """
    turns = []
    for index, message in enumerate(messages):
        if message["role"] == "assistant":
            through = template.ids(messages[: index + 1], tools)
            turns.append((_turn_begins(template, messages, index, tools, ids), _common(through, ids)))
    return turns


def _turn_begins(
    template: ChatTemplate, messages: Messages, index: int, tools: list[Any] | None, ids: Sequence[int]
) -> int:
    """How many tokens of `ids` come before what the assistant says in its turn `index`."""
    try:
        before = template.ids(messages[:index], tools, add_generation_prompt=True)
    except AppError:
        # The template refuses what comes before as a conversation of its own: see where another answer differs.
        other = {**messages[index], "content": ANOTHER_ANSWER}
        before = template.ids([*messages[:index], other, *messages[index + 1 :]], tools)
    return _common(before, ids)


def _common(first: Sequence[int] | str, second: Sequence[int] | str) -> int:
    """How many tokens or characters two sequences share from their start."""
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))


def _tokens_within(place: Span, ends: np.ndarray) -> Span:
    """The tokens that hold characters after the beginning of `place`, and none after its end."""
    start, end = (int(found) for found in np.searchsorted(ends, place, side="right"))
    return start, max(start, end)
