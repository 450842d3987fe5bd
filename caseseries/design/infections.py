"""Choices about infections: the windows in which they are counted."""

from caseseries.design.option import number

SERIES = "windows of this series"

OPTIONS = (
    number("infection_early_last_day", 30, 7, 60, "day", "Last day of the first window, which begins on day 0", SERIES),
    number("infection_middle_last_day", 90, 61, 150, "day", "Last day of the second window", SERIES),
    number("infection_late_last_day", 180, 151, 400, "day", "Last day of the third window", SERIES),
    number("infection_severe_grade", 3, 2, 5, "grade", "Grade from which an infection is severe", "CTCAE version 5.0"),
)
