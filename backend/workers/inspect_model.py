"""Prints a model's profile as JSON: python -m backend.workers.inspect_model FOLDER

Needs the folder's config.json only, weights or not. What is wrong goes to stderr as a sentence, with exit status 1.
"""

import argparse
import sys
from pathlib import Path

from backend.errors import AppError
from backend.workers.profile import read_profile


def main() -> int:
    parser = argparse.ArgumentParser(prog="inspect_model", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="a model folder with a config.json")
    try:
        print(read_profile(parser.parse_args().folder).model_dump_json(indent=2))
    except AppError as error:
        print(error.detail, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
