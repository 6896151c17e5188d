from pathlib import Path

import pytest

from backend.whole_files import write_text_whole, write_whole


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_text_whole(file, "a long first text")
    write_text_whole(file, "über")
    assert file.read_bytes() == "über".encode()
    assert list(tmp_path.iterdir()) == [file]


def test_what_could_not_be_written_leaves_the_file_before_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_text_whole(file, "before")

    def half(making: Path) -> None:
        making.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_whole(file, half)
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]
