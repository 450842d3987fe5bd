"""QS to items of instruments."""

from __future__ import annotations

import pandas as pd

from caseseries.records.codebook import read_codebook
from caseseries.records.sdtm.clock import Clock, compute_days
from caseseries.records.sdtm.domains import Domain
from caseseries.records.sdtm.ledger import Ledger

NOT_APPLICABLE = ("NA", "N/A", "NOT APPLICABLE")


def derive_assessments(qs: Domain, clock: Clock, ledger: Ledger) -> pd.DataFrame:
    """Turn QS into items of the instruments that the codebook knows.

    The instrument is the codebook's of the same letters and digits as QSCAT (``ADAS-COG`` is ``ADASCOG``), the item the
    one called QSTESTCD. An item not done or not applicable is imported with an empty score; a code that a trial gives
    to "not applicable" (such as 96) never becomes a score.

    Returns
    -------
    DataFrame, one row per item
    """
    instruments = read_codebook().instruments
    instrument = qs.code("QSCAT").str.replace(r"[^A-Z0-9]", "", regex=True)
    item = qs.code("QSTESTCD")
    known = [f"{code} {name}" for code, each in instruments.items() for name in each.items]
    is_known = (instrument + " " + item).isin(known)
    days = compute_days(qs, clock, ledger, date="QSDTC", study_day="QSDY")
    score = qs.number("QSSTRESN").fillna(qs.number("QSSTRESC")).fillna(qs.number("QSORRES"))
    result = qs.code("QSSTRESC").fillna(qs.code("QSORRES"))
    not_applicable = qs.code("QSORRES").isin(NOT_APPLICABLE) | qs.code("QSSTRESC").isin(NOT_APPLICABLE)
    not_done = (qs.code("QSSTAT") == "NOT DONE").fillna(False)
    empty = not_applicable | not_done | (score.isna() & result.isna())
    category = qs.code("QSCAT")
    kept = ledger.sift(
        qs,
        category,
        (~instrument.isin(list(instruments)), "no instrument of the codebook has this name"),
        (~is_known, "no item of the instrument has this code", item),
        (score.isna() & ~empty, "result is not a number", result),
        (days["day"].isna(), "no complete date"),
    )
    ledger.change(
        qs,
        kept & not_applicable,
        what=category,
        reason="not applicable: imported with an empty score",
        examples=qs.text("QSSTRESC"),
    )
    ledger.change(qs, kept & empty & ~not_applicable, what=category, reason="not done: imported with an empty score")
    ledger.book(qs, kept, what="assessments")
    items = pd.DataFrame({"patient_id": qs.patients(), "day": days["day"], "instrument": instrument, "item": item})
    return items.assign(score=score.mask(empty))[kept]
