"""密封方式: who must act at the opening. One format (seal/1), three ways a project can choose from (docs/adr/0008)."""

from datetime import timedelta

TRUSTEES, JOINT, ALONE = "T", "D", "B"  # trust.md §1.3
MODES = (TRUSTEES, JOINT, ALONE)
BIDDER_SHARE = {TRUSTEES: "none", JOINT: "required", ALONE: "alone"}
THRESHOLD = 3  # of four trustees: no three without an overseer (trust.md §1.3)
# 双信封: with two, the parts of SECOND_ENVELOPE are opened when the panel is done with the rest
ONE, TWO = "one", "two"
ENVELOPES = (ONE, TWO)
SECOND_ENVELOPE = ("price",)
# No law fixes the length of the window (办法 31 leaves it to the documents): these bounds are the house's policy.
SHORTEST, LONGEST = timedelta(hours=1), timedelta(hours=72)
