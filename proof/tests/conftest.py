import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

# so that the cast is found from whatever folder the tests are started
sys.path.insert(0, str(Path(__file__).parent))

import proof_cast as cast

from sunshine_proof.seal import box_key_of, new_box_secret, seal_bid

VECTORS = Path(__file__).parent.parent / "vectors"


@pytest.fixture(scope="session")
def seal_vectors() -> list[dict[str, Any]]:
    return json.loads((VECTORS / "seal-1.json").read_text())["cases"]


@pytest.fixture(scope="session")
def merkle_vectors() -> dict[str, Any]:
    return json.loads((VECTORS / "merkle.json").read_text())


class Bid:
    """A whole sealed bid as its bidder holds it."""

    def __init__(self, folder: Path, bidder_share: str = "none", **more: Any):
        self.policy = {**cast.policy(bidder_share), **more}
        self.box_secret = new_box_secret()
        self.box_key = box_key_of(self.box_secret)
        folder.mkdir(parents=True, exist_ok=True)
        self.payloads = {part: cast.payload(folder, part, self.policy, self.box_key) for part in cast.PARTS}
        self.lid, self.secrets = seal_bid(self.policy, self.payloads, folder, self.box_secret)


@pytest.fixture(scope="session")
def bid(tmp_path_factory: pytest.TempPathFactory) -> Bid:
    return Bid(tmp_path_factory.mktemp("bid"))


@pytest.fixture(scope="session")
def joint_bid(tmp_path_factory: pytest.TempPathFactory) -> Bid:
    return Bid(tmp_path_factory.mktemp("joint"), "required")


@pytest.fixture(scope="session")
def lone_bid(tmp_path_factory: pytest.TempPathFactory) -> Bid:
    """Under seal-policy/2: nobody but its bidder opens it."""
    return Bid(tmp_path_factory.mktemp("alone"), "alone")


@pytest.fixture(scope="session")
def rsa_keys() -> list[rsa.RSAPrivateKey]:
    """Two keys of 2048 bits: making one takes its time."""
    return [rsa.generate_private_key(65537, 2048) for _ in range(2)]
