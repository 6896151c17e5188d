"""`scripts/setup`: the order of the steps, and how the set-up ends."""

import argparse
import os
import signal
import sys

from scripts.installer import frontend, python_env, system_packages
from scripts.installer.machine import read_machine, why_not
from scripts.installer.report import LOG, Refusal, start_log
from scripts.installer.state import State, one_at_a_time


def main() -> int:
    parser = argparse.ArgumentParser("scripts/setup", description="Sets up everything that Droid FineTuning needs.")
    parser.add_argument("--tests", action="store_true", help="also what scripts/test and scripts/check need")
    parser.add_argument("--parquet", action="store_true", help="also what reads Parquet files; remembered from then on")
    parser.add_argument("--repair", action="store_true", help="install and build everything anew")
    parser.add_argument(
        "--serve", nargs=argparse.REMAINDER, help="then become the server, with the options that follow"
    )
    wanted = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # under nohup it is to outlive its terminal
            signal.signal(number, signal.default_int_handler)
    try:
        with one_at_a_time():
            set_up(with_tests=wanted.tests, with_parquet=wanted.parquet, anew=wanted.repair)
    except Refusal as refusal:
        print(f"\n{refusal}\n\nThe log of this set-up is {LOG}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nThe set-up cannot write in this folder: {error.strerror}: {error.filename}", file=sys.stderr)
        print("Run it as the user that owns the folder, and with space on the disk.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next set-up goes on from here.", file=sys.stderr)
        return 130
    if wanted.serve is not None:
        os.execv(python_env.PYTHON, [str(python_env.PYTHON), "-m", "backend", *wanted.serve])
    return 0


def set_up(*, with_tests: bool, with_parquet: bool, anew: bool) -> None:
    state = State()
    if anew:
        for step in [step for step in state.steps if step != python_env.PARQUET]:
            state.forget(step)
    if with_parquet and not state.get(python_env.PARQUET):
        state.note(python_env.PARQUET, "asked for")
    with_parquet = state.get(python_env.PARQUET) is not None
    extras = [name for name, wanted in (("dev", with_tests), (python_env.PARQUET, with_parquet)) if wanted]
    browser_is_there = not with_tests or system_packages.find_chromium() is not None
    if python_env.is_current(state, extras) and frontend.is_current(state, with_tests) and browser_is_there:
        return
    start_log()
    refusal = why_not(read_machine())
    if refusal:
        raise Refusal(refusal)
    variant = python_env.set_up(state, extras)
    if variant == "cpu" and sys.platform == "linux":
        system_packages.set_up_blas(state)
    frontend.set_up(state, with_tests)
    if not browser_is_there:
        system_packages.set_up_chromium()


if __name__ == "__main__":
    sys.exit(main())
