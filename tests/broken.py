"""A valid data set of three invented patients as text, and ways to break one thing in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Files = dict[str, bytes]
Break = Callable[[Files], None]

# P1 has lupus and stays well; P2 has myositis and dies on day 200; P3 has sclerosis and a second infusion.
VALID = {
    "dataset.toml": """\
title = "Three invented patients"
kind = "patient"
source = "Made up by hand"
licence = "CC0-1.0"
contact = "nobody@example.org"
data_cut = "2024-06-30"
notes = ["None of them lived."]

[rows]
patients = 3
infusions = 4
medications = 4
labs = 6
assessments = 8
vital_signs = 2
neuro_checks = 2
adverse_events = 3
visits = 5
""",
    "patients.csv": """\
patient_id,disease,sex,age_years,centre,disease_duration_years,weight_kg,organs,developmental_delay,\
last_contact_day,death_day
P1,SLE,female,14.5,Rome,3.2,48,kidney; skin,no,400,
P2,JDM,male,9,Rome,,27.5,muscle,no,199,200
P3,SSc,female,16,Genoa,5,51,skin; lung,,365,
""",
    "infusions.csv": """\
patient_id,product,day,dose_cells_per_kg,viability_percent,transduction_percent,cd4_cd8_ratio,\
vector_copy_number,bags,apheresis_day,release_day,fresh_or_frozen
P1,CD19-CAR,0,1000000,95,42,1.5,2.1,1,-30,-2,frozen
P2,CD19-CAR,0,1000000,93,38,1.1,,1,-14,-1,fresh
P3,CD19-CAR,0,1000000,,,,,,-28,-3,
P3,CD19-CAR,120,1000000,,,,,,-28,-3,
""",
    "medications.csv": """\
patient_id,drug,drug_class,purpose,route,daily_dose,dose_unit,start_day,end_day,ongoing
P1,prednisone,glucocorticoid,disease,oral,20,mg,-700,-1,no
P1,mycophenolate mofetil,csdmard,disease,oral,1500,mg,-600,-20,no
P2,immunoglobulin,ivig,replacement,intravenous,0.4,g/kg,60,60,no
P3,nintedanib,antifibrotic,disease,oral,,,-90,,yes
""",
    "labs.csv": """\
patient_id,day,hour,test,value,operator,unit,lower_limit,upper_limit,specimen,method
P1,-7,,UPCR,120.5,=,mg/mmol,,15,urine,
P1,28,8.5,CREAT,53,=,umol/L,35,75,serum,enzymatic
P1,28,,CD19,1,<,cells/uL,,,blood,
P2,0,,IL6,12.5,=,pg/mL,,,serum,
P2,0,,HGB,11.2,=,g/dL,11.5,15.5,blood,
P3,365,,CRP,3,=,mg/L,,5,serum,
""",
    "assessments.csv": """\
patient_id,day,instrument,item,score,attributable
P1,-7,SLEDAI2K,RASH,1,yes
P1,-7,SLEDAI2K,FEVER,0,no
P1,-7,PGA_SLE,TOTAL,1.5,
P2,-7,MMT8,BICEPS,8,
P2,-7,MMT8,DELTOID,7,
P2,-7,MMT8,TOTAL,60,
P2,-7,CMAS,TOTAL,33,
P3,-7,LUNG,FVC_L,2.15,
""",
    "vital_signs.csv": """\
patient_id,day,hour,temperature_c,systolic_bp_mmhg,diastolic_bp_mmhg,oxygen_device,oxygen_l_per_min,vasopressors
P1,1,8,38.9,104,60,none,0,
P1,1,20,39.4,82,44,nasal_cannula,2,norepinephrine; vasopressin
""",
    "neuro_checks.csv": """\
patient_id,day,hour,ice_score,capd_score,consciousness,seizure,motor,oedema,suspected
P1,5,,9,,alert,none,none,none,yes
P2,5,,,4,alert,none,none,none,no
""",
    "adverse_events.csv": """\
patient_id,term,category,grade,start_day,end_day,ongoing,serious,related,treatment
P1,Cytokine release syndrome,crs,2,1,4,no,yes,yes,tocilizumab
P1,Neutropenia,cytopenia,3,5,20,no,no,yes,
P3,Hypogammaglobulinaemia,hypogammaglobulinaemia,2,30,,yes,no,yes,"immunoglobulin, monthly"
""",
    "visits.csv": """\
patient_id,visit,planned_day,actual_day,status
P1,M1,28,28,done
P1,M3,90,95,done
P1,M6,180,,missed
P1,Fever,,101,unscheduled
P2,M1,28,30,done
""",
}


def write_files(folder: Path, *breaks: Break) -> Path:
    """Write the valid set with the given things broken in it."""
    files = {name: text.encode() for name, text in VALID.items()}
    for do_break in breaks:
        do_break(files)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def swap(name: str, old: str, new: str) -> Break:
    """Replace what stands exactly once in a file."""

    def do_break(files: Files) -> None:
        assert files[name].count(old.encode()) == 1, (name, old)
        files[name] = files[name].replace(old.encode(), new.encode())

    return do_break


def swap_all(name: str, old: str, new: str) -> Break:
    """Replace all that stands at least once in a file."""

    def do_break(files: Files) -> None:
        assert old.encode() in files[name], (name, old)
        files[name] = files[name].replace(old.encode(), new.encode())

    return do_break


def put(name: str, content: str | bytes) -> Break:
    """Write a whole file."""
    return lambda files: files.update({name: content.encode() if isinstance(content, str) else content})


def leave_out(name: str) -> Break:
    """Leave a file out, and its rows of dataset.toml."""

    def do_break(files: Files) -> None:
        del files[name]
        keep_rows(name, None)(files)

    return do_break


def move(name: str, other: str) -> Break:
    """Give a file another name."""
    return lambda files: files.update({other: files.pop(name)})


def add(name: str, *rows: str) -> Break:
    """Add rows to a table, and to the count of dataset.toml."""

    def do_break(files: Files) -> None:
        n = len(VALID[name].splitlines()) - 1 + len(rows)
        files[name] += "".join(f"{row}\n" for row in rows).encode()
        keep_rows(name, n)(files)

    return do_break


def keep_rows(name: str, n: int | None) -> Break:
    """Let dataset.toml tell another number of rows, or none."""
    table = name.removesuffix(".csv")
    line = f"{table} = {len(VALID[name].splitlines()) - 1}\n"
    return swap("dataset.toml", line, "" if n is None else f"{table} = {n}\n")


def encode(name: str, encoding: str) -> Break:
    """Encode a file otherwise."""
    return lambda files: files.update({name: files[name].decode().encode(encoding)})


def accept(file: str, rule: str, n: int, reason: str = "so it was in the source") -> Break:
    """Let dataset.toml accept an oddity."""
    text = f'\n[[oddity]]\nfile = "{file}"\nrule = "{rule}"\nn = {n}\nreason = "{reason}"\n'
    return lambda files: files.update({"dataset.toml": files["dataset.toml"] + text.encode()})
