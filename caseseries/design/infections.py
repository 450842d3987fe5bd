"""Choices about infections and the antibodies against them: windows in which they are counted, limits of IgG."""

from caseseries.design.option import number

SERIES = "windows of this series"
IGG = "usual limits in practice, from memory; the limit of the laboratory for the age stands beside them"

OPTIONS = (
    number("infection_early_last_day", 30, 7, 60, "day", "Last day of the first window, which begins on day 0", SERIES),
    number("infection_middle_last_day", 90, 61, 150, "day", "Last day of the second window", SERIES),
    number("infection_late_last_day", 180, 151, 400, "day", "Last day of the third window", SERIES),
    number("igg_low_g_per_l", 7.0, 0, 20, "g/L", "IgG below which it is low at any age", IGG),
    number("igg_severe_g_per_l", 4.0, 0, 20, "g/L", "IgG below which it is severely low", IGG + "; usual for IVIG"),
    number("infection_severe_grade", 3, 2, 5, "grade", "Grade from which an infection is severe", "CTCAE version 5.0"),
)
