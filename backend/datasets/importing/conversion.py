"""One record of a source to one row of a data set, with all that is wrong with it. Pure: knows no files and no jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.datasets.importing.findings import Choices
from backend.datasets.importing.messages import Message, Reader
from backend.datasets.importing.records import Flaw, Record, kind_of
from backend.datasets.importing.rules import compiled
from backend.datasets.importing.schemas import Mapping, TextRule
from backend.datasets.importing.shapes import FIELDS, check_mapping, written_format
from backend.datasets.importing.texts import CONTROL, as_text, parsed_list, texts_of

Row = dict[str, Any]


@dataclass(slots=True)
class Made:
    """`row` is None where nothing can be made; `changed` are the numbers of the rules that changed a text of it."""

    row: Row | None
    flaws: list[Flaw]
    changed: list[int] = field(default_factory=list)


class Converter:
    """By one mapping, one set of rules and what was chosen for defects that have more than one remedy.

    Raises FieldError for a mapping that does not fit its shape.
    """

    def __init__(self, mapping: Mapping, choices: Choices, rules: Sequence[TextRule] = ()) -> None:
        check_mapping(mapping)
        self._columns = {name: column for name, column in mapping.columns.items() if column}
        self._choices = choices
        self._rules = compiled(rules)
        self._empty_is_fine = {"system"} | {it.name for it in FIELDS[mapping.shape] if not it.required}
        make: dict[str, Callable[[Row, list[Flaw]], Row | None]] = {
            "text": self._text_row,
            "conversation": self._conversation,
            "instruction": self._instruction,
            "completion": self._completion,
            "preference": self._preference,
            "grpo": self._grpo,
        }
        self._make = make[mapping.shape]
        self._written = written_format(mapping)

    def convert(self, record: Record) -> Made:
        flaws = record.flaws
        value = record.value
        if value is None and flaws:
            return Made(None, flaws)
        if not isinstance(value, dict):
            flaws.append(Flaw("not_an_object", f"This is {kind_of(value)}; an object with named fields is needed."))
            return Made(None, flaws)
        row = self._make(value, flaws)
        if row is None:
            return Made(None, flaws)
        made = Made(row, flaws)
        if self._rules:
            self._apply_rules(made)
        self._check_texts(row, flaws)
        return made

    def _text_row(self, value: Row, flaws: list[Flaw]) -> Row | None:
        text = self._needed(value, "text", flaws)
        return None if text is None else {"text": text}

    def _completion(self, value: Row, flaws: list[Flaw]) -> Row | None:
        prompt, completion = self._present(value, "prompt", flaws), self._needed(value, "completion", flaws)
        return None if prompt is None or completion is None else {"prompt": prompt, "completion": completion}

    def _instruction(self, value: Row, flaws: list[Flaw]) -> Row | None:
        given = self._optional(value, "input", flaws)
        instruction = self._present(value, "instruction", flaws)
        output = self._needed(value, "output", flaws)
        if instruction is None or output is None:
            return None
        prompt = "\n\n".join(part for part in (instruction, given) if part and part.strip())
        if not prompt.strip():
            flaws.append(Flaw("empty_field", f"{self._columns['instruction']} is empty.", self._columns["instruction"]))
            return None
        if self._written == "prompt_completion":
            return {"prompt": prompt, "completion": output}
        asked, answer = {"role": "user", "content": prompt}, {"role": "assistant", "content": output}
        return {"messages": self._with_system([asked, answer], value, flaws)}

    def _conversation(self, value: Row, flaws: list[Flaw]) -> Row | None:
        reader = Reader(self._columns["messages"], self._choices, flaws)
        if (given := self._there(value, "messages", flaws)) is None:
            return None
        messages = reader.messages(given)
        if messages is None or (messages := reader.conversation(messages)) is None:
            return None
        if not messages:
            reader.note("no_answer", f"{reader.field} has no question with an answer.")
            return None
        row: Row = {"messages": self._with_system(messages, value, flaws)}
        if column := self._columns.get("tools"):
            tools = Reader(column, self._choices, flaws).tools(value.get(column))
            if tools is not None:
                row["tools"] = tools
        return row

    def _preference(self, value: Row, flaws: list[Flaw]) -> Row | None:
        chosen, rejected = self._there(value, "chosen", flaws), self._there(value, "rejected", flaws)
        prompt = value.get(self._columns["prompt"]) if "prompt" in self._columns else None
        if chosen is None or rejected is None:
            return None
        if any(_is_messages(it) for it in (chosen, rejected, prompt)):
            return self._preferred_messages(prompt, chosen, rejected, value, flaws)
        row: Row = {}
        if system := self._optional(value, "system", flaws):
            row["system"] = system
        if (asked := self._optional(value, "prompt", flaws)) is not None:
            row["prompt"] = asked
        for name in ("chosen", "rejected"):
            if (text := self._needed(value, name, flaws)) is None:
                return None
            row[name] = text
        return row

    def _preferred_messages(self, prompt: Any, chosen: Any, rejected: Any, value: Row, flaws: list[Flaw]) -> Row | None:
        """As TRL reads conversational preferences: the messages up to the answer, and the messages of each answer."""
        read: dict[str, list[Message]] = {}
        for name, given, role in (
            ("prompt", prompt, "user"),
            ("chosen", chosen, "assistant"),
            ("rejected", rejected, "assistant"),
        ):
            if given is None or given == "":
                if name == "prompt":
                    continue
                flaws.append(Flaw("empty_field", f"{self._columns[name]} is empty.", self._columns[name]))
                return None
            whole = [{"role": role, "content": given}] if isinstance(given, str) and not _is_messages(given) else given
            messages = Reader(self._columns[name], self._choices, flaws).messages(whole)
            if messages is None:
                return None
            read[name] = messages
        same = _same_at_first(read["chosen"], read["rejected"])
        if same and any(it["role"] != "assistant" for it in read["chosen"][:same]):
            read["prompt"] = read["chosen"][:same]
            read["chosen"], read["rejected"] = read["chosen"][same:], read["rejected"][same:]
        for name in ("chosen", "rejected"):
            if not any(it["role"] == "assistant" for it in read[name]):
                flaws.append(
                    Flaw("no_answer", f"{self._columns[name]} has no message of the assistant.", self._columns[name])
                )
                return None
        asked = self._with_system(read.get("prompt", []), value, flaws)
        return {**({"prompt": asked} if asked else {}), "chosen": read["chosen"], "rejected": read["rejected"]}

    def _grpo(self, value: Row, flaws: list[Flaw]) -> Row | None:
        system = self._optional(value, "system", flaws)
        prompt, answer = self._needed(value, "prompt", flaws), self._needed(value, "answer", flaws)
        if prompt is None or answer is None:
            return None
        return {"prompt": prompt, "answer": answer, **({"system": system} if system else {})}

    def _there(self, value: Row, name: str, flaws: list[Flaw]) -> Any:
        column = self._columns[name]
        found = value.get(column)
        if found is None:
            says = "is null" if column in value else "is missing"
            flaws.append(Flaw("missing_field", f"{column} {says}.", column))
        return found

    def _present(self, value: Row, name: str, flaws: list[Flaw]) -> str | None:
        """Text, which may be empty."""
        found = self._there(value, name, flaws)
        if found is None or type(found) is str:
            return found
        return as_text(found, self._columns[name], self._columns[name], flaws)

    def _needed(self, value: Row, name: str, flaws: list[Flaw]) -> str | None:
        text = self._present(value, name, flaws)
        if text is not None and not text.strip():
            flaws.append(Flaw("empty_field", f"{self._columns[name]} is empty.", self._columns[name]))
            return None
        return text

    def _optional(self, value: Row, name: str, flaws: list[Flaw]) -> str | None:
        """None where it is missing or empty."""
        column = self._columns.get(name)
        if column is None or (found := value.get(column)) is None or found == "":
            return None
        return as_text(found, column, column, flaws)

    def _with_system(self, messages: list[Message], value: Row, flaws: list[Flaw]) -> list[Message]:
        """The column's system prompt first; before the conversation's own, where that has another."""
        system = self._optional(value, "system", flaws)
        if not system:
            return messages
        if messages and messages[0]["role"] == "system":
            own = messages[0]["content"]
            return [{**messages[0], "content": own if system in own else f"{system}\n\n{own}"}, *messages[1:]]
        return [{"role": "system", "content": system}, *messages]

    def _apply_rules(self, made: Made) -> None:
        assert made.row is not None
        for number, rule in enumerate(self._rules):
            changed = False
            for holder, key in texts_of(made.row):
                before = holder[key]
                holder[key] = rule(before)
                changed = changed or holder[key] != before
            if changed:
                made.changed.append(number)
        for holder, key in texts_of(made.row):
            self._check_filled(holder, key, "after the rules", made.flaws)

    def _check_filled(self, holder: Row, key: str, when: str, flaws: list[Flaw]) -> None:
        if not holder[key].strip() and self._must_be_filled(holder, key):
            flaws.append(Flaw("empty_field", f"Nothing is left of {key} {when}.", key))

    def _must_be_filled(self, holder: Row, key: str) -> bool:
        if key == "content":
            return holder["role"] in ("user", "assistant") and not holder.get("tool_calls")
        return key not in self._empty_is_fine and not (key == "prompt" and self._written == "prompt_completion")

    def _check_texts(self, row: Row, flaws: list[Flaw]) -> None:
        for holder, key in texts_of(row):
            found = CONTROL.search(holder[key])
            if found is None:
                continue
            where = f"{key}" if key != "content" else f"a message of the {holder['role']}"
            sentence = f"U+{ord(found[0]):04X} stands in {where}, character {found.start() + 1:,}."
            flaws.append(Flaw("control_characters", sentence, key))
            if self._choices["control_characters"] == "fix":
                holder[key] = CONTROL.sub("", holder[key])
                self._check_filled(holder, key, "without its control characters", flaws)


def _is_messages(value: Any) -> bool:
    return isinstance(value, (list, dict)) or (
        isinstance(value, str) and value.startswith("[{") and parsed_list(value) is not None
    )


def _same_at_first(left: list[Message], right: list[Message]) -> int:
    """How many messages both begin with, the last of either left to be its answer."""
    most = min(len(left), len(right)) - 1
    return next((number for number in range(most) if left[number] != right[number]), max(0, most))
