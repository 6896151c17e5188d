import multiprocessing
import resource
import time
from pathlib import Path

import pytest

from backend import jsonl


def numbered(last: bytes | None) -> str:
    return str(int(last) + 1 if last else 1)


def append_many(path: Path, times: int) -> None:
    for _ in range(times):
        jsonl.append(path, numbered)


def test_writers_in_several_processes_give_every_number_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    writers = [multiprocessing.Process(target=append_many, args=(path, 50)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines, offset = jsonl.read(path)
    assert [int(line) for line in lines] == list(range(1, 201))
    assert offset == path.stat().st_size


def test_a_line_torn_by_a_crash_is_removed_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"1\n2\n3 and then the power w")
    assert jsonl.read(path)[0] == [b"1", b"2"]
    assert jsonl.last(path) == b"2"
    jsonl.append(path, numbered)
    assert path.read_bytes() == b"1\n2\n3\n"


def test_a_whole_object_without_the_end_of_its_line_counts_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": 2}')
    lines, offset = jsonl.read(path)
    assert lines == [b'{"a": 1}', b'{"b": 2}']
    assert jsonl.last(path) == b'{"b": 2}'
    jsonl.append(path, lambda last: '{"c": 3}')
    assert path.read_bytes() == b'{"a": 1}\n{"b": 2}\n{"c": 3}\n'
    assert jsonl.read(path, offset)[0] == [b'{"c": 3}']


@pytest.mark.parametrize("torn", [b'{"b": {"c": 2}', b'{"b": "}', b'{"b": 2}}', b"["])
def test_what_only_looks_like_the_end_of_an_object_is_no_line(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a": 1}\n' + torn)
    assert jsonl.read(path) == ([b'{"a": 1}'], 9)
    jsonl.append(path, lambda last: '{"c": 3}')
    assert path.read_bytes() == b'{"a": 1}\n{"c": 3}\n'


def test_a_reader_goes_on_from_its_offset_and_sees_complete_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"one\ntw")
    lines, offset = jsonl.read(path)
    assert lines == [b"one"]
    path.write_bytes(b"one\ntwo\n")
    assert jsonl.read(path, offset) == ([b"two"], 8)


def test_a_last_line_longer_than_the_tail_that_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    long = b"x" * (3 * jsonl.TAIL_BYTES)
    path.write_bytes(b"short\n" + long + b"\n")
    assert jsonl.last(path) == long


def test_a_very_long_last_line_is_found_in_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    long = b"x" * 16_000_000
    path.write_bytes(b"short\n" + long + b"\n")
    began = time.perf_counter()
    assert jsonl.last(path) == long
    assert time.perf_counter() - began < 2


def fill_up(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
    with pytest.raises(OSError, match="too large"):
        jsonl.append(path, lambda _: "y" * 100)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"1\n2\n3\n")
    process = multiprocessing.Process(target=fill_up, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert path.read_bytes() == b"1\n2\n3\n"
