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
from backend.workers.training.data.chat_template import ChatTemplate, Messages, Span

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
            ids, offsets = self.template.tokens(text)
            if places is not None and (np.diff(offsets[:, 1]) >= 0).all():
                return ids, [self._tokens_within(place, text, ids, offsets) for place in places]
        else:
            ids = self.template.ids(messages, tools)
        return ids, turns_by_prefix(self.template, messages, tools, ids)

    def _places(self, text: str, messages: Messages, tools: list[Any] | None) -> list[Span] | None:
        if not tools and all(message.keys() == {"role", "content"} for message in messages):
            skeleton = self._skeleton(tuple(str(message["role"]) for message in messages))
            places = skeleton.turns(text, [message["content"] for message in messages]) if skeleton else None
            if places is not None:
                return places
        return self._between_headers(text, messages)

    def _tokens_within(self, place: Span, text: str, ids: list[int], offsets: np.ndarray) -> Span:
        """The tokens that hold characters of `place`; not one that reaches beyond its end, and one that reaches in
        from before only where the text before makes another of it."""
        start, end = (int(found) for found in np.searchsorted(offsets[:, 1], place, side="right"))
        if start < len(ids) and offsets[start, 0] < place[0]:
            start = _common(self.template.tokens(text[: place[0]])[0], ids)
        return start, max(start, end)

    def _skeleton(self, roles: tuple[str, ...]) -> "Skeleton | None":
        if roles not in self._skeletons:
            self._skeletons[roles] = Skeleton.of(self.template, roles)
        return self._skeletons[roles]

    def _between_headers(self, text: str, messages: Messages) -> list[Span] | None:
        """Turns that are not just a content, such as calls of tools: from each header to the next end of a turn.

        None unless every header in the text is the template's, one for each turn, and the message after a turn stands
        between its end and the next header.
        """
        skeleton = self._skeleton(("user", "assistant", "user"))
        if skeleton is None:
            return None
        header, ending = skeleton.headers[1], skeleton.endings[1]
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
            end = text.find(ending, start) + len(ending)
            if index == len(messages) - 1:
                end = len(text)
            elif end < start + len(ending) or not _stands_in(messages[index + 1], text[end:above]):
                return None
            spans.append((skeleton.begins(1, text, start), end))
        return spans


def _stands_in(message: dict[str, Any], text: str) -> bool:
    content = (message.get("content") or "").strip()
    return bool(content) and content in text


@dataclass(frozen=True)
class Skeleton:
    """What a template writes around the contents of a sequence of roles.

    `glue[i]` stands before content i, the last after all. By the index of each message of the assistant: `headers` is
    what stands there before what it has to write, `primed` what a generation prompt adds to that (the beginning of a
    thinking block, say), `endings` what it has to write after the content.
    """

    glue: list[str]
    headers: dict[int, str]
    primed: dict[int, str]
    endings: dict[int, str]

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
            headers, primed, endings = {}, {}, {}
            for index in (index for index, role in enumerate(roles) if role == "assistant"):
                prompt = template.text(messages[:index], None, add_generation_prompt=True)
                prompt = prompt.rpartition(marks[index - 1])[2] if index else prompt
                through = template.text(messages[: index + 1], None).rpartition(marks[index])[2]
                headers[index] = _common_markup(glue[index], prompt)
                primed[index] = prompt.removeprefix(headers[index])
                endings[index] = _common_markup(glue[index + 1], through)
        except AppError:
            return None
        return cls(glue, headers, primed, endings)

    def begins(self, index: int, text: str, start: int) -> int:
        """Where what the assistant writes begins, given where the header of its turn ends in `text`."""
        return start + len(self.primed[index]) if text.startswith(self.primed[index], start) else start

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
            if index in self.headers:
                start = place - len(self.glue[index]) + len(self.headers[index])
                spans.append((self.begins(index, text, start), end + len(self.endings[index])))
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


def _common_markup(first: str, second: str) -> str:
    """What two texts share from their start, without the beginning of a <mark> that they do not share."""
    return re.sub("<[^<>]*$", "", first[: _common(first, second)])
