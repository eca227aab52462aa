"""`bid-package/1`: what is written comes back; whatever a stranger does to the file has a name."""

import json
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sunshine_proof.bidpackage import PackageError, open_package, write_package
from sunshine_proof.canonical import jcs
from sunshine_proof.errors import ProofError
from sunshine_proof.seal import build_lid, build_withdrawal

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def package(bid, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("package") / "bid.zip"
    write_package(out, bid.lid, {part: kept.body for part, kept in bid.secrets.items()})
    return out


def refused(path: Path, policy=None) -> str:
    with pytest.raises(PackageError) as caught, open_package(path) as found:
        found.check(policy) if policy else found.check_bodies()
    return caught.value.code


def made(path: Path, entries, **options) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def contents(package: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(package) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def test_a_package_gives_back_the_very_lid_and_bodies(bid, package, tmp_path):
    with open_package(package) as found:
        found.check(bid.policy)
        assert found.record == bid.lid and found.parts == bid.policy["parts"] and not found.withdrawal
        for part, path in found.extract(tmp_path).items():
            assert path.read_bytes() == bid.secrets[part].body.read_bytes()


def test_the_entries_are_the_bodies_in_the_order_of_the_lid_and_the_lid_last(package):
    assert [name for name, _ in contents(package)] == ["summary.age", "tech.age", "price.age", "package.json"]


def test_a_withdrawal_travels_in_a_package_without_bodies(bid, tmp_path):
    record = build_withdrawal(bid.policy, 2, bid.lid["id"], bid.box_secret)
    write_package(tmp_path / "w.zip", record, {})
    with open_package(tmp_path / "w.zip") as found:
        found.check(bid.policy)
        assert found.withdrawal and found.record == record


def test_any_zip_library_reads_it(package, bid):
    manifest = json.loads(dict(contents(package))["package.json"])
    assert manifest["lid"] == bid.lid and manifest["bodies"]["tech"] == "tech.age"


def test_bodies_that_are_not_those_of_the_lid_are_never_packed(bid, tmp_path):
    bodies = {part: kept.body for part, kept in bid.secrets.items()}
    with pytest.raises(PackageError, match="body-mismatch"):
        write_package(tmp_path / "x.zip", bid.lid, {**bodies, "tech": bodies["price"]})
    with pytest.raises(PackageError, match="package-bodies"):
        write_package(tmp_path / "x.zip", bid.lid, {"tech": bodies["tech"]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda found: [found[1], found[0], *found[2:]], "package-entries"),
        (lambda found: [found[-1], *found[:-1]], "package-entries"),
        (lambda found: found[:-1], "package-entries"),
        (lambda found: [*found[:2], *found[3:]], "package-entries"),
        (lambda found: [("extra.age", b"x"), *found], "package-entries"),
        (lambda found: [("../summary.age", found[0][1]), *found[1:]], "package-entries"),
        (lambda found: [*found[:-1], ("package.json", found[-1][1] + b" ")], "package-json"),
        (lambda found: [*found[:-1], ("package.json", b"\xff")], "not-json"),
        (lambda found: [*found[:-1], ("package.json", b"[]")], "wrong-shape"),
        (lambda found: [*found[:-1], ("package.json", jcs({"v": "bid-package/2", "lid": {}, "bodies": {}}))],
         "package-version"),
        (lambda found: [*found[:-1], ("package.json", jcs({"v": "bid-package/1", "lid": [], "bodies": {}}))],
         "package-json"),
        (lambda found: [(found[0][0], found[1][1]), *found[1:]], "body-mismatch"),
        (lambda found: [(found[0][0], b""), *found[1:]], "body-mismatch"),
        (lambda found: [*found[:-1], ("package.json", b" " * (1 << 20) + found[-1][1])], "package-entries"),
    ],
)  # fmt: skip
def test_every_other_arrangement_has_its_refusal(package, tmp_path, change, code):
    assert refused(made(tmp_path / "x.zip", change(contents(package)))) == code


def test_compressed_entries_comments_and_trailing_bytes_are_no_package(package, tmp_path):
    assert refused(made(tmp_path / "x.zip", contents(package), compression=zipfile.ZIP_DEFLATED)) == "package-zip"
    (tmp_path / "y.zip").write_bytes(package.read_bytes() + b"x")
    assert refused(tmp_path / "y.zip") == "package-zip"
    (tmp_path / "z.zip").write_bytes(b"")
    assert refused(tmp_path / "z.zip") == "package-zip"


def test_a_forged_or_foreign_lid_is_told(bid, joint_bid, package, tmp_path):
    bent = {**bid.lid, "sig": "0" * 128}
    manifest = jcs({"v": "bid-package/1", "lid": bent, "bodies": {part: f"{part}.age" for part in bid.policy["parts"]}})
    assert refused(made(tmp_path / "x.zip", [*contents(package)[:-1], ("package.json", manifest)])) == "lid-signature"
    assert refused(package, joint_bid.policy) == "lid-policy"


def test_part_names_that_are_paths_do_not_reach_the_file_system(bid, tmp_path):
    parts = [{**bid.lid["parts"][0], "part": "../../etc"}]
    lid = build_lid(bid.policy, parts, 1, "", bid.box_secret)
    manifest = jcs({"v": "bid-package/1", "lid": lid, "bodies": {"../../etc": "../../etc.age"}})
    assert refused(made(tmp_path / "x.zip", [("../../etc.age", b"x"), ("package.json", manifest)])) == "package-json"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), cut=st.booleans())
def test_no_damaged_file_passes_as_another_bid_and_none_crashes(package, bid, tmp_path, seed, cut):
    chance, data = random.Random(seed), bytearray(package.read_bytes())
    if cut:
        del data[chance.randrange(len(data)) :]
    else:
        for _ in range(chance.randint(1, 4)):
            # the directory and the manifest, mostly: bodies are covered by their hash
            at = chance.randrange(len(data) - 9000, len(data)) if chance.random() < 0.9 else chance.randrange(len(data))
            data[at] = chance.randrange(256)
    path = tmp_path / "damaged.zip"
    path.write_bytes(data)
    try:
        with open_package(path) as found:
            found.check(bid.policy)
            assert found.record == bid.lid
    except ProofError as refusal:
        assert refusal.code
