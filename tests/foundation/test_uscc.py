"""统一社会信用代码: the check character of GB 32100."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sunshine.domain.parties import uscc
from sunshine.foundation.refusal import Refused


def test_the_check_character_agrees_with_the_standard_by_hand():
    # 3^16 mod 31 = 28 (appendix A lists the weights 1 3 9 27 19 26 16 17 20 29 25 13 8 24 10 30 28); 31 − 28 = 3.
    assert uscc.WEIGHTS == (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    assert uscc.check_character("0" * 16 + "1") == "3"
    assert uscc.check_character("0" * 17) == "0"


def test_full_width_lower_case_and_spaces_are_understood():
    code = uscc.fictional("王")
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code.lower())
    assert uscc.check(f" {full_width[:8]} {full_width[8:]} ") == code


@pytest.mark.parametrize("text", ["", "1", "9" * 17, "9" * 19, "I" + "9" * 17, "91GGGGGG" + "1" * 10, "<b>" * 6])
def test_a_code_of_another_shape_is_refused(text):
    with pytest.raises(Refused) as refused:
        uscc.check(text)
    assert refused.value.code == "uscc-invalid"


@given(st.integers(), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_single_wrong_character_is_found(seed, position, wrong):
    code = uscc.fictional(seed)
    assert uscc.check(code) == code
    broken = code[:position] + wrong + code[position + 1 :]
    if broken != code:
        with pytest.raises(Refused):
            uscc.check(broken)


@given(st.integers(), st.integers(0, 16))
def test_two_neighbours_exchanged_are_found(seed, position):
    code = uscc.fictional(seed)
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    if swapped != code:
        with pytest.raises(Refused):
            uscc.check(swapped)


def test_fictional_codes_are_stable_distinct_and_of_no_real_region():
    codes = {uscc.fictional(n) for n in range(500)}
    assert len(codes) == 500
    assert all(code[2:8] == "999999" for code in codes)
    assert uscc.fictional(7) == uscc.fictional("7")
