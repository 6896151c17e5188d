"""Takes the text of an answer apart as it streams: the thinking before it, and what a stop string ends."""

from typing import NamedTuple

MOST_WHITESPACE_BEFORE_THINKING = 16
"""Characters. More of them are an answer, which is not to be held back for as long as nothing else comes."""


class Piece(NamedTuple):
    text: str
    thinking: str


class ThinkingMarkers(NamedTuple):
    start: str
    end: str


class AnswerText:
    """Fed piece by piece, gives what is known to belong to the thinking or to the answer.

    Thinking stands at the beginning, after little whitespace if any, between its markers, or `in_thinking` from the
    start where the prompt has opened it. Stop strings end the answer, not the thinking: neither they nor what follows
    is ever given. Text that may turn out to be the beginning of a marker or stop string is held back. `markers` None
    knows no thinking.
    """

    def __init__(self, stop: list[str], markers: ThinkingMarkers | None, in_thinking: bool = False) -> None:
        self._stop = stop
        self._markers = markers
        self._held = ""
        self._undecided = markers is not None and not in_thinking
        self._in_thinking = markers is not None and in_thinking
        self._skip_whitespace = self._in_thinking
        self.stopped = False

    def feed(self, text: str) -> Piece:
        self._held += text
        return self._advance(at_end=False)

    def finish(self) -> Piece:
        """What was held back, now that nothing follows."""
        return self._advance(at_end=True)

    def _advance(self, at_end: bool) -> Piece:
        if self._undecided:
            self._decide(at_end)
        thinking = self._advance_thinking(at_end) if self._in_thinking else ""
        text = "" if self._undecided or self._in_thinking else self._advance_answer(at_end)
        return Piece(text, thinking)

    def _decide(self, at_end: bool) -> None:
        assert self._markers is not None
        start, visible = self._markers.start, self._held.lstrip()
        if visible.startswith(start):
            self._held = visible.removeprefix(start)
            self._in_thinking = self._skip_whitespace = True
        is_blank = not visible and len(self._held) > MOST_WHITESPACE_BEFORE_THINKING
        if at_end or is_blank or not start.startswith(visible) or self._in_thinking:
            self._undecided = False

    def _advance_thinking(self, at_end: bool) -> str:
        assert self._markers is not None
        self._drop_leading_whitespace()
        thinking, marker, rest = self._held.partition(self._markers.end)
        if marker:
            self._held, self._in_thinking, self._skip_whitespace = rest, False, True
            return thinking
        return self._give([self._markers.end], at_end)

    def _advance_answer(self, at_end: bool) -> str:
        self._drop_leading_whitespace()
        if (start := _first_to_end(self._held, self._stop)) is not None:
            text, self._held, self.stopped = self._held[:start], "", True
            return text
        return self._give(self._stop, at_end)

    def _drop_leading_whitespace(self) -> None:
        if self._skip_whitespace:
            self._held = self._held.lstrip()
            self._skip_whitespace = not self._held

    def _give(self, endings: list[str], at_end: bool) -> str:
        """What is held, except a beginning of one of these, which more text may complete."""
        kept = 0 if at_end else max((_overlap(self._held, ending) for ending in endings), default=0)
        given, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        return given


def _first_to_end(text: str, stops: list[str]) -> int | None:
    """Where the stop string begins that is complete first, the longest of them if several; however text is cut."""
    found = [(start + len(stop), start) for stop in stops if (start := text.find(stop)) >= 0]
    return min(found)[1] if found else None


def _overlap(text: str, ending: str) -> int:
    """How many characters at the end of the text are a beginning, not the whole, of `ending`."""
    longest = min(len(text), len(ending) - 1)
    return next((length for length in range(longest, 0, -1) if ending.startswith(text[-length:])), 0)
