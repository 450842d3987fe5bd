"""VS to vital signs, body size and baseline weight."""

from __future__ import annotations

import pandas as pd

from caseseries.records.sdtm.clock import Clock, compute_days
from caseseries.records.sdtm.domains import Domain, compute_sentence_case
from caseseries.records.sdtm.ledger import Ledger
from caseseries.records.sdtm.terms import POSITIONS

# Column of vital_signs, or item of BODY, of each test; then factor and offset from each unit (casefolded).
SIGNS = {
    "TEMP": "temperature_c",
    "SYSBP": "systolic_bp_mmhg",
    "DIABP": "diastolic_bp_mmhg",
    "HR": "heart_rate_per_min",
    "PULSE": "heart_rate_per_min",
    "RESP": "respiratory_rate_per_min",
    "OXYSAT": "oxygen_saturation_percent",
}
SIZES = {"HEIGHT": "HEIGHT_CM", "WEIGHT": "WEIGHT_KG"}
UNITS = {
    "temperature_c": {"c": (1, 0), "°c": (1, 0), "degrees c": (1, 0), "f": (5 / 9, -160 / 9), "°f": (5 / 9, -160 / 9)},
    "systolic_bp_mmhg": {"mmhg": (1, 0)},
    "diastolic_bp_mmhg": {"mmhg": (1, 0)},
    "heart_rate_per_min": {"beats/min": (1, 0), "bpm": (1, 0), "/min": (1, 0)},
    "respiratory_rate_per_min": {"breaths/min": (1, 0), "/min": (1, 0)},
    "oxygen_saturation_percent": {"%": (1, 0)},
    "HEIGHT_CM": {"cm": (1, 0), "m": (100, 0), "in": (2.54, 0), "mm": (0.1, 0)},
    "WEIGHT_KG": {"kg": (1, 0), "g": (0.001, 0), "lb": (0.45359237, 0)},
}
READING = ["patient_id", "day", "hour", "position", "time_point"]


def derive_vital_signs(vs: Domain, clock: Clock, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Turn VS into observations, body sizes and baseline weights.

    Readings of one patient, day, hour, position and planned time point stand in one row. A second reading of the same
    sign there starts a second row, so that no reading is lost and the check sees that the key stands twice.

    Returns
    -------
    (vital_signs, assessments, weights)
        One row per observation; one row per height or weight (instrument BODY); baseline weight in kg by participant:
        the record flagged as baseline, else the last on or before day 0.
    """
    code = vs.code("VSTESTCD")
    target = code.map(SIGNS).fillna(code.map(SIZES))
    days = compute_days(vs, clock, ledger, date="VSDTC", study_day="VSDY")
    value = _choose_value(vs, target)
    reported = vs.text("VSORRES").fillna(vs.text("VSSTRESC"))
    kept = ledger.sift(
        vs,
        code,
        (vs.code("VSSTAT") == "NOT DONE", "not done"),
        (target.isna(), "no column for this sign"),
        (reported.isna() & value.isna(), "no result"),
        (value.isna(), "result is not a number in a known unit", vs.text("VSORRESU")),
        (days["day"].isna(), "no complete date"),
    )
    position = vs.code("VSPOS").map(POSITIONS)
    ledger.change(
        vs,
        kept & position.isna() & vs.text("VSPOS").notna(),
        what="VSPOS",
        reason="position not known: left empty",
        examples=vs.code("VSPOS"),
    )
    readings = pd.DataFrame(
        {
            "patient_id": vs.patients(),
            "day": days["day"],
            "hour": days["hour"],
            "position": position,
            "time_point": compute_sentence_case(vs.text("VSTPT")),
            "target": target,
            "value": value,
            "is_baseline": (vs.code("VSBLFL") == "Y").fillna(False),
        }
    )[kept]
    is_size = readings["target"].isin(SIZES.values())
    ledger.book(vs, kept & target.isin(SIZES.values()), what="assessments")
    ledger.book(vs, kept & ~target.isin(SIZES.values()), what="vital_signs")
    return _widen(readings[~is_size]), _list_sizes(readings[is_size]), _derive_weights(readings)


def _choose_value(vs: Domain, target: pd.Series) -> pd.Series:
    how = pd.DataFrame(
        {f"{name} {unit}": numbers for name, known in UNITS.items() for unit, numbers in known.items()},
        index=["factor", "offset"],
        dtype="float64",
    ).T
    value = pd.Series(float("nan"), index=target.index)
    for result, unit in (("VSSTRESN", "VSSTRESU"), ("VSORRES", "VSORRESU")):
        found = how.reindex(target + " " + vs.text(unit).str.casefold()).set_axis(target.index)
        value = value.fillna((vs.number(result) * found["factor"] + found["offset"]).round(4))
    return value


def _widen(readings: pd.DataFrame) -> pd.DataFrame:
    # A second reading under the same key gets a row of its own.
    readings = readings.assign(again=readings.groupby([*READING, "target"], dropna=False).cumcount())
    key = [*READING, "again"]
    rows = readings.groupby(key, dropna=False, sort=True).ngroup()
    wide = readings.assign(row=rows).pivot_table(index="row", columns="target", values="value", aggfunc="first")
    head = readings[READING].set_axis(rows)
    return head[~head.index.duplicated()].sort_index().join(wide).reset_index(drop=True)


def _list_sizes(readings: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": readings["patient_id"],
            "day": readings["day"],
            "instrument": "BODY",
            "item": readings["target"],
            "score": readings["value"],
        }
    )


def _derive_weights(readings: pd.DataFrame) -> pd.Series:
    weights = readings[(readings["target"] == "WEIGHT_KG") & (readings["is_baseline"] | (readings["day"] <= 0))]
    weights = weights.sort_values(["is_baseline", "day", "value"])
    return weights.groupby("patient_id")["value"].last()
