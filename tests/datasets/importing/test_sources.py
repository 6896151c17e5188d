"""Files and folders as people bring them, friendly and hostile."""

import gzip
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from backend.datasets.importing import opening, sources
from backend.datasets.importing.file_names import check_file_name, split_by_name, stem, usable_name
from backend.datasets.importing.opening import SourceRefused
from backend.datasets.importing.sources import sniff_kind, sources_at
from backend.errors import FieldError
from tests.datasets.importing.sources import PAIRS, flaws, jsonl, put, read, values


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def taken(path: Path) -> list[str]:
    return [source.file.name for source in sources_at(path) if source.file.taken]


def problems(path: Path) -> dict[str, str | None]:
    return {source.file.name: source.file.problem for source in sources_at(path) if not source.file.taken}


def test_a_folder_is_every_file_below_it_with_what_each_seems_to_be(tmp_path: Path) -> None:
    put(tmp_path / "train.jsonl", jsonl(PAIRS))
    put(tmp_path / "held-out" / "test" / "part.csv", "a;b\n1;2\n")
    put(tmp_path / "dev-00000-of-00001.json", b"\xff\xfe" + "[]".encode("utf-16-le"))
    put(tmp_path / ".cache" / "x.jsonl", jsonl(PAIRS))
    put(tmp_path / "README.md", "# About")
    put(tmp_path / "dataset_info.json", "{}")
    put(tmp_path / "table.xlsx", b"PK\x03\x04")
    put(tmp_path / "picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0" * 9)
    put(tmp_path / "nothing.csv", "")

    found = {it.file.name: it.file for it in sources_at(tmp_path)}

    assert {name: (it.kind, it.split, it.encoding, it.delimiter) for name, it in found.items() if it.taken} == {
        "dev-00000-of-00001.json": ("json", "valid", "utf-16", None),
        "held-out/test/part.csv": ("csv", "test", "utf-8", ";"),
        "train.jsonl": ("jsonl", "train", "utf-8", None),
    }
    assert problems(tmp_path) == {
        "README.md": "Plain text beside other data is taken for a note on it; it is not read.",
        "dataset_info.json": "It tells of data and holds none.",
        "nothing.csv": "It is empty.",
        "picture.png": "What it holds is not known: JSONL, JSON, CSV, Parquet and plain text can be read.",
        "table.xlsx": "This is a workbook; save the sheet as CSV in the program that made it.",
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"a": 1}\n', "jsonl"),
        (' [{"a": 1}]', "json"),
        ("a,b\n1,2\n", "csv"),
        ("Once.\n\nTwice.", "text"),
        ("\0\1" * 50, None),
    ],
)
def test_what_has_no_name_is_known_by_what_it_holds(text: str, kind: str | None) -> None:
    assert sniff_kind(text) == kind


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.jsonl", "train"),
        ("gsm8k_test.json", "test"),
        ("data/validation/part-0.parquet", "valid"),
        ("train/eval.csv", "valid"),
        ("trained.jsonl", None),
        ("all.jsonl", None),
    ],
)
def test_the_split_is_what_the_name_says_or_the_folder(name: str, split: str | None) -> None:
    assert split_by_name(name) == split


def test_a_name_for_the_data_set_comes_from_the_file() -> None:
    names = ["Alpaca data (1k).json", "train.jsonl.gz", "../x y.csv", "base.txt", "ü.txt", "a" * 200 + ".csv"]

    assert [usable_name(stem(name)) for name in names] == ["Alpaca-data-1k", "train", "x-y", "data", "data", "a" * 128]


@pytest.mark.parametrize(
    "name",
    [
        "../x.jsonl",
        "/etc/x.jsonl",
        "a/../../x",
        "a\\b",
        "C:\\x",
        ".hidden",
        "a/.git/x",
        "a//b",
        "",
        "a/",
        "a\0b",
        "a\nb",
        "a" * 201,
        "/".join("a" * 9),
        "\ud83d.csv",
    ],
)
def test_a_name_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(FieldError):
        check_file_name(name)
    check_file_name("sub folder/größe (1).jsonl")


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret" / "train.jsonl", jsonl(PAIRS))
    folder = tmp_path / "folder"
    inside = put(folder / "part.jsonl", jsonl(PAIRS))
    (folder / "out.jsonl").symlink_to(secret)
    (folder / "dir").symlink_to(secret.parent)
    (folder / "same.jsonl").symlink_to(inside)
    (folder / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.jsonl")

    assert taken(folder) == ["part.jsonl", "same.jsonl"]
    assert problems(folder) == {
        "gone.jsonl": "It cannot be read: No such file or directory.",
        "out.jsonl": "This is a link that leads out of the folder; it is not followed.",
        "pipe.jsonl": "This is no file that could be read.",
    }


def test_packed_files_are_read_without_unpacking_them(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl.gz", gzip.compress(jsonl(PAIRS[:2])) + gzip.compress(jsonl(PAIRS[2:])))
    put(tmp_path / "b.zip", zipped({"data/train.jsonl": jsonl(PAIRS), "__MACOSX/x": b"a", "data/": b""}))

    assert values(read(tmp_path / "a.jsonl.gz")) == PAIRS
    assert taken(tmp_path / "b.zip") == ["b.zip/data/train.jsonl"]
    assert values(read(tmp_path / "b.zip")) == PAIRS


def test_what_is_hostile_in_an_archive_is_refused_by_its_name(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("../../evil.jsonl", "/etc/evil.jsonl", "good.jsonl", "inner.zip", "a/.hidden/x.jsonl"):
            archive.writestr(name, jsonl(PAIRS))
        link = zipfile.ZipInfo("link.jsonl")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    path = put(tmp_path / "a.zip", packed.getvalue())

    assert taken(path) == ["a.zip/good.jsonl"]
    assert {name: (problem or "")[:45] for name, problem in problems(path).items()} == {
        "a.zip/../../evil.jsonl": "'../../evil.jsonl' would lead out of the fold",
        "a.zip//etc/evil.jsonl": "'/etc/evil.jsonl' would lead out of the folde",
        "a.zip/inner.zip": "An archive inside an archive is not unpacked.",
        "a.zip/link.jsonl": "This is a link; links in archives are not fol",
    }


def test_a_packed_file_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "UNPACKED_AT_EASE", 100_000)
    line = jsonl([{"text": "a"}])
    bomb = put(tmp_path / "bomb.jsonl.gz", gzip.compress(line * 1_000_000))
    archive = put(tmp_path / "bomb.zip", zipped({"train.jsonl": line * 1_000_000}))

    with pytest.raises(SourceRefused, match=r"bomb.jsonl.gz unpacks to more than 0.\d GB, which is 200 times its size"):
        read(bomb)
    assert (problems(archive)["bomb.zip"] or "").startswith("bomb.zip unpacks to more than 0.0 GB")


def test_an_archive_with_too_long_a_list_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LONGEST_LIST_BYTES", 500)
    path = put(tmp_path / "a.zip", zipped({f"{number}.jsonl": b"{}" for number in range(100)}))

    assert problems(path) == {"a.zip": "The archive holds too many files; unpack it and name the folder."}


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(os.urandom(100).hex().encode().join(jsonl([row]) for row in PAIRS * 5000))
    cut = put(tmp_path / "cut.jsonl.gz", whole[: len(whole) * 9 // 10])
    archive = put(tmp_path / "cut.zip", zipped({"a.jsonl": jsonl(PAIRS)})[:-30])

    assert flaws(read(cut))[-1][1] == "cut_off"
    assert "the packed file is damaged or cut off" in flaws(read(cut))[-1][2]
    assert (problems(archive)["cut.zip"] or "").startswith("The archive is damaged or cut off")
    assert (problems(put(tmp_path / "no.gz", "text"))["no.gz"] or "").startswith("It cannot be read: the packed file")


def test_utf16_that_ends_in_half_a_character_is_told(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "a,b\n1,2\n3,4\n".encode("utf-16")[:-1])

    assert values(read(path))[0] == {"a": "1", "b": "2"}
    assert flaws(read(path))[-1][1] == "cut_off"


def test_a_place_with_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_FILES", 3)
    for number in range(5):
        put(tmp_path / f"{number}.jsonl", "{}")

    with pytest.raises(SourceRefused, match="holds more than 3 files; name a folder with the data alone"):
        sources_at(tmp_path)
