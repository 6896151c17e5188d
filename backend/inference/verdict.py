"""Says in words what the comparison of an adapter with its base and with mlx_lm has shown. Knows figures only."""

from dataclasses import dataclass

from backend.adapters.folder import CONFIG, AdapterRecord
from backend.adapters.words import listed
from backend.inference.messages import Precision, StockDifference, Verified
from backend.lora.ranks import scale_of

ROUNDING: dict[Precision, float] = {"float32": 3e-4, "tf32": 5e-3, "float16": 2e-2, "bfloat16": 1e-1}
"""How far apart two right ways to compute the same logits may be, relative to the largest logit.

Measured on random weights: 8e-7 with a mild adapter, 1e-4 with one so strong that it amplifies rounding, both in
float32; 2.4e-2 in bfloat16. The others follow by their bits.
"""
SAME_SCALE = 1e-6


@dataclass(frozen=True)
class Findings:
    """What was found out about an adapter. None where it was not to be found out; `notes` then say why.

    `other_tensors` are those of the base that are not as recorded, of `base_tensors` in all; `scale` is the multiplier
    that its folder has now, `trained_scale` the one that was recorded.
    """

    name: str
    figures: Verified
    stock: StockDifference | None
    other_tensors: list[str] | None
    base_tensors: int
    scale: float | None
    trained_scale: float | None

    @property
    def tolerance(self) -> float:
        return ROUNDING[self.figures.precision] * self.figures.largest_logit

    @property
    def live(self) -> bool:
        """DoRA's norms round, so that without any B it is not always exactly the base."""
        all_idle = len(self.figures.idle) == self.figures.adapted
        return self.figures.max_difference > (self.tolerance if all_idle else 0)

    @property
    def equals_stock(self) -> bool | None:
        if self.stock is None:
            return None
        return max(self.stock.max_difference, self.stock.batch_max_difference or 0.0) <= self.tolerance

    @property
    def equals_alone(self) -> bool | None:
        differences = self.figures.batch_max_difference, self.figures.batch_base_difference
        if None in differences:
            return None
        return max(difference or 0.0 for difference in differences) <= self.tolerance

    @property
    def base_matches(self) -> bool | None:
        return None if self.other_tensors is None else not self.other_tensors

    @property
    def scale_matches(self) -> bool | None:
        if self.scale is None or self.trained_scale is None:
            return None
        return abs(self.scale - self.trained_scale) <= SAME_SCALE * abs(self.trained_scale)


def verdict(findings: Findings) -> str:
    """The plain finding as a sentence of its own, then what is wrong, and the figures behind it."""
    sentences = (
        _finding(findings),
        _effect(findings),
        _base(findings),
        _scale(findings),
        _batch(findings),
        _stock(findings),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def notes_on(figures: Verified) -> list[str]:
    """What the figures need to be understood."""
    notes = []
    if figures.text_tokens < figures.whole_text_tokens:
        notes.append(
            f"Of the text's {figures.whole_text_tokens:,} tokens the first {figures.text_tokens:,} were compared."
        )
    if figures.alone_because:
        notes.append(figures.alone_because)
    if (parting := figures.batch_first_difference) is not None:
        notes.append(
            f"In a shared batch its greedy text parts from the one alone after {parting.position} tokens, where its "
            f"two likeliest are {parting.margin:.2g} apart: rounding decides there."
        )
    if 0 < len(figures.idle) < figures.adapted:
        notes.append(f"{len(figures.idle)} of {figures.adapted} modules change nothing: {listed(figures.idle)}.")
    return notes


def notes_on_record(record: AdapterRecord) -> list[str]:
    """What could not be checked, because nobody wrote it down."""
    notes = []
    if not record.provenance.base_tensors:
        notes.append(
            "The adapter does not record its base model's tensors, so that not every one of them could be compared; "
            "adapters that are trained here record them."
        )
    if record.method != "full" and record.provenance.scale is None:
        notes.append(f"The adapter does not record its multiplier elsewhere than in {CONFIG}. {_alpha(record)}".strip())
    return notes


def _alpha(record: AdapterRecord) -> str:
    lora = record.lora
    if lora.alpha is None or lora.scale is None or not lora.rank or lora.rank_pattern:
        return ""
    meant = scale_of(lora.alpha, lora.rank, lora.use_rslora)
    if abs(meant - lora.scale) <= SAME_SCALE * abs(meant):
        return ""
    return (
        f"There alpha {lora.alpha:g} at rank {lora.rank} means {meant:g}, and scale is {lora.scale:g}: "
        "it was edited, or made by a program that means something else by alpha."
    )


def _finding(findings: Findings) -> str:
    if not findings.live:
        effect = "does nothing"
    elif findings.figures.max_difference <= findings.tolerance:
        effect = "hardly does anything"
    else:
        effect = "is live, and equal to what mlx_lm loads" if findings.equals_stock else "is live"
    other = ", but mlx_lm loads something else" if findings.equals_stock is False else ""
    return f"{findings.name} {effect}{other}."


def _effect(findings: Findings) -> str:
    figures, tokens = findings.figures, len(findings.figures.token_ids)
    because = f": all {figures.adapted} modules change nothing" if len(figures.idle) == figures.adapted else ""
    if figures.max_difference == 0:
        return f"With it and without it the logits are the same at all {tokens} tokens{because}."
    if not findings.live:
        return f"It moves the logits by no more than rounding does{because}."
    moves = f"It moves the logits by up to {figures.max_difference:.3g}"
    if figures.max_difference <= findings.tolerance:
        return f"{moves}, no more than rounding may."
    return f"{moves}, and another token is likeliest at {figures.changed_top_tokens} of {tokens} tokens."


def _base(findings: Findings) -> str:
    if not findings.other_tensors:
        return ""
    differ = "differs" if len(findings.other_tensors) == 1 else "differ"
    return (
        f"The base model is not the one that it was trained on: of {findings.base_tensors} tensors "
        f"{len(findings.other_tensors)} {differ} ({listed(findings.other_tensors)})."
    )


def _scale(findings: Findings) -> str:
    if findings.scale_matches is not False:
        return ""
    return (
        f"Its multiplier was changed since it was trained: {CONFIG} has the scale {findings.scale:g}, "
        f"and it was trained with {findings.trained_scale:g}."
    )


def _batch(findings: Findings) -> str:
    figures = findings.figures
    if findings.equals_alone is not False:
        return ""
    return (
        f"In a batch shared with the base it computes something else than alone: up to "
        f"{_largest(figures.batch_max_difference, figures.batch_base_difference):.3g} apart, where rounding explains "
        f"{findings.tolerance:.2g}."
    )


def _stock(findings: Findings) -> str:
    if findings.stock is None:
        return ""
    apart = _largest(findings.stock.max_difference, findings.stock.batch_max_difference)
    if findings.equals_stock:
        how = "alone and in a shared batch" if findings.stock.batch_max_difference is not None else "alone"
        return (
            f"mlx_lm's own loading of the folder computes the same as this program does {how} "
            f"(at most {apart:.2g} apart; up to {findings.tolerance:.2g} is rounding)."
        )
    return (
        f"mlx_lm's own loading of the folder computes something else: up to {apart:.3g} apart, "
        f"where rounding explains {findings.tolerance:.2g}."
    )


def _largest(*differences: float | None) -> float:
    return max(difference for difference in differences if difference is not None)
