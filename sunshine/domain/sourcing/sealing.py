"""密封方式: who must act at the opening. One format (seal/1), two ways a project can choose from (docs/adr/0007)."""

from datetime import timedelta

TRUSTEES, JOINT = "T", "D"  # trust.md §1.3
MODES = (TRUSTEES, JOINT)
ONE, TWO = (
    "one",
    "two",
)  # 双信封: with two, the parts of SECOND_ENVELOPE are opened when the panel is done with the rest
ENVELOPES = (ONE, TWO)
SECOND_ENVELOPE = ("price",)
BIDDER_SHARE = {TRUSTEES: "none", JOINT: "required"}
# No law fixes the length of the window (办法 31 leaves it to the documents): these bounds are the house's policy.
SHORTEST, LONGEST = timedelta(hours=1), timedelta(hours=72)
