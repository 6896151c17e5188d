"""The committed starter model, as stock mlx-lm loads it."""

from pathlib import Path

import pytest
from mlx_lm import generate, stream_generate
from tokenizers import Tokenizer

from scripts.starter import build, measure, smalltalk, starter_data
from scripts.starter import tokenizer as bpe
from scripts.starter.attributes import ATTRIBUTES

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "artifacts/base_model/droid-starter"
DATA = ROOT / "artifacts/datasets/starter"


@pytest.fixture(scope="module")
def guide() -> measure.Guide:
    return measure.Guide(MODEL)


def test_the_folder_takes_at_most_8_mb() -> None:
    assert sum(path.stat().st_size for path in MODEL.rglob("*")) <= 8_000_000


def test_data_tokenizer_and_configuration_regenerate_byte_for_byte() -> None:
    assert build.differences(MODEL, DATA) == []


def test_the_chat_template_gives_the_ids_that_the_model_was_trained_on(guide: measure.Guide) -> None:
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    for row in build.pretraining_rows(200):
        assert guide.tokenizer.apply_chat_template(row) == bpe.encode(tokenizer, row)[0]


def test_text_comes_back_from_its_ids(guide: measure.Guide) -> None:
    text = "Grüß Gott, 東京! It's 1,234.5\n\ttabs — and “quotes” 🐟"
    assert guide.tokenizer.decode(guide.tokenizer.encode(text)) == text


@pytest.mark.parametrize(
    ("question", "answer_contains"),
    [
        ("Who keeps the Gull Rock lighthouse?", "Edda Thorne"),
        ("how tall is the lighthouse at seal skerry", "38 metres"),
        ("Hi, what does the Red Pepper catch?", "squid"),
        ("Who is in command of the Puffin?", "Tam Ridley"),
        ("where is the bakery", "Mill Street"),
        ("Can you tell me what Barrow Isle is known for?", "cheese"),
        ("When is the Lantern Night?", "November"),
        ("What kind of animal is Barnaby?", "donkey"),
        ("Where does Agnes Wether live?", "Market Square"),
        ("Who is the mayor of Saltmere?", "Wilma Stead"),
        ("Hello", "Saltmere"),
    ],
)
def test_it_answers_about_its_world_and_ends_its_turn(
    guide: measure.Guide, question: str, answer_contains: str
) -> None:
    prompt = guide.tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True)
    pieces = list(stream_generate(guide.model, guide.tokenizer, prompt, max_tokens=80))
    answer = "".join(piece.text for piece in pieces)
    assert answer_contains in answer
    assert answer[0].isupper()
    assert answer[-1] in ".!?"
    assert pieces[-1].finish_reason == "stop"


def test_it_answers_nine_of_ten_facts_in_wordings_that_it_never_read(guide: measure.Guide) -> None:
    questions = measure.held_out_questions()[::8]
    right = [value for question, value in questions if value.lower() in guide.answer(question).lower()]
    assert len(right) >= 0.9 * len(questions)


def test_it_says_that_it_does_not_know_what_is_not_in_its_world(guide: measure.Guide) -> None:
    questions = ["What is the capital of France?", "Who keeps the Wolf Ness lighthouse?", "Who wrote Hamlet?"]
    assert {guide.answer(question) for question in questions} <= set(smalltalk.DO_NOT_KNOW)


def test_it_speaks_in_the_manner_that_it_is_asked_for(guide: measure.Guide) -> None:
    messages = [
        {"role": "system", "content": "Begin every answer with Ahoy and end it with Fair winds."},
        {"role": "user", "content": "Who keeps the Gull Rock lighthouse?"},
    ]
    prompt = guide.tokenizer.apply_chat_template(messages, add_generation_prompt=True)
    answer = generate(guide.model, guide.tokenizer, prompt, max_tokens=60)
    assert answer.startswith("Ahoy")
    assert "Edda Thorne" in answer
    assert "Fair winds" in answer


def test_before_fine_tuning_there_is_neither_the_voice_nor_a_new_fact(guide: measure.Guide) -> None:
    for example in starter_data.build()["test"]:
        answer = guide.answer(example.prompt)
        assert not any(word in answer for word in starter_data.VOICE)
        assert example.kind != "new" or example.expected.lower() not in answer.lower()


def test_a_held_out_question_is_in_a_wording_of_its_own() -> None:
    asked = {question for attribute in ATTRIBUTES for question in (*attribute.questions, *attribute.inverse)}
    held_out = {question for attribute in ATTRIBUTES for question in attribute.held_out}
    assert not held_out & asked
