"""`bid-package/1`: a sealed bid as one file, made anywhere, without a secret in it (docs/bid-package.md)."""

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from sunshine_proof import shape
from sunshine_proof.agefile import AgeError, inspect_body
from sunshine_proof.canonical import jcs, parse
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.lid import check_body, check_record, check_signature
from sunshine_proof.zipcheck import check_archive

PACKAGE = "package.json"
MAX_JSON = 1 << 20
MAX_PARTS = 16
_BLOCK = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)  # when a bidder worked is nobody's business
_ZIP64 = 0x7FFFFFFF


class PackageError(ProofError):
    """Not a bid package, or one whose bodies are not those of its lid."""


def body_name(part: str) -> str:
    """The name of a part's body inside the package."""
    return f"{part}.age"


@speaking(PackageError)
def write_package(out: str | Path, record: Mapping[str, Any], bodies: Mapping[str, str | Path]) -> int:
    """Write a package and return its size in bytes; the file appears only when it is complete.

    record  a signed lid (`seal/1`), or a withdrawal (`seal-withdraw/1`), which has no bodies
    bodies  {part: path}; each must be the body the lid names
    """
    check_signature(record)
    parts = {part["part"]: part for part in record.get("parts", [])}
    if set(parts) != set(bodies):
        raise PackageError("package-bodies", f"the lid has the parts {sorted(parts)}")
    for name, part in parts.items():
        check_body(part, bodies[name])
    target = Path(out)
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        with open(draft, "xb") as stream:
            _write(stream, record, {name: bodies[name] for name in parts})
        os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return target.stat().st_size


def _write(stream: BinaryIO, record: Mapping[str, Any], bodies: Mapping[str, str | Path]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for part, path in bodies.items():
            wide = os.path.getsize(path) > _ZIP64
            with open(path, "rb") as reader, archive.open(_info(body_name(part)), "w", force_zip64=wide) as writer:
                while block := reader.read(_BLOCK):
                    writer.write(block)
        archive.writestr(_info(PACKAGE), _manifest(record, bodies))


def _manifest(record: Mapping[str, Any], bodies: Mapping[str, Any]) -> bytes:
    return jcs({"v": "bid-package/1", "lid": dict(record), "bodies": {part: body_name(part) for part in bodies}})


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_STORED, 3, 0o100644 << 16
    return info


class Package:
    """A package whose structure was checked, and whose record carries its own good signature.

    record  the lid or withdrawal
    parts   the names of its parts in order; none for a withdrawal
    """

    def __init__(self, archive: zipfile.ZipFile, record: dict[str, Any]):
        self._archive, self.record = archive, record
        self.parts = [str(part["part"]) for part in record.get("parts", [])]

    @property
    def withdrawal(self) -> bool:
        return bool(self.record["v"] == "seal-withdraw/1")

    def open(self, part: str) -> IO[bytes]:
        """A binary reader of a part's body; PackageError for a part the lid does not have."""
        if part not in self.parts:
            raise PackageError("package-bodies", f"no part {part[:40]}")
        return self._archive.open(body_name(part))

    @speaking(PackageError)
    def check(self, policy: Mapping[str, Any]) -> None:
        """Everything that the box will check: the record under this policy, then every body, read once as a stream."""
        check_record(self.record, policy)
        self.check_bodies()

    @speaking(PackageError)
    def check_bodies(self) -> None:
        """Every body has the size, the hash and the header that the lid says."""
        for part in self.record.get("parts", []):
            with _readable(), self.open(part["part"]) as stream:
                digest, size = hashlib.sha256(), 0
                while block := stream.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                if (size, digest.hexdigest()) != (part["size"], part["sha256"]):
                    raise PackageError("body-mismatch", f"{part['part']} is not the body of the lid")
            with _readable(), self.open(part["part"]) as stream:
                try:
                    inspect_body(stream)  # type: ignore[arg-type]  # a stored entry can be sought in
                except AgeError as error:
                    raise PackageError("body-shape", error.detail) from error

    def extract(self, folder: str | Path) -> dict[str, Path]:
        """Write every body into `folder` (existing, trusted) as `<part>.age`; {part: path}."""
        written = {}
        for part in self.parts:
            target = Path(folder) / body_name(part)
            with _readable(), self.open(part) as reader, open(target, "xb") as writer:
                while block := reader.read(_BLOCK):
                    writer.write(block)
            written[part] = target
        return written


@contextmanager
def open_package(path: str | Path) -> Iterator[Package]:
    """The package in this file, its structure checked; PackageError(code, detail) otherwise.

    Codes: package-zip, package-entries, package-json, and those of the lid. What a stranger sends costs no more
    memory than one megabyte, and no ZIP library sees it before its directory was checked.
    """
    try:
        check_archive(path)
    except ProofError as refusal:
        raise PackageError("package-zip", refusal.detail) from refusal
    with _readable(), zipfile.ZipFile(path) as archive:
        yield Package(archive, _record(archive))


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        raise PackageError("package-zip", str(error)[:200]) from error


@speaking(PackageError)
def _record(archive: zipfile.ZipFile) -> dict[str, Any]:
    infos = archive.infolist()
    names = [info.orig_filename for info in infos]
    if any(info.flag_bits & ~0x800 for info in infos):
        raise PackageError("package-zip", "sizes and checksums stand in front of the data")
    if not names or names[-1] != PACKAGE or infos[-1].file_size > MAX_JSON or len(names) > MAX_PARTS + 1:
        raise PackageError("package-entries", f"a package ends with {PACKAGE} of at most 1 MiB")
    data = archive.read(PACKAGE)
    found = shape.record(parse(data, limit=MAX_JSON), ("v", "lid", "bodies"), PACKAGE)
    if found["v"] != "bid-package/1":
        raise PackageError("package-version", "only bid-package/1 is known")
    if not isinstance(found["lid"], dict) or found["lid"].get("v") not in ("seal/1", "seal-withdraw/1"):
        raise PackageError("package-json", "lid is a seal/1 or seal-withdraw/1")
    record: dict[str, Any] = found["lid"]
    check_signature(record)
    listed = [] if record["v"] == "seal-withdraw/1" else shape.items(record.get("parts"), 1, MAX_PARTS, "parts")
    parts = [shape.text(_field(part, "part"), "part", 32) for part in listed]
    if any(not (part.isascii() and part.isalnum() and part.islower()) for part in parts):
        raise PackageError("package-json", "part names are lower-case letters and digits")
    for part in listed:
        shape.whole(_field(part, "size"), 0, 1 << 40, "size")
        shape.text(_field(part, "sha256"), "sha256", 64)
    if _manifest(record, dict.fromkeys(parts)) != data:
        raise PackageError("package-json", "not the canonical text of this lid and its bodies")
    if names != [*map(body_name, parts), PACKAGE]:
        raise PackageError("package-entries", "the entries are the bodies in the order of the lid, then package.json")
    return record


def _field(part: object, name: str) -> object:
    if not isinstance(part, dict) or name not in part:
        raise PackageError("package-json", f"a part has {name}")
    return part[name]
