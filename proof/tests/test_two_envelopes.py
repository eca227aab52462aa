"""Two envelopes in the tools that need no platform: policies, sealing folders, and a trustee's own program."""

import json

import proof_cast as cast
import pytest
import tool_cast as tool

from sunshine_proof.bidform import FormError, check_summary
from sunshine_proof.cli.bidfolder import prepare, read_folder
from sunshine_proof.envelopes import FIRST_LIST, SECOND_LIST, EnvelopeError, first, parts_of_list, second
from sunshine_proof.policy import SealError, check_policy, policy_id
from sunshine_proof.signer import Signer
from sunshine_proof.tender import TenderError, read_tender
from sunshine_proof.trusteefiles import TrusteeError, make_release, read_opening

pytestmark = pytest.mark.whole
TECHNICAL = "ab" * 32
SUMMARY = {
    "v": "bid-summary/1",
    "lot": "L-1",
    "total_fen": None,
    "rate": None,
    "delivery_days": 30,
    "quality": "",
    "project_leader": "",
    "validity_days": 90,
}


def two():
    return {**cast.policy(), "second_envelope": ["price"]}


def test_a_policy_of_two_envelopes_is_another_policy_and_tells_its_envelopes_apart():
    check_policy(two())
    assert policy_id(two()) != policy_id(cast.policy())
    assert (first(two()), second(two())) == (["summary", "tech"], ["price"])
    assert (first(cast.policy()), second(cast.policy())) == (["summary", "tech", "price"], [])


@pytest.mark.parametrize(
    "later", [[], ["summary"], ["summary", "tech", "price"], ["prices"], ["price", "price"], "price", 1]
)
def test_a_second_envelope_of_other_parts_is_refused(later):
    with pytest.raises(SealError):
        check_policy({**cast.policy(), "second_envelope": later})


def test_a_list_is_about_the_parts_of_its_own_envelope_only():
    assert parts_of_list(two(), FIRST_LIST, {"parts": ["summary", "tech"]}) == ["summary", "tech"]
    assert parts_of_list(two(), SECOND_LIST, {"parts": ["price"]}) == ["price"]
    assert parts_of_list(cast.policy(), FIRST_LIST, {}) == ["summary", "tech", "price"]
    lies = [
        (two(), FIRST_LIST, {}),
        (two(), FIRST_LIST, {"parts": ["summary", "tech", "price"]}),
        (two(), SECOND_LIST, {"parts": ["tech", "price"]}),
        (two(), SECOND_LIST, {}),
        (cast.policy(), SECOND_LIST, {"parts": ["price"]}),
        (cast.policy(), FIRST_LIST, {"parts": ["summary"]}),
    ]
    for lie in lies:
        with pytest.raises(EnvelopeError, match="envelope-parts"):
            parts_of_list(*lie)


def test_the_summary_of_two_envelopes_tells_no_price():
    assert check_summary(SUMMARY, "L-1", offer=False).total_fen is None
    for told in ({"total_fen": "1"}, {"rate": "0.9"}):
        with pytest.raises(FormError, match="price-in-first-envelope"):
            check_summary(SUMMARY | told, "L-1", offer=False)
        check_summary(SUMMARY | told, "L-1")
    with pytest.raises(FormError, match="form-offer"):
        check_summary(SUMMARY, "L-1")


def folder(tmp_path):
    policy = {**tool.future(), "second_envelope": ["price"]}
    source = tool.written_tender(tmp_path, tool.tender(policy))
    prepare(read_tender(source), source.read_bytes(), tmp_path / "bid")
    return tool.filled(tmp_path / "bid")


def test_the_folder_warns_in_words_and_writes_no_price_into_the_summary(tmp_path):
    made = folder(tmp_path)
    assert "双信封" in (made / "README.txt").read_text()
    found = read_folder(made)
    assert found.problems == () and found.total_fen == 300102
    summary = json.loads(found.documents["summary"]["summary.json"])
    assert (summary["total_fen"], summary["rate"]) == (None, None)
    assert json.loads(found.documents["price"]["price.json"])["total_fen"] == "300102"


@pytest.mark.parametrize("told", [{"total_fen": "300102"}, {"rate": "0.9"}])
def test_a_price_written_into_the_first_envelope_is_refused_before_sealing(tmp_path, told):
    made = folder(tmp_path)
    bid = json.loads((made / "bid.json").read_text())
    bid["summary"] |= told
    (made / "bid.json").write_text(json.dumps(bid))
    assert "price-in-first-envelope" in [code for code, _ in read_folder(made).problems]


def test_a_rate_cannot_be_asked_for_in_two_envelopes(tmp_path):
    content = tool.tender({**tool.future(), "second_envelope": ["price"]}, pricing="rate", items=[], cap_fen=None)
    with pytest.raises(TenderError, match="tender-pricing"):
        read_tender(tool.written_tender(tmp_path, content))


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    from conftest import Bid

    return Bid(tmp_path_factory.mktemp("two"), second_envelope=["price"])


def asked(sealed, tag, facts, before=None):
    """The opening file of a list with these facts; `before`: the facts of the first list that lies beside a second."""
    lids = {"effective_lids": [sealed.lid["id"]]}
    made = tool.opening([sealed], closing=tool.closing([], tag=tag, facts=lids | facts))
    if tag == SECOND_LIST:
        first_facts = lids | {"parts": ["summary", "tech"]} | (before or {})
        made["first_closing"] = tool.closing([], tag=FIRST_LIST, facts=first_facts)
    return json.dumps(made).encode()


def parts(sealed, tag, facts):
    signer = Signer(cast.TRUSTEES[0].key, [cast.TRUSTEES[0].certificate, cast.INTERMEDIATE.certificate])
    made = make_release(
        read_opening(asked(sealed, tag, facts)), cast.TRUSTEES[0].identity, signer, "2027-03-01T02:00:00Z"
    )
    return [one["part"] for one in made.content["releases"]]


def test_a_trustees_program_releases_one_envelope_at_a_time(sealed):
    assert parts(sealed, FIRST_LIST, {"parts": ["summary", "tech"]}) == ["summary", "tech"]
    assert parts(sealed, SECOND_LIST, {"parts": ["price"], "technical": TECHNICAL}) == ["price"]


@pytest.mark.parametrize("before", [{"effective_lids": ["00" * 32]}, {"effective_lids": []}, {"parts": ["price"]}])
def test_who_was_not_on_the_first_list_is_on_no_second_one(sealed, before):
    with pytest.raises(TrusteeError):
        read_opening(asked(sealed, SECOND_LIST, {"parts": ["price"], "technical": TECHNICAL}, before))


@pytest.mark.parametrize("instead", [None, "", "a second list"])
def test_a_second_list_without_the_first_beside_it_opens_nothing(sealed, instead):
    made = json.loads(asked(sealed, SECOND_LIST, {"parts": ["price"], "technical": TECHNICAL}))
    made["first_closing"] = made["closing"] if instead == "a second list" else instead
    with pytest.raises(TrusteeError):
        read_opening(json.dumps(made).encode())


@pytest.mark.parametrize(
    ("tag", "facts"),
    [
        (FIRST_LIST, {}),
        (FIRST_LIST, {"parts": ["summary", "tech", "price"]}),
        (FIRST_LIST, {"parts": ["price"]}),
        (SECOND_LIST, {"parts": ["price"]}),
        (SECOND_LIST, {"parts": ["summary", "tech", "price"], "technical": TECHNICAL}),
        (SECOND_LIST, {"parts": ["price"], "technical": ""}),
    ],
)
def test_a_platform_that_wants_everything_at_once_gets_nothing(sealed, tag, facts):
    with pytest.raises(TrusteeError):
        read_opening(asked(sealed, tag, facts))
