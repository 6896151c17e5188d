import pytest

from backend.inference.messages import StockDifference, Verified
from backend.inference.verdict import Findings, verdict

MODULES = ["q_proj", "v_proj"]


def findings(max_difference: float, stock: float | None, idle: list[str] | None = None) -> Findings:
    """Of four tokens whose largest logit is 10, so that 0.003 is rounding."""
    figures = Verified(
        token_ids=[1, 2, 3, 4],
        text_tokens=3,
        whole_text_tokens=3,
        precision="float32",
        largest_logit=10,
        max_difference=max_difference,
        mean_difference=max_difference / 2,
        changed_top_tokens=1 if max_difference > 1 else 0,
        first_difference=None,
        alone_because=None,
        batch_max_difference=None,
        batch_base_difference=None,
        batch_first_difference=None,
        adapted=len(MODULES),
        idle=idle or [],
    )
    compared = None if stock is None else StockDifference(max_difference=stock, batch_max_difference=None)
    return Findings("v1.2", figures, compared, None, 0, None, None)


@pytest.mark.parametrize(
    ("max_difference", "stock", "idle", "first", "second"),
    [
        (5, 1e-6, [], "v1.2 is live, and equal to what mlx_lm loads", "It moves the logits by up to 5, and another"),
        (5, 0.5, [], "v1.2 is live, but mlx_lm loads something else", "It moves the logits by up to 5, and another"),
        (
            5,
            None,
            [],
            "v1.2 is live",
            "It moves the logits by up to 5, and another token is likeliest at 1 of 4 tokens.",
        ),
        (
            0,
            1e-6,
            MODULES,
            "v1.2 does nothing",
            "With it and without it the logits are the same at all 4 tokens: all 2",
        ),
        (0, 0.5, [], "v1.2 does nothing, but mlx_lm loads something else", "With it and without it the logits are the"),
        (1e-3, None, MODULES, "v1.2 does nothing", "It moves the logits by no more than rounding does: all 2 modules"),
        (1e-3, None, [], "v1.2 hardly does anything", "It moves the logits by up to 0.001, no more than rounding may."),
    ],
)
def test_the_finding_is_the_first_sentence_and_the_figures_follow(
    max_difference: float, stock: float | None, idle: list[str], first: str, second: str
) -> None:
    said = verdict(findings(max_difference, stock, idle))
    assert said.startswith(f"{first}. {second}")
