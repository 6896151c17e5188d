from typing import Any

import pytest

from tests.votes.conftest import BASE, OTHER, VOICE, Ballots, adapter

Score = dict[str, Any]
COUNTS = ("decided", "wins", "losses", "ties")


async def contestants(ballots: Ballots) -> dict[str, Score]:
    """By name; the base is called base."""
    tally = await ballots.get("/tally")
    return {contestant["weights"]["adapter_name"] or "base": contestant for contestant in tally["contestants"]}


def counts(score: Score) -> tuple[int, ...]:
    return tuple(score[name] for name in COUNTS)


async def test_a_tie_is_half_a_win_and_both_bad_decides_nothing(ballots: Ballots) -> None:
    outcomes: list[int | str] = [1] * 9 + [0] * 4 + ["tie"] * 2 + ["both_bad"] * 3
    for outcome in outcomes:
        await ballots.cast([BASE, VOICE], outcome)

    tally = await ballots.get("/tally")
    assert (tally["votes"], tally["ties"], tally["both_bad"]) == (18, 2, 3)
    voice = (await contestants(ballots))["voice"]
    assert counts(voice) == (15, 9, 4, 2)
    assert voice["both_bad"] == 3
    # 10 of 15, as scipy has it; 35 votes settle two thirds
    assert voice["rate"] == pytest.approx(10 / 15)
    assert (voice["low"], voice["high"]) == pytest.approx((0.41713547738519774, 0.8482367556028528))
    assert (voice["even_rate"], voice["standing"], voice["more_votes"]) == (0.5, "open", 20)
    base = (await contestants(ballots))["base"]
    assert counts(base) == (15, 4, 9, 2)
    assert base["rate"] == pytest.approx(5 / 15)


async def test_among_three_one_in_three_is_even_and_the_losers_are_not_compared(ballots: Ballots) -> None:
    for outcome in (1, 1, 2, "tie"):
        await ballots.cast([BASE, VOICE, OTHER], outcome)

    scores = await contestants(ballots)
    assert {name: counts(score) for name, score in scores.items()} == {
        "base": (4, 0, 3, 1),
        "voice": (4, 2, 1, 1),
        "other": (4, 1, 2, 1),
    }
    assert {name: score["rate"] for name, score in scores.items()} == pytest.approx(
        {"base": 1 / 12, "voice": 7 / 12, "other": 4 / 12}
    )
    assert [score["even_rate"] for score in scores.values()] == pytest.approx([1 / 3] * 3)
    assert scores["other"]["standing"] == "even"

    names = {score["id"]: name for name, score in scores.items()}
    pairs = {(names[pair["first"]], names[pair["second"]]): pair for pair in (await ballots.get("/tally"))["pairs"]}
    assert {pair: counts(score) for pair, score in pairs.items()} == {
        ("base", "voice"): (3, 0, 2, 1),
        ("base", "other"): (2, 0, 1, 1),
        ("voice", "other"): (4, 2, 1, 1),
    }
    assert pairs["voice", "other"]["rate"] == pytest.approx(2.5 / 4)


@pytest.mark.parametrize("outcome", [0, 1, "tie"])
async def test_equal_texts_of_two_are_a_tie_whatever_was_pressed(ballots: Ballots, outcome: int | str) -> None:
    await ballots.cast([VOICE, {**OTHER, "text": f" {VOICE['text']}\n"}], outcome)

    tally = await ballots.get("/tally")
    assert {name: counts(score) for name, score in (await contestants(ballots)).items()} == {
        "voice": (1, 0, 0, 1),
        "other": (1, 0, 0, 1),
    }
    assert [counts(pair) for pair in tally["pairs"]] == [(1, 0, 0, 1)]
    assert (tally["ties"], tally["both_bad"], tally["preference_pairs"]) == (1, 0, 0)


async def test_who_shares_the_winners_text_among_three_shares_the_win(ballots: Ballots) -> None:
    same = {**OTHER, "text": VOICE["text"]}
    await ballots.cast([BASE, VOICE, same], 1)

    scores = await contestants(ballots)
    assert {name: (*counts(score), score["rate"]) for name, score in scores.items()} == {
        "base": (1, 0, 1, 0, 0.0),
        "voice": (1, 0, 0, 1, 0.5),
        "other": (1, 0, 0, 1, 0.5),
    }
    tally = await ballots.get("/tally")
    names = {score["id"]: name for name, score in scores.items()}
    assert {(names[pair["first"]], names[pair["second"]]): counts(pair) for pair in tally["pairs"]} == {
        ("base", "voice"): (1, 0, 1, 0),
        ("base", "other"): (1, 0, 1, 0),
        ("voice", "other"): (1, 0, 0, 1),
    }

    await ballots.cast([BASE, VOICE, same], 0)  # two losers of one text: nothing of one against the other
    assert [counts(pair) for pair in (await ballots.get("/tally"))["pairs"]] == [
        (2, 1, 1, 0),
        (2, 1, 1, 0),
        (1, 0, 0, 1),
    ]


async def test_a_pair_is_one_pair_whichever_was_named_first(ballots: Ballots) -> None:
    await ballots.cast([BASE, VOICE], 1)
    await ballots.cast([VOICE, BASE], 0)

    (pair,) = (await ballots.get("/tally"))["pairs"]
    assert counts(pair) == (2, 0, 2, 0)


async def test_an_adapter_trained_again_under_its_name_is_another_contestant(ballots: Ballots) -> None:
    again = adapter("voice", "Out.", "ee" * 32)
    rescaled = {**VOICE, "scale": 2.0}
    copied = {**VOICE, "adapter_name": "copy", "type": "latest"}
    for candidate in (VOICE, again, rescaled, copied):
        await ballots.cast([BASE, candidate], 1)

    tally = await ballots.get("/tally")
    described = {one["id"]: (one["weights"]["adapter_name"], one["wins"]) for one in tally["contestants"]}
    assert described == {
        "f0" * 32: (None, 0),
        f"{'aa' * 32}-x1.0": ("copy", 2),
        f"{'ee' * 32}-x1.0": ("voice", 1),
        f"{'aa' * 32}-x2.0": ("voice", 1),
    }


async def test_another_base_under_the_same_name_is_another_contestant(ballots: Ballots) -> None:
    await ballots.cast([BASE, VOICE], 0)
    await ballots.cast([BASE, VOICE], 1, base_fingerprint="0f" * 32)

    tally = await ballots.get("/tally")
    assert {one["id"]: one["wins"] for one in tally["contestants"] if not one["weights"]["adapter_name"]} == {
        "f0" * 32: 1,
        "0f" * 32: 0,
    }


async def test_ten_of_ten_settle_it_and_four_bad_ones_say_nothing(ballots: Ballots) -> None:
    for _ in range(4):
        await ballots.cast([BASE, VOICE], "both_bad")
    nothing = (await contestants(ballots))["voice"]
    assert (nothing["rate"], nothing["low"], nothing["more_votes"], nothing["standing"]) == (
        None,
        None,
        None,
        "no_votes",
    )

    for _ in range(10):
        await ballots.cast([BASE, VOICE], 1)
    scores = await contestants(ballots)
    assert {name: (score["standing"], score["more_votes"]) for name, score in scores.items()} == {
        "voice": ("better", 0),
        "base": ("worse", 0),
    }
