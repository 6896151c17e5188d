import asyncio
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from backend.settings import REPOSITORY
from tests.votes.conftest import BASE, MODEL, OTHER, VOICE, Ballots, adapter, ballot


async def test_a_vote_is_kept_with_everything_that_it_was_about(ballots: Ballots) -> None:
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    cast = ballot(history=history, system_prompt="Be brief.", candidates=[BASE, VOICE, OTHER], order=[2, 0, 1])
    kept = (await ballots.client.post("/api/votes", json=cast)).json()

    assert await ballots.get("") == [kept]
    assert kept.items() >= {**cast, "sampling": kept["sampling"], "candidates": kept["candidates"]}.items()
    assert kept["sampling"].items() >= cast["sampling"].items()
    unsaid = {"adapter_name": None, "step": None, "content_hash": None, "scale": None}
    assert kept["candidates"] == [{**unsaid, **candidate} for candidate in cast["candidates"]]
    assert re.fullmatch("[0-9a-f]{16}", kept["id"])
    assert json.loads(ballots.log.read_text()) == kept


async def test_votes_are_listed_newest_first_and_page_by_page(ballots: Ballots) -> None:
    ids = [(await ballots.cast([BASE, VOICE], "tie", prompt=f"{number}?"))["id"] for number in range(5)]

    async def listed(**page: int) -> list[str]:
        return [vote["id"] for vote in await ballots.get("", **page)]

    assert await listed() == ids[::-1]
    assert await listed(offset=1, limit=2) == [ids[3], ids[2]]
    assert await listed(offset=9) == []


async def test_a_vote_taken_back_counts_no_more_and_stays_in_the_log(ballots: Ballots) -> None:
    first = await ballots.cast([BASE, VOICE], 1)
    second = await ballots.cast([BASE, VOICE], 0)
    before = ballots.log.read_bytes()

    assert (await ballots.client.delete(f"/api/votes/{second['id']}")).status_code == 204
    assert await ballots.get("") == [first]
    assert (await ballots.get("/tally"))["votes"] == 1
    assert ballots.log.read_bytes().startswith(before)

    again = await ballots.client.delete(f"/api/votes/{second['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "vote_not_found")
    for unknown in ("0" * 16, "%ED%A0%80", "..%2Fx"):
        assert (await ballots.client.delete(f"/api/votes/{unknown}")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"model": "nowhere"}, 404, "There is no model 'nowhere'"),
        ({"model": "../votes"}, 404, "There is no model '../votes' in the library."),
        ({"model": ""}, 404, "There is no model '' in the library."),
        ({"order": [0, 0]}, 400, "order must name each candidate once: the numbers 0 to 1 in some order."),
        ({"order": [0]}, 400, "order must name each candidate once"),
        ({"outcome": 2}, 400, "There is no candidate 2: there are 2, counted from 0."),
        ({"outcome": "both"}, 422, "not 'both'"),
        ({"outcome": True}, 422, "not True"),
        ({"candidates": [BASE]}, 422, "at least 2 items"),
        ({"candidates": [BASE, BASE]}, 400, "Two of the candidates are the same weights; there is nothing to choose."),
        ({"candidates": [VOICE, {**VOICE, "adapter_name": "copy"}]}, 400, "Two of the candidates are the same weights"),
        ({"candidates": [BASE, {**VOICE, "content_hash": None}]}, 400, "the base model has neither"),
        ({"candidates": [BASE, {**VOICE, "adapter_name": "a/../b"}]}, 400, "'a/../b' is no name of an adapter."),
        ({"candidates": [BASE, {**VOICE, "content_hash": "<script>"}]}, 422, "content_hash"),
        ({"prompt": ""}, 422, "at least 1 character"),
        ({"prompt": "x" * 500_001}, 422, "at most 500000 characters"),
        ({"votes": 3}, 422, "There is no field 'votes'."),
    ],
)
async def test_what_is_no_vote_is_refused_in_words_and_nothing_is_written(
    changes: dict[str, Any], status: int, words: str, ballots: Ballots
) -> None:
    answer = await ballots.post(**changes)

    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert not ballots.log.exists()


async def test_turns_that_are_too_long_together_are_refused(ballots: Ballots) -> None:
    turns = [{"role": "user", "content": "x" * 1_000_000}] * 17
    answer = await ballots.post(history=turns)

    assert (answer.status_code, answer.json()["code"]) == (413, "vote_too_large")
    assert not ballots.log.exists()


@pytest.mark.parametrize("place", ["prompt", "text"])
async def test_half_a_character_is_refused(place: str, ballots: Ballots) -> None:
    candidates = [BASE, {**VOICE, "text": "\ud83d"}] if place == "text" else [BASE, VOICE]
    cast = ballot(candidates=candidates) | ({"prompt": "\udc00"} if place == "prompt" else {})
    answer = await ballots.client.post(
        "/api/votes", content=json.dumps(cast), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert place in answer.json()["detail"]
    assert not ballots.log.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"history": [{"role": "user", "content": "\ud83d"}]},
        {"sampling": {"chat_template_kwargs": {"mood": "\ud83d"}}},
    ],
)
async def test_half_a_character_in_what_was_before_is_refused(changes: dict[str, Any], ballots: Ballots) -> None:
    answer = await ballots.client.post(
        "/api/votes", content=json.dumps(ballot(**changes)), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert "half a character" in answer.json()["detail"]
    assert not ballots.log.exists()


async def test_texts_come_back_as_they_were_whatever_is_in_them(ballots: Ballots) -> None:
    text = "a\nb\r\nc\u2028d\u0085e\0f\ufffd\U0001f600 \\ud800 {}"
    kept = await ballots.cast([BASE, {**VOICE, "text": text}], 1, prompt=text)

    assert await ballots.get("") == [kept]
    pair = json.loads((await ballots.preferences()).text)
    assert pair == {"prompt": text, "chosen": text, "rejected": "From the base."}


async def test_broken_lines_are_left_out_and_said_and_a_torn_end_is_mended(ballots: Ballots) -> None:
    first = await ballots.cast([BASE, VOICE], 1)
    with ballots.log.open("ab") as file:
        file.write(b'{"type":"vote","id":"half\n\xff\xfe\n[]\n{"type":"vote","prompt":"\\ud800"}\n')
    second = await ballots.cast([BASE, VOICE], 0)
    with ballots.log.open("ab") as file:
        file.write(b'{"type":"vote","id":"torn')
    third = await ballots.cast([BASE, VOICE], "tie")

    assert await ballots.get("") == [third, second, first]
    tally = await ballots.get("/tally")
    assert (tally["votes"], tally["unreadable_lines"]) == (3, [2, 3, 4, 5])


async def test_two_programs_write_at_once_and_no_vote_is_lost(ballots: Ballots) -> None:
    code = (
        "import json, sys; from backend.settings import Settings; from backend.models.library import ModelLibrary; "
        "from backend.votes.library import VoteLibrary; from backend.votes.schemas import NewVote; "
        "settings = Settings(home=sys.argv[1]); votes = VoteLibrary(settings, ModelLibrary(settings)); "
        "new = NewVote.model_validate_json(sys.stdin.read()); [votes.cast(new) for _ in range(40)]"
    )
    arguments = ("-c", code, str(ballots.settings.home))
    writers = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=REPOSITORY, stdin=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [json.dumps(ballot(prompt=f"{number}" * 20_000)).encode() for number in range(2)]
    await asyncio.gather(*(writer.communicate(text) for writer, text in zip(writers, said, strict=True)))
    assert [writer.returncode for writer in writers] == [0, 0]

    votes = await ballots.get("", limit=500)
    assert sorted(vote["prompt"][0] for vote in votes) == ["0"] * 40 + ["1"] * 40
    assert (await ballots.get("/tally"))["unreadable_lines"] == []


async def test_a_model_without_votes_has_none_and_one_that_never_was_is_unknown(ballots: Ballots) -> None:
    assert await ballots.get("") == []
    assert (await ballots.preferences()).text == ""
    for path in ("", "/tally", "/preferences"):
        answer = await ballots.client.get(f"/api/votes{path}", params={"model": "nowhere"})
        assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")


async def test_the_votes_of_a_deleted_model_stay(ballots: Ballots) -> None:
    kept = await ballots.cast([BASE, VOICE], 1)
    (ballots.settings.base_models / MODEL).unlink()

    assert await ballots.get("") == [kept]
    assert (await ballots.get("/tally"))["votes"] == 1


async def test_pairs_are_prompt_chosen_and_rejected_and_the_winner_of_three_gives_two(ballots: Ballots) -> None:
    same = adapter("same", VOICE["text"], "cc" * 32)
    empty = adapter("empty", " \n", "dd" * 32)
    await ballots.cast([BASE, VOICE, OTHER], 2)
    await ballots.cast([BASE, VOICE], "tie")
    await ballots.cast([BASE, VOICE], "both_bad")
    await ballots.cast([VOICE, same], 0)
    await ballots.cast([VOICE, empty], 0)

    answer = await ballots.preferences()
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {"prompt": "Who are you?", "chosen": "Roger.", "rejected": "From the base."},
        {"prompt": "Who are you?", "chosen": "Roger.", "rejected": "Over."},
    ]
    assert answer.headers["content-disposition"] == f'attachment; filename="{MODEL}-preferences.jsonl"'
    tally = await ballots.get("/tally")
    assert (tally["preference_pairs"], tally["pairs_left_out"]) == (2, 2)


async def test_a_file_with_one_conversation_holds_conversations_only(ballots: Ballots) -> None:
    await ballots.cast([BASE, VOICE], 1)
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    await ballots.cast([BASE, VOICE], 0, system_prompt="Be brief.", history=history)

    rows = [json.loads(line) for line in (await ballots.preferences()).text.splitlines()]
    question = {"role": "user", "content": "Who are you?"}
    base, voice = ([{"role": "assistant", "content": side["text"]}] for side in (BASE, VOICE))
    assert rows == [
        {"prompt": [question], "chosen": voice, "rejected": base},
        {
            "prompt": [{"role": "system", "content": "Be brief."}, *history, question],
            "chosen": base,
            "rejected": voice,
        },
    ]


async def test_pairs_can_be_those_that_one_contestant_won(ballots: Ballots) -> None:
    await ballots.cast([BASE, VOICE], 1)
    await ballots.cast([BASE, VOICE], 0)
    voice = {"prompt": "Who are you?", "chosen": "Over.", "rejected": "From the base."}

    for winner in ("voice", f"{VOICE['content_hash']}-x1.0"):
        assert json.loads((await ballots.preferences(winner=winner)).text) == voice
    assert json.loads((await ballots.preferences(winner="base")).text)["chosen"] == "From the base."
    unknown = await ballots.preferences(winner="nobody")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "contestant_not_found")
