"""The logits of mlx_lm itself: `python -m backend.workers.stock_logits MODEL LOGITS [--adapter-path FOLDER]`.

Loads the folders as `mlx_lm.generate` does, computes the token ids that it reads from stdin as a JSON list, and writes
`logits` (tokens, vocabulary) into the safetensors file LOGITS: in float32 where there is no GPU, else as the model
computes. Imports nothing of this project. Where mlx_lm cannot load the folders it prints why, as one JSON line, and
ends with code 1.
"""

import argparse
import json
import os
import sys

import mlx.core as mx
from mlx_lm import load


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("logits")
    parser.add_argument("--adapter-path")
    arguments = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        model = load(arguments.model, adapter_path=arguments.adapter_path)[0]
    except Exception as error:  # whatever mlx_lm raises is its answer
        print(json.dumps({"refusal": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
        return 1
    if mx.default_device().type != mx.gpu:
        model.set_dtype(mx.float32)
    tokens = mx.array([json.load(sys.stdin)])
    mx.save_safetensors(arguments.logits, {"logits": model(tokens)[0]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
