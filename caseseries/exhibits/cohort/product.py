"""Table 2: the cell product as released and given, and the lymphodepletion before it."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column, code_labels, lead_out, list_columns
from caseseries.exhibits.model import DisplayTable, Row

QUANTITIES = (
    ("dose_cells_per_kg", "Dose, CAR T cells/kg", None),
    ("viability_percent", "Viable cells at release, %", 0),
    ("transduction_percent", "CAR-positive cells among T cells, %", 0),
    ("cd4_cd8_ratio", "CD4:CD8 ratio of CAR T cells", 1),
    ("vector_copy_number", "Vector copies per transduced cell", 1),
    ("bags", "Bags released", 0),
    ("manufacturing_days", "Apheresis to release, days", 0),
    ("vein_to_vein_days", "Apheresis to infusion, days", 0),
)


def table_product(
    infusions: pd.DataFrame, lymphodepletion: pd.DataFrame, patients: pd.DataFrame, *, by: str | None = None
) -> DisplayTable:
    """Make the table of product and lymphodepletion.

    Parameters
    ----------
    infusions : DataFrame, one row per infusion
        As ``derive_infusions`` gives it; the first infusion of each patient is described.
    lymphodepletion : DataFrame, one row per patient and drug
        As ``derive_lymphodepletion`` gives it; may be empty.
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders and groups the columns.
    by
        As in ``table_baseline``.
    """
    first = infusions.drop_duplicates("patient_id")
    columns = list_columns(patients[patients["patient_id"].isin(first["patient_id"])], by=by)
    labels = code_labels("infusions", "fresh_or_frozen")
    rows, absent = [Row("Product", kind="section")], []
    rows.append(Row("Product", _word_cells(columns, first, "product", {})))
    for name, label, decimals in QUANTITIES:
        if first[name].notna().any():
            rows.append(Row(label, tuple(_quantity(column, first, name, decimals) for column in columns)))
        else:
            absent.append(label)
    if first["fresh_or_frozen"].notna().any():
        rows.append(Row("Given fresh or frozen", _word_cells(columns, first, "fresh_or_frozen", labels)))
    if (infusions.groupby("patient_id").size() > 1).any():
        counts = infusions.groupby("patient_id").size()
        cells = tuple(fmt.median_range(counts.reindex(column.patient_ids)) for column in columns)
        rows.append(Row("Infusions, number", cells))
    drugs = _drug_rows(lymphodepletion, columns)
    rows += [Row("Lymphodepletion", kind="section"), *drugs] if drugs else []
    absent += [] if drugs else ["Lymphodepletion"]
    texts = [cell for row in rows for cell in row.cells]
    has_singles = any(column.is_single for column in columns)
    what = "median (range), or patients / patients with data (%)."
    notes = (
        ("" if len(columns) == 1 else f"The last column gives {what}") if has_singles else f"Cells give {what}",
        "Lymphodepletion: total dose, and its days relative to infusion (day 0)." if drugs else "",
        f"{fmt.NOT_RECORDED}, not recorded or not given." if fmt.NOT_RECORDED in texts else "",
        f"Not recorded: {'; '.join(absent)}." if absent else "",
    )  # fmt: skip
    return DisplayTable(("", *(column.heading for column in columns)), tuple(rows), tuple(filter(None, notes)))


def _quantity(column: Column, frame: pd.DataFrame, name: str, decimals: int | None) -> str:
    values = column.pick(frame)[name].dropna()
    if decimals is not None:
        return fmt.median_range(values, decimals)
    if len(set(values)) <= 1:
        return fmt.power_of_ten(values.iloc[0]) if len(values) else fmt.NOT_RECORDED
    low, middle, high = (fmt.power_of_ten(value) for value in (values.min(), values.median(), values.max()))
    return f"{middle} ({low} to {high})"


def _word_cells(columns: list[Column], frame: pd.DataFrame, name: str, labels: dict[str, str]) -> tuple[str, ...]:
    def write(column: Column) -> str:
        words = column.pick(frame)[name].dropna().map(lambda code: lead_out(labels[code]) if code in labels else code)
        if words.empty:
            return fmt.NOT_RECORDED
        if column.is_single or len(set(words)) == 1:
            return words.iloc[0]
        counts = words.value_counts().sort_index()
        return "; ".join(f"{word} {fmt.n_percent(int(n), len(words))}" for word, n in counts.items())

    return tuple(write(column) for column in columns)


def _drug_rows(lymphodepletion: pd.DataFrame, columns: list[Column]) -> list[Row]:
    rows = []
    for (drug, unit), own in lymphodepletion.groupby(["drug", "dose_unit"], dropna=False):
        cells = tuple(_drug_cell(column, own) for column in columns)
        label = drug.capitalize() if pd.isna(unit) else f"{drug.capitalize()}, {fmt.unit(unit)}"
        rows.append(Row(label, cells))
    return rows


def _drug_cell(column: Column, own: pd.DataFrame) -> str:
    given = column.pick(own)
    if given.empty:
        return fmt.NOT_RECORDED
    doses = given["total_dose"]
    dose = fmt.recorded(doses.iloc[0]) if doses.nunique(dropna=False) == 1 else fmt.median_range(doses)  # noqa: PD101
    first, last = given["first_day"].min(), given["last_day"].max()
    days = fmt.day(first) if first == last else f"{fmt.day(first)} to {fmt.day(last)}"
    everyone = "" if column.is_single or len(given) == column.n else f", {len(given)}/{column.n} patients"
    return f"{dose}; {'day' if first == last else 'days'} {days}{everyone}"
