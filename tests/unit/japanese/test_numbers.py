"""Corporate numbers, municipality codes, telephone numbers and postcodes."""

from __future__ import annotations

import daichodo_validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.errors import Refused
from kanto_desk.japanese.numbers import (
    check_corporate_number,
    check_invoice_number,
    check_municipality_code,
    check_phone,
    check_postcode,
    corporate_number_digit,
    corporate_number_warning,
    municipality_code,
    phone,
    postcode,
)

_DIGITS = "0123456789"


@pytest.mark.parametrize("typed", [
    "1100005004357", "１１００００５００４３５７", "1-1000-0500-4357", "1ー1000ー0500ー4357", "T1100005004357", " 1100 0050 04357 ",
])
def test_corporate_numbers_in_any_form(typed: str) -> None:
    assert check_corporate_number(typed) == "1100005004357"
    assert corporate_number_warning(typed) is None


@pytest.mark.parametrize("number", ["7470005002863", "3180005008241", "7000012050002"])
def test_real_corporate_numbers(number: str) -> None:
    assert check_corporate_number(number) == number


@given(st.text(_DIGITS, min_size=12, max_size=12))
def test_check_digit_agrees_with_another_implementation(base: str) -> None:
    assert corporate_number_digit(base) == daichodo_validate.check_digit(base)
    number = f"{corporate_number_digit(base)}{base}"
    assert check_corporate_number(number) == number
    assert daichodo_validate.validate_corporate_number(number).valid
    assert check_invoice_number(number) == f"T{number}"


@given(st.text(_DIGITS, min_size=13, max_size=13))
def test_wrong_digits_warn_and_never_more(number: str) -> None:
    right = daichodo_validate.validate_corporate_number(number).valid
    assert (corporate_number_warning(number) is None) is right


@given(st.text(_DIGITS, min_size=12, max_size=12), st.integers(0, 12), st.sampled_from(_DIGITS[1:]))
def test_a_single_wrong_digit_is_seen_unless_a_nine_for_a_zero(base: str, place: int, step: str) -> None:
    number = f"{corporate_number_digit(base)}{base}"
    wrong = str((int(number[place]) + int(step)) % 10)
    if {wrong, number[place]} != {"0", "9"}:   # sums are counted modulo 9
        assert corporate_number_warning(number[:place] + wrong + number[place + 1:]) is not None


@pytest.mark.parametrize(("typed", "reason"), [
    ("110000500435", "12桁"), ("11000050043571", "14桁"), ("1100005004358", "検査数字"), ("株式会社", "数字だけ"), ("T", "数字だけ"),
])
def test_wrong_corporate_numbers_give_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        check_corporate_number(typed)
    assert reason in (corporate_number_warning(typed) or "")


def test_an_empty_number_is_no_warning() -> None:
    assert corporate_number_warning(" 　") is None


@pytest.mark.parametrize("code", ["111007", "121002", "141003", "141305", "221309", "202037", "232068", "130001", "080004"])
def test_municipality_codes(code: str) -> None:
    assert municipality_code(code[:5]) == code
    assert check_municipality_code(code[:5]) == check_municipality_code(code) == code


@pytest.mark.parametrize("typed", ["111008", "1110", "1110070", "さいたま"])
def test_wrong_municipality_codes(typed: str) -> None:
    with pytest.raises(Refused):
        check_municipality_code(typed)


@pytest.mark.parametrize(("typed", "shown"), [
    ("０２６６−００−００００", "0266-00-0000"), ("0266ー52ー1234", "0266-52-1234"), ("(0266)52-1234", "0266-52-1234"),
    ("0266521234", "0266-52-1234"), ("0335012345", "03-3501-2345"), ("0457654321", "045-765-4321"),
    ("0429241234", "04-2924-1234"), ("0429731234", "042-973-1234"), ("0471671234", "04-7167-1234"),
    ("0499221234", "04992-2-1234"), ("09012345678", "090-1234-5678"), ("05012345678", "050-1234-5678"),
    ("0120444444", "0120-444-444"), ("08001234567", "0800-123-4567"), ("0570012345", "0570-012-345"),
    ("+81-3-3501-2345", "03-3501-2345"), ("+81 90 1234 5678", "090-1234-5678"), ("０２６５−２２−１１１１　内線１２", "0265-22-1111 内線12"),
    ("022-921-1111", "022-921-1111"), ("0229211111", "0229211111"), ("03 3501 2345", "03-3501-2345"),
])
def test_telephone_numbers(typed: str, shown: str) -> None:
    assert check_phone(typed) == shown
    assert check_phone(shown) == shown
    assert phone(typed) == shown


@pytest.mark.parametrize(("typed", "reason"), [
    ("123", "市外局番"), ("026600000", "9桁"), ("03350123456", "11桁"), ("0012345678", "00で"), ("0266-ab-1234", "数字と"), ("", "市外局番"),
])
def test_implausible_telephone_numbers(typed: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        check_phone(typed)
    assert phone(typed) == typed


@given(st.sampled_from(["03", "045", "0266", "0120", "04992"]), st.text(_DIGITS, min_size=8, max_size=8))
def test_hyphens_change_no_digit(area: str, rest: str) -> None:
    digits = (area + rest)[:10]
    assert check_phone(digits).replace("-", "") == digits


@pytest.mark.parametrize("typed", ["〒392−0012", "3920012", "392ー0012", "３９２００１２", " 392 0012 "])
def test_postcodes(typed: str) -> None:
    assert check_postcode(typed) == postcode(typed) == "392-0012"


@pytest.mark.parametrize("typed", ["39200", "392-00123", "諏訪"])
def test_wrong_postcodes(typed: str) -> None:
    with pytest.raises(Refused, match="7桁"):
        check_postcode(typed)
    assert postcode(typed) == typed
