"""Reads the rows of a JSON document as a stream: a list of objects, objects one after another, or lists in an object.

Never holds more of the text than the longest row may have. After a row that is no JSON it goes on behind it.
"""

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from backend.datasets.importing.readers.json_lines import parsed
from backend.datasets.importing.readers.lines import LONGEST_LINE, TOO_LONG, decoded
from backend.datasets.importing.records import Record, unread
from backend.json_files import DEEPEST

CHUNK_BYTES = 1 << 18
BEGINNING = 1 << 16
SURE = 16
"""An error so many characters before the end of what is at hand is no matter of what follows."""
ROW_LISTS = frozenset(
    (
        *("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "chat", "history"),
        *("prompt", "chosen", "rejected", "tools", "functions"),
    )
)
"""Lists of objects that are columns of a row."""
_scalar = r'"(?:[^"\\]|\\.)*+"\s*+:\s*+(?:"(?:[^"\\]|\\.)*+"|[-+.eE\d]++|true|false|null)\s*+,\s*+'
_LISTS_INSIDE = re.compile(rf'\s*+\{{\s*+(?:{_scalar})*+"((?:[^"\\]|\\.)*+)"\s*+:\s*+\[\s*+\{{')
_SPACE = re.compile(r"[ \t\n\r]*")
_BRACKET = re.compile(r'["{}\[\]]')
_IN_TEXT = re.compile(r'["\\]')
_BRACKET_ANYWHERE = re.compile(r"[{}\[\]]")
_ROW_FOLLOWS = re.compile(r'\s*,\s*\{\s*"')
_NEXT_ROW = re.compile(r"\}\s*,\s*(?=\{)")
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*')
_decoder = json.JSONDecoder()

CUT_OFF = "The file ends before its end: the list that holds the rows is not closed."


def holds_lists(beginning: str) -> bool:
    """Whether an object begins here whose lists hold the rows: {"data": [{...}, ...]}."""
    found = _LISTS_INSIDE.match(beginning)
    return found is not None and found[1] not in ROW_LISTS


def read_json_document(reader: "BufferedReader[Any]") -> Iterator[Record]:
    window = _Window(reader)
    while window.skip_space():
        if window.next() == "[":
            window.take(1)
            yield from _elements(window)
        elif window.next() == "{" and holds_lists(window.beginning()):
            window.take(1)
            yield from _lists_of(window)
        else:
            yield _row(window)


class _Window:
    """What is at hand of the text, from `at` on, which stands in `line` and `column`."""

    def __init__(self, reader: "BufferedReader[Any]") -> None:
        self.reader = reader
        self.text, self.at, self.line, self.column = "", 0, 1, 1
        self.ended = False
        self.doubtful = False
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self.more()

    @property
    def left(self) -> int:
        return len(self.text) - self.at

    def more(self) -> bool:
        """At least doubles what is at hand, if there is more."""
        if self.ended:
            return False
        data = self.reader.read(max(CHUNK_BYTES, self.left))
        self.ended = not data
        fresh = self._decoder.decode(data, final=self.ended)
        self.doubtful = self.doubtful or not _is_text(fresh)
        self.text, self.at = self.text[self.at :] + fresh, 0
        return True

    def beginning(self) -> str:
        while self.left < BEGINNING and self.more():
            pass
        return self.text[self.at : self.at + BEGINNING]

    def next(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, count: int) -> str:
        taken = self.text[self.at : self.at + count]
        breaks = taken.count("\n")
        self.line += breaks
        self.column = count - taken.rfind("\n") if breaks else self.column + count
        self.at += count
        return taken

    def skip_space(self) -> bool:
        """Whether anything follows."""
        while True:
            match = _SPACE.match(self.text, self.at)
            assert match is not None
            self.take(match.end() - self.at)
            if self.at < len(self.text):
                return True
            if not self.more():
                return False


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _elements(window: _Window) -> Iterator[Record]:
    """Of a list whose bracket is taken already."""
    while window.skip_space():
        if window.next() == "]":
            window.take(1)
            return
        yield (record := _row(window))
        if not window.skip_space():
            if any(flaw.kind == "cut_off" for flaw in record.flaws):
                return
            break
        if window.next() == ",":
            window.take(1)
        elif window.next() != "]":
            sentence = f"A comma was expected here, column {window.column:,}, between two rows."
            yield unread(window.line, "bad_json", sentence, window.text[window.at : window.at + 80], window.column)
            if window.next() not in "{[":
                _skip_to_next(window)
                window.take(window.next() == ",")
    yield unread(window.line, "cut_off", CUT_OFF)


def _lists_of(window: _Window) -> Iterator[Record]:
    """The objects of every list in an object whose brace is taken already."""
    while window.skip_space():
        if window.next() == "}":
            window.take(1)
            return
        if window.next() == ",":
            window.take(1)
            continue
        while (key := _KEY.match(window.text, window.at)) is None and window.left < LONGEST_LINE and window.more():
            pass
        if key is None:
            yield unread(
                window.line,
                "bad_json",
                f"A name in quotes was expected, column {window.column:,}.",
                None,
                window.column,
            )
            _drop_the_rest(window)
            return
        window.take(key.end() - window.at)
        if window.skip_space() and window.next() == "[":
            window.take(1)
            if window.skip_space() and window.next() == "{":
                yield from _elements(window)
            else:
                _skip(window, 1)
        elif (other := _row(window)).value is None and other.flaws:
            yield other
    yield unread(window.line, "cut_off", CUT_OFF)


def _row(window: _Window) -> Record:
    """The value that begins here, whatever it is; the window stands behind it then."""
    line, column = window.line, window.column
    while True:
        try:
            value, end = _decoder.raw_decode(window.text, window.at)
            if end < len(window.text) or not window.more():
                break
        except RecursionError:
            return _dropped(window, unread(line, "bad_json", "This is nested too deeply.", None, column))
        except json.JSONDecodeError as error:
            sure = error.pos + SURE < len(window.text) and not error.msg.startswith("Unterminated")
            if sure or (window.left < LONGEST_LINE and not window.more()):
                if _end_of_row(window.text, window.at) is None and window.left < LONGEST_LINE and window.more():
                    continue
                return _bad_row(window, sure)
        except ValueError:
            return _dropped(window, parsed(line, window.text[window.at : window.at + LONGEST_LINE], column))
        if window.left >= LONGEST_LINE:
            return _dropped(window, unread(line, "line_too_long", TOO_LONG.replace("line", "row"), None, column))
    if end - window.at > LONGEST_LINE:
        window.take(end - window.at)
        return unread(line, "line_too_long", TOO_LONG.replace("line", "row"), None, column)
    return _checked(line, column, window.take(end - window.at), value, window.doubtful)


def _checked(line: int, column: int, text: str, value: object, doubtful: bool) -> Record:
    """Once more from its bytes where any are no UTF-8, and by the rules of `parse_json` where it may break them."""
    flaw = None
    if doubtful:
        text, flaw = decoded(text.encode(errors="surrogateescape"))
    if flaw is None and text.count("[") + text.count("{") <= DEEPEST and "\\ud" not in text.lower():
        return Record(line, value, text, column)
    record = parsed(line, text, column)
    if flaw is not None:
        record.flaws.append(flaw)
    return record


def _bad_row(window: _Window, sure: bool) -> Record:
    """Not valid as it stands; its end is looked for by its brackets, else where the next row seems to begin."""
    line, column = window.line, window.column
    end = _end_of_row(window.text, window.at)
    if end is None and window.ended and not sure:
        rest = window.take(window.left)
        sentence = "The file ends in the middle of the row that begins here."
        return unread(line, "cut_off", sentence, rest[:1000], column)
    if end is None:
        found = _NEXT_ROW.search(window.text, window.at)
        end = found.start() + 1 if found else None
    if end is None:
        return _dropped(
            window, unread(line, "bad_json", "This is not valid JSON, and its end cannot be found.", None, column)
        )
    text = window.take(end - window.at)
    return parsed(line, text.encode(errors="surrogateescape").decode(errors="replace"), column)


def _end_of_row(text: str, at: int) -> int | None:
    """By the brackets outside of texts, or by all of them where those end at another row before.

    A quotation mark too many turns inside and outside around in all that follows.
    """
    by_all = _end_of_all_brackets(text, at)
    return _end_of_brackets(text, at, by_all or len(text)) or by_all


def _end_of_all_brackets(text: str, at: int) -> int | None:
    depth, stop = 0, min(len(text), at + LONGEST_LINE)
    for found in _BRACKET_ANYWHERE.finditer(text, at, stop):
        depth += 1 if found[0] in "{[" else -1
        if depth <= 0:
            return found.end() if _ROW_FOLLOWS.match(text, found.end()) else None
    return None


def _end_of_brackets(text: str, at: int, stop: int) -> int | None:
    """Behind the bracket that closes what opens at `at`; None where it does not close before `stop`, or opens none."""
    if text[at : at + 1] not in ("{", "["):
        found = re.compile(r"[,\]\n]").search(text, at)
        return max(found.start(), at + 1) if found else None
    depth, stop = 0, min(stop, at + LONGEST_LINE)
    while (found := _BRACKET.search(text, at, stop)) is not None:
        at = found.end()
        if found[0] == '"':
            while (quote := _IN_TEXT.search(text, at, stop)) is not None and quote[0] == "\\":
                at = quote.end() + 1
            if quote is None:
                return None
            at = quote.end()
        else:
            depth += 1 if found[0] in "{[" else -1
            if depth == 0:
                return at
    return None


def _dropped(window: _Window, record: Record) -> Record:
    """The record, with the window behind the value that begins here."""
    _skip(window, 0)
    return record


def _skip(window: _Window, depth: int) -> None:
    """Go behind the bracket that closes the value that begins here, or `depth` brackets that are open already."""
    in_text = False
    while True:
        found = (_IN_TEXT if in_text else _BRACKET).search(window.text, window.at)
        if found is None:
            window.take(window.left)
            if not window.more():
                return
            continue
        if in_text and found[0] == "\\":
            window.take(found.end() - window.at)
            if window.left == 0 and not window.more():
                return
            window.take(1)
            continue
        window.take(found.end() - window.at)
        if found[0] == '"':
            in_text = not in_text
            if depth == 0 and not in_text:
                return
        else:
            depth += 1 if found[0] in "{[" else -1
            if depth <= 0:
                return


def _skip_to_next(window: _Window) -> None:
    while (found := re.compile(r"[,{\]]").search(window.text, window.at)) is None:
        window.take(window.left)
        if not window.more():
            return
    window.take(found.start() - window.at)


def _drop_the_rest(window: _Window) -> None:
    window.take(window.left)
    while window.more():
        window.take(window.left)
