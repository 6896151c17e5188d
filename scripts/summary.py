"""`python -m scripts.summary FOLDER`: adds up the JUnit files of a test run and names what was skipped."""

import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count(file: Path) -> tuple[Count, list[str]]:
    """The numbers of one JUnit file, and why each skipped test was skipped."""
    total, skips = Count(), []
    for case in ElementTree.parse(file).iter("testcase"):  # noqa: S314 - written by our own run a moment ago
        skip = case.find("skipped")
        if skip is not None:
            total += Count(skipped=1)
            skips.append(f"{case.get('classname')} {case.get('name')}: {skip.get('message') or 'no reason given'}")
        elif case.find("failure") is not None or case.find("error") is not None:
            total += Count(failed=1)
        else:
            total += Count(passed=1)
    return total, skips


def main(folder: Path) -> None:
    total = Count()
    print()
    for file in sorted(folder.glob("*.xml")):
        part, skips = count(file)
        total += part
        print(f"{file.stem:10} {part}")
        for skip in skips:
            print(f"  skipped  {skip}")
    print(f"\n{total}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
