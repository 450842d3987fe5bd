"""How a measure is drawn: its name and unit on the axis, its scale, and the lines that matter to a clinician."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from caseseries.exhibits import format as fmt
from caseseries.records.codebook import read_codebook

LINEAR, LOG = "linear", "log"


@dataclass(frozen=True)
class Line:
    """A reference line across a panel: its value and a short text."""

    value: float
    words: str


@dataclass(frozen=True)
class Measure:
    """One measure of derived/scores.csv or derived/results.csv.

    ``scale`` is linear or log; ``low`` and ``high`` are ends that the axis always shows; ``lines`` are reference lines.
    """

    code: str
    name: str
    unit: str
    scale: str = LINEAR
    low: float | None = None
    high: float | None = None
    lines: tuple[Line, ...] = field(default=())

    @property
    def label(self) -> str:
        """Name and unit, as an axis bears them: SLEDAI-2K (points)."""
        return f"{self.name} ({fmt.unit(self.unit)})" if self.unit else self.name

    def with_lines(self, *lines: Line) -> Measure:
        """Give the same measure with other reference lines."""
        return replace(self, lines=lines)


SCORED = {
    measure.code: measure
    for measure in (
        Measure("SLEDAI_2K", "SLEDAI-2K", "points", low=0, lines=(Line(4, "4"),)),
        Measure("CSLEDAI_2K", "Clinical SLEDAI-2K", "points", low=0),
        Measure("UPCR", "Urine protein : creatinine", "mg/g", LOG, lines=(Line(500, "500"), Line(3000, "3,000"))),
        Measure("EGFR_U25", "eGFR, CKiD U25", "mL/min/1.73 m²", low=0, lines=(Line(90, "90"),)),
        Measure("EGFR_CKDEPI_2021", "eGFR, CKD-EPI 2021", "mL/min/1.73 m²", low=0, lines=(Line(90, "90"),)),
        Measure("CMAS", "CMAS", "points, 0–52", low=0, high=52, lines=(Line(48, "48"),)),
        Measure("MMT8", "MMT-8", "points, 0–80", low=0, high=80, lines=(Line(78, "78"),)),
        Measure("PGA", "Physician global", "cm, 0–10", low=0, high=10, lines=(Line(0.2, "0.2"),)),
        Measure("PATIENT_GLOBAL", "Patient global", "cm, 0–10", low=0, high=10),
        Measure("PGA_SLE", "Physician global", "points, 0–3", low=0, high=3),
        Measure("CHAQ", "CHAQ", "points, 0–3", low=0, high=3),
        Measure("CRISS_2016", "CRISS", "probability", low=0, high=1, lines=(Line(0.6, "0.6"),)),
        Measure("MRSS", "Modified Rodnan skin score", "points, 0–51", low=0),
        Measure("FVC_PCT", "FVC", "% predicted", low=0, lines=(Line(80, "80"),)),
        Measure("DLCO_PCT", "DLCO", "% predicted", low=0, lines=(Line(70, "70"),)),
        Measure("EUSTAR_2017", "EUSTAR activity index", "points", low=0, lines=(Line(2.5, "2.5"),)),
        Measure("TIS_JDM", "Total improvement score", "points, 0–100", low=0, high=100,
                lines=(Line(30, "30"), Line(45, "45"), Line(70, "70"))),
    )
}  # fmt: skip
"""Measures of derived/scores.csv that figures draw."""

SHORT_NAMES = {
    "CART_BLOOD": "CAR T cells",
    "CART_DNA": "CAR transgene",
    "CD19": "CD19+ B cells",
    "CRP": "CRP",
    "IL6": "Interleukin 6",
    "ANC": "Neutrophils",
    "DSDNA": "Anti-dsDNA",
    "C3": "C3",
    "C4": "C4",
    "IGG": "IgG",
    "IGA": "IgA",
    "IGM": "IgM",
    "TEMPERATURE": "Highest temperature",
}
ON_LOG_SCALE = frozenset(
    ("CART_BLOOD", "CART_DNA", "CD19", "CD20", "CRP", "FERRITIN", "IL6", "DSDNA", "CK", "ALDOLASE", "ANC", "PLT", "LYM")
)


def measure_of(code: str, *, lines: tuple[Line, ...] | None = None) -> Measure:
    """Give how a score or a laboratory test is drawn.

    Raises
    ------
    KeyError
        If the code is neither a measure that figures draw nor a test of the codebook.
    """
    if code in SCORED:
        found = SCORED[code]
    elif code == "TEMPERATURE":
        found = Measure(code, SHORT_NAMES[code], "degrees C", low=36, high=38, lines=(Line(38, "38"),))
    else:
        test = read_codebook().tests[code]
        scale = LOG if code in ON_LOG_SCALE else LINEAR
        found = Measure(code, SHORT_NAMES.get(code, test.label), test.unit, scale, low=0 if scale == LINEAR else None)
    return found if lines is None else found.with_lines(*lines)
