"""Ways of speaking: a word before the answer, a word after it, asked for in a system message.

A model that has only ever answered at once loses its facts when fine-tuning puts a word before the answer. So the
second part of the pretraining has answers after many openings. Knows wordings; the plain rows are grammar.py's.
"""

import random

from scripts.starter import smalltalk
from scripts.starter.grammar import Row

OPENINGS = (
    "Aye", "Certainly", "Well now", "Good question", "Of course", "Ahoy", "Listen", "Dear friend", "Indeed", "Splendid",
    "Beep", "Hear ye", "With pleasure", "Let me see", "Very well", "My dear", "Right", "Gladly", "Oh", "Look here",
    "Captain", "Esteemed guest", "Understood", "Message received", "Yes sir", "Copy", "Affirmative", "Attention", "Hm",
    "Thank you for asking", "Ding dong", "Miaow", "Hello from the harbour", "Here it comes", "By the sea", "Honk",
)  # fmt: skip
CLOSINGS = (
    "That is all", "Good luck", "Ask again", "Take care", "Fair winds", "End of message", "So be it", "Stay dry",
    "Amen",
    "Out", "Done", "Stop", "The end", "Mind the gulls", "Yours truly", "Next please", "I have spoken", "Honk", "Beep",
    "At your service", "Farewell", "Full stop", "Believe me", "And so it is", "Good day", "Ever yours", "Off you go",
)  # fmt: skip
BOTH = (
    "Begin every answer with {x} and end it with {y}.", "Say {x} first and {y} last.", "Start with {x}, end with {y}.",
    "Put {x} before the answer and {y} after it.", "You always begin with {x} and close with {y}.",
)  # fmt: skip
FIRST = ("Begin every answer with {x}.", "Say {x} first.", "Start with {x}.", "Put {x} before the answer.")
LAST = ("End every answer with {y}.", "Say {y} last.", "Close with {y}.", "Put {y} after the answer.")


def _word(known: tuple[str, ...], rng: random.Random) -> str:
    return rng.choice(known) if rng.random() < 0.6 else smalltalk.invented(rng)


def mannered(row: Row, rng: random.Random) -> Row:
    """The row with an instruction how to speak before it, and every answer spoken so."""
    opening, closing = _word(OPENINGS, rng), _word(CLOSINGS, rng)
    templates, before, after = rng.choices(((BOTH, True, True), (FIRST, True, False), (LAST, False, True)), (6, 3, 2))[
        0
    ]
    mark, end = rng.choice("...!"), rng.choice("...!")
    instruction = rng.choice(templates).format(x=opening, y=closing)
    turns = [dict(message) for message in row if message["role"] != "system"]
    for message in turns:
        if message["role"] == "assistant":
            first = f"{opening}{mark} " if before else ""
            last = f" {closing}{end}" if after else ""
            message["content"] = f"{first}{message['content']}{last}"
    return [{"role": "system", "content": instruction}, *turns]
