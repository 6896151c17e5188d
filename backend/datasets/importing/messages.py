"""Conversations as sources write them, made messages as chat templates read them."""

import json
from dataclasses import dataclass
from typing import Any

from backend.datasets.formats import ROLES
from backend.datasets.importing.findings import Choices
from backend.datasets.importing.records import Flaw, kind_of
from backend.datasets.importing.schemas import FindingKind
from backend.datasets.importing.texts import as_text, parsed_list

Message = dict[str, Any]

ALIASES = {
    **dict.fromkeys(("human", "person", "prompter", "customer", "client", "usr"), "user"),
    **dict.fromkeys(("gpt", "bot", "model", "ai", "chatgpt", "assistant_response", "agent", "answer"), "assistant"),
    **dict.fromkeys(("observation", "tool_response", "tool_result", "function_response", "ipython"), "tool"),
}
CALLS = ("function_call", "tool_call", "function-call")
SHAREGPT = ("from", "value")


@dataclass
class Reader:
    """Reads one field of one row; what is wrong goes to `flaws`."""

    field: str
    choices: Choices
    flaws: list[Flaw]

    def note(self, kind: FindingKind, sentence: str) -> None:
        self.flaws.append(Flaw(kind, sentence, self.field))

    def messages(self, value: Any) -> list[Message] | None:
        """None where it is no list of messages. Neither roles nor order are looked at."""
        if isinstance(value, dict):
            value = [value]
        given = parsed_list(value)
        if given is None:
            self.note("not_text", f"{self.field} is {kind_of(value)}; a list of messages is needed.")
            return None
        if not given:
            self.note("empty_field", f"{self.field} has no messages.")
            return None
        read = [self._message(number, it) for number, it in enumerate(given, start=1)]
        return None if any(it is None for it in read) else [it for it in read if it is not None]

    def _message(self, number: int, given: Any) -> Message | None:
        if not isinstance(given, dict) or not ("role" in given or "from" in given):
            self.note(
                "wrong_role", f'Message {number} of {self.field} has no role; it looks like {{"role": "user", ...}}.'
            )
            return None
        sharegpt = "from" in given and "role" not in given
        role = given["from"] if sharegpt else given["role"]
        if role in CALLS:
            return self._call(number, given.get("value", given.get("content")))
        known = self._role(number, role, quietly=sharegpt)
        if known is None:
            return None
        rest = {
            key: it for key, it in given.items() if it is not None and key not in ("role", "from", "content", "value")
        }
        message = {"role": known, "content": ""} if sharegpt else {"role": known, "content": "", **rest}
        content = given.get("value") if sharegpt else given.get("content", given.get("value"))
        if message.get("tool_calls"):
            calls = self._tool_calls(number, message["tool_calls"])
            if calls is None:
                return None
            message["tool_calls"] = calls
            content = content or ""
        text = as_text(content, f"the content of message {number}", self.field, self.flaws)
        if text is None:
            return None
        message["content"] = text
        if not text.strip() and known in ("user", "assistant") and not message.get("tool_calls"):
            self.note("empty_field", f"Message {number} of {self.field}, the {known}'s, is empty.")
        return message

    def _role(self, number: int, role: Any, quietly: bool) -> str | None:
        if role in ROLES:
            return str(role)
        alias = (
            ALIASES.get(role.lower(), role.lower() if role.lower() in ROLES else None)
            if isinstance(role, str)
            else None
        )
        if alias is None:
            self.note("wrong_role", f"Message {number} of {self.field} has the role {str(role)[:60]!r}.")
        elif not quietly:
            self.note("role_name", f"Message {number} of {self.field} has the role '{role}', meaning {alias}.")
        return alias

    def _call(self, number: int, value: Any) -> Message | None:
        """ShareGPT's turn that calls functions: JSON with name and arguments, or a list of them."""
        try:
            calls = json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            calls = None
        calls = calls if isinstance(calls, list) else [calls]
        if not all(isinstance(it, dict) and isinstance(it.get("name"), str) for it in calls):
            self.note(
                "bad_tool_call", f"Message {number} of {self.field} calls a function, but is no JSON with its name."
            )
            return None
        functions = [{"name": it["name"], "arguments": it.get("arguments", it.get("parameters", {}))} for it in calls]
        called = [_with_object_arguments({"type": "function", "function": it}) for it in functions]
        return {"role": "assistant", "content": "", "tool_calls": called}

    def _tool_calls(self, number: int, value: Any) -> list[Any] | None:
        calls = parsed_list(value)
        if calls is None or not all(_names_a_function(it) for it in calls):
            self.note(
                "bad_tool_call",
                f"Message {number} of {self.field} has tool calls, but they are no list of functions with their names.",
            )
            return None
        return [_with_object_arguments(it) for it in calls]

    def tools(self, value: Any) -> list[Any] | None:
        """As OpenAI writes them: {"type": "function", "function": {...}}. None where there are none."""
        if value is None or value == "" or value == []:
            return None
        given = parsed_list(value)
        if given is None or not all(isinstance(it, dict) for it in given):
            self.note("bad_tool_call", f"{self.field} is no list of functions.")
            return None
        return [
            it if "function" in it or "type" in it else {"type": "function", "function": it} for it in given
        ] or None

    def conversation(self, messages: list[Message]) -> list[Message] | None:
        """Whole, with an answer and turns that alternate, mended where that is chosen. None where it has no answer."""
        if not any(it["role"] == "assistant" for it in messages):
            self.note("no_answer", f"{self.field} has no message of the assistant.")
            return None
        if (why := unpaired(messages)) is not None:
            self.note("unpaired_turns", f"{self.field}: {why}.")
            if self.choices["unpaired_turns"] == "fix":
                messages = paired(messages)
                if messages and (why := unpaired(messages)) is not None:
                    self.note("wrong_role", f"{self.field} cannot be mended: with turns joined, {why}.")
        return messages


def unpaired(messages: list[Message]) -> str | None:
    """Why the turns do not alternate, None where they do. Tools answer calls, and the assistant goes on after them."""
    last = "system"
    for number, message in enumerate(messages, start=1):
        role = _side(message)
        if role == "user" and last == "user":
            return f"message {number} is the user's, and so is the one before"
        if role == "assistant" and last == "assistant":
            return f"message {number} is the assistant's, and so is the one before"
        if role == "assistant" and last == "system":
            return "it begins with an answer"
        if role == "system" and last != "system":
            return f"message {number} is a system prompt in the middle"
        if role == "tool" and last not in ("call", "tool"):
            return f"message {number} is a tool's, which nobody called"
        last = "call" if message.get("tool_calls") else role
    return "it ends without an answer" if last in ("user", "tool", "system") else None


def paired(messages: list[Message]) -> list[Message]:
    """Joined, without what stands before the first question and behind the last answer; perhaps nothing is left."""
    kept: list[Message] = []
    for message in messages:
        role = _side(message)
        before = _side(kept[-1]) if kept else "system"
        if role == "assistant" and before == "system":
            continue
        joins = (
            role == before
            and role in ("user", "assistant")
            and not (kept[-1].get("tool_calls") or message.get("tool_calls"))
        )
        if joins:
            kept[-1] = {**kept[-1], "content": f"{kept[-1]['content']}\n\n{message['content']}"}
        else:
            kept.append(message)
    while kept and _side(kept[-1]) != "assistant":
        kept.pop()
    return kept


def _side(message: Message) -> str:
    role = message["role"]
    return "system" if role == "developer" else "tool" if role == "function" else str(role)


def _names_a_function(call: Any) -> bool:
    """In `function`, as OpenAI writes it, or beside its arguments, which templates read too."""
    function = call.get("function", call) if isinstance(call, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _with_object_arguments(call: Any) -> Any:
    """Chat templates write arguments as JSON, so that they have to be objects; OpenAI sends them as text."""
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), str):
        return call
    try:
        arguments = json.loads(function["arguments"] or "{}")
    except (ValueError, RecursionError):
        return call
    return {**call, "function": {**function, "arguments": arguments}} if isinstance(arguments, dict) else call
