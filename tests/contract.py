"""What derived tables must keep of the codebook: columns and types, codes, units, keys and filled cells."""

from caseseries.records.codebook import read_codebook

TYPES = {
    "text": "str", "code": "str", "codes": "str", "test": "str", "integer": "Int64", "number": "float64",
    "boolean": "boolean",
}  # fmt: skip


def list_breaks(tables):
    """Name every way in which derived tables break what the codebook says of them."""
    book, breaks = read_codebook(), []
    for name, frame in tables.items():
        columns = book.derived[name]
        if {code: TYPES[column.type] for code, column in columns.items()} != frame.dtypes.astype("str").to_dict():
            breaks.append(f"{name}: columns and types")
        for code, column in columns.items():
            found = frame[code].dropna()
            if column.type == "codes":
                found = found.str.split("; ").explode()
            known = set(column.values) | (set(book.tests) if column.type == "test" else set())
            if column.type in ("code", "codes", "test"):
                breaks += [f"{name}.{code}: {word}" for word in sorted(set(found) - known)]
            if column.required == "cell" and frame[code].isna().any():
                breaks.append(f"{name}.{code}: empty cell")
            if column.units and "unit" in frame:
                of = frame[code].map(column.units)
                breaks += [
                    f"{name}.{code}: unit of {word}" for word in set(frame[code][of.notna() & (of != frame["unit"])])
                ]
        keys = [code for code, column in columns.items() if column.is_key]
        if keys and frame.duplicated(keys).any():
            breaks.append(f"{name}: {', '.join(keys)} twice")
    return breaks
