"""Builds, checks and measures the starter: what `scripts/build_starter` runs.

Knows the folders and the order of the steps.
"""

import argparse
import json
import platform
import random
import time
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
from tokenizers import Tokenizer

from scripts.starter import card, grammar, manners, measure, pretrain, starter_data
from scripts.starter import tokenizer as bpe
from scripts.starter.grammar import Row

ROW_SEED, TRAIN_SEED, HELD_OUT_SEED = 2024, 7, 5
ROWS, SECOND_ROWS = 96_000, 24_000
PLAIN_LEARNING_RATE, MANNERED_LEARNING_RATE = 2.5e-3, 1e-3
MANNERED_SHARE = 0.5  # of the rows of the second part
TOKENIZER_ROWS = 20_000
HELD_OUT_ROWS = 1024
GENERATION = {"eos_token_id": bpe.VOCABULARY - 1, "pad_token_id": bpe.VOCABULARY - 3, "max_new_tokens": 100,
              "do_sample": False}  # fmt: skip


def pretraining_rows(count: int) -> list[Row]:
    """The first `count` rows of the pretraining text; a shorter text is the beginning of a longer one."""
    rng = random.Random(ROW_SEED)
    return [grammar.conversation(rng, starter_data.AVOID) for _ in range(count)]


def second_rows(count: int) -> list[Row]:
    """The second part: `count` further conversations, half of them in the manner that somebody asks for."""
    rng = random.Random(ROW_SEED + 1)
    rows = [grammar.conversation(rng, starter_data.AVOID) for _ in range(count)]
    return [manners.mannered(row, rng) if rng.random() < MANNERED_SHARE else row for row in rows]


def held_out_rows(rows: list[Row]) -> list[Row]:
    """Conversations whose questions are not in `rows`."""
    asked = {m["content"].lower() for row in rows for m in row if m["role"] == "user"}
    rng = random.Random(HELD_OUT_SEED)
    held: list[Row] = []
    while len(held) < HELD_OUT_ROWS:
        row = grammar.conversation(rng, starter_data.AVOID)
        if not any(m["content"].lower() in asked for m in row if m["role"] == "user"):
            held.append(row)
    return held


def small_files(tokenizer: Tokenizer) -> dict[str, str]:
    """The text files of the model folder that do not depend on training."""
    return {
        "config.json": json.dumps(pretrain.configuration(bpe.VOCABULARY), indent=2) + "\n",
        "generation_config.json": json.dumps(GENERATION, indent=2) + "\n",
        "tokenizer_config.json": bpe.configuration(),
        "tokenizer.json": tokenizer.to_str(pretty=False) + "\n",
    }


def say(line: str) -> None:
    print(line, flush=True)


def build_model(folder: Path, row_count: int) -> None:
    started = time.process_time()
    folder.mkdir(parents=True, exist_ok=True)
    rows = pretraining_rows(row_count)
    tokenizer = bpe.train(rows[:TOKENIZER_ROWS])
    for name, text in small_files(tokenizer).items():
        (folder / name).write_text(text, encoding="utf-8")
    first = [bpe.encode(tokenizer, row) for row in rows]
    second = [bpe.encode(tokenizer, row) for row in second_rows(row_count * SECOND_ROWS // ROWS)]
    model = pretrain.build(bpe.VOCABULARY, TRAIN_SEED)
    pretrain.train(model, first, PLAIN_LEARNING_RATE, TRAIN_SEED, say)
    pretrain.train(model, second, MANNERED_LEARNING_RATE, TRAIN_SEED, say)
    weights = {name: value.astype(mx.float16) for name, value in pretrain.weights(model).items()}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
    seconds = time.process_time() - started
    figures = measure.measure(folder, [bpe.encode(tokenizer, row) for row in held_out_rows(rows)])
    (folder / "README.md").write_text(
        card.text(
            figures,
            conversations=len(first) + len(second),
            tokens=sum(len(ids) for ids, _ in first + second),
            steps=sum(-(-len(part) // pretrain.BATCH_ROWS) for part in (first, second)),
            minutes=seconds / 60,
            machine=f"{platform.machine()} {platform.system()}, MLX {version('mlx')}",
        ),
        encoding="utf-8",
    )
    print(figures)


def differences(model_folder: Path, data_folder: Path) -> list[str]:
    """The committed files that the script no longer generates byte for byte."""
    tokenizer = bpe.train(pretraining_rows(TOKENIZER_ROWS))
    expected = {model_folder / name: text for name, text in small_files(tokenizer).items()}
    expected |= {data_folder / name: text for name, text in starter_data.files().items()}
    return [str(path) for path, text in expected.items() if not path.exists() or path.read_bytes() != text.encode()]


def main(root: Path, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/build_starter")
    parser.add_argument("--data", action="store_true", help="write the data set alone")
    parser.add_argument("--check", action="store_true", help="compare the committed files with what would be written")
    parser.add_argument("--measure", action="store_true", help="measure the committed model")
    parser.add_argument("--rows", type=int, default=ROWS, help="pretraining conversations")
    parser.add_argument("--model", type=Path, default=root / "artifacts/base_model/droid-starter")
    options = parser.parse_args(arguments)
    data = root / "artifacts/datasets/starter"
    if options.check:
        stale = differences(options.model, data)
        print(
            "\n".join(f"{path} differs: run scripts/build_starter" for path in stale) or "The starter is as generated."
        )
        return 1 if stale else 0
    if options.measure:
        rows = held_out_rows(pretraining_rows(options.rows))
        tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
        print(measure.measure(options.model, [bpe.encode(tokenizer, row) for row in rows]))
        return 0
    starter_data.write(data)
    if not options.data:
        build_model(options.model, options.rows)
    return 0
