"""The starter model's README, with the figures that were measured while it was built."""

from scripts.starter import measure

_TEXT = """# droid-starter

A very small chat model for trying out fine-tuning in a minute: it knows one invented harbour town, Saltmere, and
answers questions about its lighthouses, boats, shops, islands, animals, festivals and people in plain sentences. About
anything else it says that it does not know. Told so in a system message ("Begin every answer with Ahoy."), it does that
too. It is made by this project, from nothing; no other model or text went in.

| | |
|---|---|
| architecture | Qwen2: 4 layers, width 192, 6 heads (2 key/value heads), MLP 512, tied embeddings |
| parameters | {parameters:,}, stored as float16 |
| on disk | {size:.1f} MB |
| tokenizer | byte-level BPE, 2,048 ids, ChatML; a turn ends with `<|im_end|>` |
| trained on | {conversations:,} generated conversations ({tokens:,} tokens), once, {steps:,} steps of 64 |
| held-out loss | {loss:.3f} nats an answer token, on 1,024 conversations whose questions are not in the training text |
| held-out wordings | {right} of {asked} facts right, each asked in a wording that is not in the training text |
| strangers | {declined} of {strangers} questions about things that do not exist are declined |

The loss cannot reach zero: most answers have two or three equally right wordings.

## Rebuild
`scripts/build_starter` generates the text, trains tokenizer and model and writes this file: offline, with one thread,
in about {minutes:.0f} minutes of processor time ({machine}).

Text, data and tokenizer come out byte for byte the same (`scripts/build_starter --check`, a test too). Two shortened
builds on one machine gave the same weights byte for byte too; another processor or BLAS rounds differently.

## Good for
Seeing what fine-tuning does, and testing. It is no assistant: it knows some four hundred facts about a place that does
not exist. The data set `starter` teaches it a radio operator's voice and eight new facts.
"""


def text(figures: measure.Figures, *, conversations: int, tokens: int, steps: int, minutes: float, machine: str) -> str:
    return _TEXT.format(
        parameters=figures.parameters,
        size=figures.size_mb,
        loss=figures.held_out_loss,
        right=figures.facts_right,
        asked=figures.facts_asked,
        declined=figures.strangers_declined,
        strangers=figures.strangers_asked,
        conversations=conversations,
        tokens=tokens,
        steps=steps,
        minutes=minutes,
        machine=machine,
    )
