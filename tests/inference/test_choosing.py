"""What is said of an answer beside its text."""

from pathlib import Path

import pytest

from backend.inference.choosing import ChosenWeights
from backend.inference.messages import Answered
from backend.inference.schemas import AdapterDetails


def answered(tokens: int, first_token_seconds: float | None, seconds: float) -> Answered:
    return Answered(
        text="",
        thinking="",
        prompt_tokens=19,
        cached_tokens=0,
        generated_tokens=tokens,
        first_token_seconds=first_token_seconds,
        seconds=seconds,
        finish_reason="stop",
        chat_template_used=True,
        notes=[],
    )


@pytest.mark.parametrize(
    ("tokens", "first_token_seconds", "seconds", "speed"),
    [
        (11, 0.4, 0.5, 100.0),
        (101, 0.4, 1.4, 100.0),
        (2, 0.25, 0.5, 4.0),
        (1, 0.4, 0.4, None),
        (1, 0.4, 0.5, None),
        (0, None, 0.0, None),
    ],
)
def test_the_speed_counts_from_the_first_token_on(
    details: AdapterDetails, tokens: int, first_token_seconds: float | None, seconds: float, speed: float | None
) -> None:
    chosen = ChosenWeights(Path("base"), None, details)
    said = chosen.response(answered(tokens, first_token_seconds, seconds)).tokens_per_second
    assert said == (None if speed is None else pytest.approx(speed))


@pytest.fixture
def details() -> AdapterDetails:
    return AdapterDetails(
        name=None,
        type="none",
        step=None,
        base_fingerprint="f" * 64,
        content_hash=None,
        warnings=[],
        method=None,
        model_recorded=None,
        num_layers=None,
        expected_layers=4,
        rank=None,
        alpha=None,
        scale=None,
        dropout=None,
        keys=None,
        rank_pattern={},
        alpha_pattern={},
        chat_template_used=False,
    )
