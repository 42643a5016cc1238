"""Days as files write them, and as people do."""

from __future__ import annotations

import pytest

from detente.case.days import InvalidError, dated, days_or_dash, iso_date, meant

FORM = "must be an ISO date such as 2023-02-08"


@pytest.mark.parametrize(
    "text",
    [
        "5 June 2018", "5th of June 2018", "Tuesday, 5 June 2018", "June 5, 2018", "Jun. 5th 2018", "5-Jun-2018",
        "2018 June 5", "2018-6-5", "2018/06/05", "2018.06.05", "20180605", "5.6.2018", "2018-06-05T14:30:00Z",
        "2018-06-05 00:00:00", "5  june  2018",
    ],
)  # fmt: skip
def test_a_day_in_another_form_has_its_remedy(text):
    for reads in (iso_date, dated, days_or_dash):
        with pytest.raises(InvalidError, match=f"^{FORM}: write 2018-06-05$"):
            reads(text)


@pytest.mark.parametrize(
    "text",
    ["5/6/2018", "05-06-2018", "5 June", "5 June 18", "31 June 2018", "5 Ju 2018", "5 Juno 2018", "soon", "13/13/2018"],
)  # fmt: skip
def test_what_may_mean_two_days_or_none_has_none(text):
    assert meant(text) == ""
    with pytest.raises(InvalidError, match=f"^{FORM}$"):
        iso_date(text)


@pytest.mark.parametrize(("text", "day"), [("25/06/2018", "2018-06-25"), ("06/25/2018", "2018-06-25")])
def test_where_only_one_number_can_be_a_month(text, day):
    assert meant(text) == day


@pytest.mark.parametrize("text", ["June 2018", "Jun 2018", "06/2018", "2018/6", "2018-6", "6.2018"])
def test_a_month_is_one_where_months_may_stand(text):
    with pytest.raises(InvalidError, match=f"^{FORM}$"):
        iso_date(text)
    with pytest.raises(InvalidError, match=f"^{FORM}, or a month or year: write 2018-06$"):
        dated(text)
    with pytest.raises(InvalidError, match=f"^{FORM}: write 2018-06$"):
        days_or_dash(text)


def test_a_day_that_its_month_does_not_have_is_said_wherever_days_stand():
    for reads in (iso_date, dated, days_or_dash):
        with pytest.raises(InvalidError, match="no such day: June has 30 days"):
            reads("2018-06-31")
