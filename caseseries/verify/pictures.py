"""Two pictures by their dots: as an eye sees them, and side by side for people to judge."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from caseseries.exhibits.forms.provenance import NAME
from caseseries.verify.contents import UnreadableError
from caseseries.verify.grades import Difference, Grade, Pictures

NOTICEABLE = 2.3
"""Distance in CIELAB (CIE 1976) from which on an eye tells two colours apart (Mahy 1994, Color Res Appl 19:105)."""

WIDTH, MARGIN = 420, 60
"""Dots across a picture of the certificate, and dots kept around a difference."""

RECORDS = {NAME, "XML:com.adobe.xmp", "xmp", "exif", "Software"}
"""What a picture carries to say what made it; it is compared as a record."""

MARK = (200, 0, 130)
TO_XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def compare_pictures(old: bytes, new: bytes, *, file: str) -> list[Difference]:
    """Compare two pictures dot by dot; an empty list if all dots are the same.

    Raises
    ------
    UnreadableError
        If one of them is cut off or is no picture.
    """
    (first, facts), (second, other_facts) = _read(old), _read(new)
    if facts != other_facts:
        differences = [
            Difference(file, f"picture: {name}", facts.get(name, ""), other_facts.get(name, ""), Grade.DIFFERS, why)
            for name in dict.fromkeys([*facts, *other_facts])
            if facts.get(name) != other_facts.get(name)
            for why in ["what the file says beside its dots differs"]
        ]
        return [*differences, *_compare_dots(first, second, file=file)]
    return _compare_dots(first, second, file=file)


def _compare_dots(first: Image.Image, second: Image.Image, *, file: str) -> list[Difference]:
    if first.size != second.size:
        sizes = ["{} x {} dots".format(*image.size) for image in (first, second)]
        shown = show_pictures(first, second.resize(first.size), box=None)
        return [Difference(file, "picture", *sizes, Grade.DIFFERS, "another size", pictures=shown)]
    dots = [np.asarray(image) for image in (first, second)]
    changed = (dots[0] != dots[1]).any(axis=2)
    n_changed = int(changed.sum())
    if not n_changed:
        return []
    distance = np.linalg.norm(_to_lab(dots[0][changed]) - _to_lab(dots[1][changed]), axis=1)
    n_seen = int((distance >= NOTICEABLE).sum())
    words = f"{n_changed:,} of {changed.size:,} dots differ, at most by {distance.max():.1f} in CIELAB"
    if not n_seen:
        why = f"{words}, which no eye sees (below {NOTICEABLE})"
        return [Difference(file, "picture", "", "", Grade.PRINTED, why)]
    rows, columns = np.nonzero(changed)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    where = f"picture, columns {box[0]} to {box[2] - 1}, rows {box[1]} to {box[3] - 1}"
    why = f"{words}; an eye can see {n_seen:,} of them"
    return [Difference(file, where, "", "", Grade.DIFFERS, why, pictures=show_pictures(first, second, box=box))]


def show_pictures(old: Image.Image, new: Image.Image, *, box: tuple[int, int, int, int] | None) -> Pictures:
    """Give both pictures and their difference, cut to the region that differs and made small."""
    region = "whole picture"
    if box:
        left, top, right, bottom = box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN
        cut = (max(left, 0), max(top, 0), min(right, old.width), min(bottom, old.height))
        if (cut[2] - cut[0]) * (cut[3] - cut[1]) < 0.6 * old.width * old.height:
            region = f"columns {cut[0]} to {cut[2]}, rows {cut[1]} to {cut[3]} of {old.width} x {old.height}"
            old, new = old.crop(cut), new.crop(cut)
    return Pictures(_small(old), _small(new), _small(mark_difference(old, new)), region)


def mark_difference(old: Image.Image, new: Image.Image) -> Image.Image:
    """Give the published picture in pale grey with every dot that differs marked, large enough to be found."""
    mask = ImageChops.difference(old, new).convert("L").point(lambda value: 255 if value else 0)
    mask = mask.filter(ImageFilter.MaxFilter(3 if old.width < 2 * WIDTH else 9))
    pale = old.convert("L").point(lambda value: 160 + value * 95 // 255).convert("RGB")
    pale.paste(Image.new("RGB", old.size, MARK), mask=mask)
    return pale


def _small(image: Image.Image) -> bytes:
    scale = WIDTH / image.width
    size = (WIDTH, max(round(image.height * scale), 1))
    made = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST).save(
        made, "WEBP", quality=60, method=4
    )
    return made.getvalue()


def _read(content: bytes) -> tuple[Image.Image, dict[str, str]]:
    """Read the dots of a picture and what else decides how it is shown: its resolution and the texts in it."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content)) as image:
            image.load()
            facts = {name: str(value) for name, value in image.info.items() if name not in RECORDS}
            return flatten(image), facts
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UnreadableError(f"not a picture that can be read: {error}") from None


def flatten(image: Image.Image) -> Image.Image:
    """Give a picture on white, as print shows it."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _to_lab(dots: np.ndarray) -> np.ndarray:
    """Give sRGB dots (0 to 255) in CIELAB under D65."""
    share = dots / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = linear @ TO_XYZ.T / WHITE
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)
