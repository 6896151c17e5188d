"""An answer taken apart: whatever the pieces it comes in, the same text and thinking, and nothing of a stop string."""

import pytest

from backend.workers.inference.answer_text import AnswerText, ThinkingMarkers

THINK = ThinkingMarkers("<think>", "</think>")


def cut(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def read(
    pieces: list[str], stop: list[str], markers: ThinkingMarkers | None, in_thinking: bool
) -> tuple[str, str, bool]:
    answer = AnswerText(stop, markers, in_thinking)
    given = []
    for piece in pieces:
        given.append(answer.feed(piece))
        if answer.stopped:
            break
    if not answer.stopped:
        given.append(answer.finish())
    return "".join(piece.text for piece in given), "".join(piece.thinking for piece in given), answer.stopped


CASES = [
    ("Hello there.", [], None, ("Hello there.", "", False)),
    ("Hello END there", ["END"], None, ("Hello ", "", True)),
    ("Hello EN", ["END"], None, ("Hello EN", "", False)),
    ("EEND after", ["END"], None, ("E", "", True)),
    ("aabaac", ["aac"], None, ("aab", "", True)),
    ("abc", ["abcd", "b"], None, ("a", "", True)),
    ("x\n\ny", ["\n\n", "\n"], None, ("x", "", True)),
    ("<think>no markers known", [], None, ("<think>no markers known", "", False)),
    ("<think>\nSo.\n</think>\n\nYes.", [], THINK, ("Yes.", "So.\n", False)),
    (" \n<think>So.</think>Yes.", [], THINK, ("Yes.", "So.", False)),
    ("\n\n Plain answer", [], THINK, ("\n\n Plain answer", "", False)),
    ("Use <think> as a tag", [], THINK, ("Use <think> as a tag", "", False)),
    ("<thin ice", [], THINK, ("<thin ice", "", False)),
    ("<thi", [], THINK, ("<thi", "", False)),
    ("<think>never ends </thin", [], THINK, ("", "never ends </thin", False)),
    ("<think>END of it</think>\nAnswer END more", ["END", "\n"], THINK, ("Answer ", "END of it", True)),
    ("", ["END"], THINK, ("", "", False)),
]


@pytest.mark.parametrize("length", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(("text", "stop", "markers", "expected"), CASES)
def test_text_and_thinking_are_the_same_however_the_stream_is_cut(
    text: str, stop: list[str], markers: ThinkingMarkers | None, expected: tuple[str, str, bool], length: int
) -> None:
    assert read(cut(text, length), stop, markers, in_thinking=False) == expected


@pytest.mark.parametrize("length", [1, 4, 100])
def test_thinking_that_the_prompt_has_opened_needs_no_marker(length: int) -> None:
    assert read(cut("\nSo.</think>\n\nYes.", length), [], THINK, in_thinking=True) == ("Yes.", "So.", False)


def test_text_is_held_back_only_while_it_may_begin_a_stop_string() -> None:
    answer = AnswerText(["ENDING"], None)
    assert [answer.feed(piece).text for piece in ("Say E", "ND", " and EN", "D", "?")] == [
        "Say ",
        "",
        "END and ",
        "",
        "END?",
    ]
