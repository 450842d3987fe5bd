"""Choices about lupus: how SLEDAI-2K is scored, and what counts as remission and low activity."""

from caseseries.design.option import choice, number

SLEDAI = "Gladman 2002, J Rheumatol 29:288"
DORIS = "van Vollenhoven 2021, Lupus Sci Med 8:e000538"
LLDAS = "Franklyn 2016, Ann Rheum Dis 75:1615"
CHILDHOOD_REMISSION = "Smith 2024, Clin Immunol 263:110214"
CHILDHOOD_LLDAS = "Smith 2023, Clin Immunol 250:109296"
SRI = "Furie 2009, Arthritis Rheum 61:1143; without BILAG"
OWN = "own choice"

_SLEDAI_OPTIONS = (
    number(
        "sledai_window_days",
        30,
        1,
        90,
        "days",
        "Days up to the visit in which a finding counts; 10 in the first version of the index",
        f"Touma 2010, Lupus 19:49; {SLEDAI}",
    ),
    choice(
        "sledai_lab_descriptors",
        "items_then_labs",
        ("items_then_labs", "items", "labs"),
        "Where the descriptors that rest on a laboratory result are taken from",
        OWN,
    ),
    number(
        "sledai_upcr_limit_mg_per_g",
        500.0,
        0,
        5000,
        "mg/g",
        "Proteinuria above which the descriptor is present, where no 24-hour collection was made",
        f"{SLEDAI}, for 0.5 g in 24 hours",
    ),
    number(
        "sledai_protein_limit_g_per_day",
        0.5,
        0,
        5,
        "g/day",
        "Protein in urine of 24 hours above which the descriptor is present",
        SLEDAI,
    ),
    number(
        "sledai_urine_cells_limit_per_hpf",
        5.0,
        0,
        100,
        "per hpf",
        "Erythrocytes or leukocytes in urine above which the descriptor is present",
        SLEDAI,
    ),
    number(
        "sledai_platelets_limit_10_9_per_l",
        100.0,
        0,
        500,
        "10^9/L",
        "Platelets below which the descriptor is present",
        SLEDAI,
    ),
    number(
        "sledai_leukocytes_limit_10_9_per_l",
        3.0,
        0,
        20,
        "10^9/L",
        "Leukocytes below which the descriptor is present",
        SLEDAI,
    ),
    number(
        "sledai_fever_limit_c",
        38.0,
        36,
        42,
        "degrees C",
        "Temperature above which the descriptor of fever is present, where it was not recorded",
        SLEDAI,
    ),
    number(
        "sledai_arthritis_joints",
        2,
        1,
        10,
        "joints",
        "Joints with pain and inflammation from which arthritis is present, where a count and no item was recorded; "
        "3 for the wording 'more than 2 joints'",
        f"{SLEDAI}; more than 2: SLEDAI of 1992 and SELENA",
    ),
    number(
        "treatment_findings_last_day",
        30,
        -1,
        365,
        "day",
        "Last day after an infusion on which low counts, fever, hair loss and mucosal ulcers, from lymphodepletion on, "
        "are put down to the treatment unless the investigator says otherwise",
        OWN,
    ),
)

_DOSE_OPTIONS = (
    choice(
        "glucocorticoid_dose_rule",
        "visit_day_and_mean",
        ("visit_day_and_mean", "visit_day", "mean"),
        "Dose that must keep to the limit of a state",
        OWN,
    ),
    number(
        "glucocorticoid_mean_days",
        28,
        1,
        365,
        "days",
        "Days up to the visit over which the mean dose is taken",
        OWN,
    ),
    choice(
        "glucocorticoid_pulses_in_dose",
        "counted",
        ("counted", "left_out"),
        "Whether intravenous pulses for the disease count in the dose of a state",
        OWN,
    ),
)

_STATE_OPTIONS = (
    choice(
        "lupus_global_source",
        "lupus_scale_or_converted_vas",
        ("lupus_scale_or_converted_vas", "lupus_scale"),
        "Physician's global assessment: on the scale of 0 to 3, or else the 0 to 10 cm scale times 0.3",
        OWN,
    ),
    number("remission_pga_limit", 0.5, 0, 3, "points", "Limit of the physician's global in remission", DORIS),
    choice(
        "remission_pga_rule",
        "below",
        ("below", "at_or_below"),
        "Whether the physician's global must lie below its limit in remission",
        f"{DORIS}; at or below: framework of 2017, van Vollenhoven, Ann Rheum Dis 76:554",
    ),
    number(
        "remission_prednisone_limit_mg_per_day",
        5.0,
        0,
        100,
        "mg/day",
        "Limit of the dose as prednisone in remission, and the most that a child's limit can be",
        f"{DORIS}; {CHILDHOOD_REMISSION}",
    ),
    choice(
        "remission_prednisone_rule",
        "at_or_below",
        ("at_or_below", "below"),
        "Whether a dose on the limit is within it in remission; the source prints both",
        DORIS,
    ),
    number(
        "ccr_prednisone_limit_mg_per_kg_per_day",
        0.1,
        0,
        2,
        "mg/kg/day",
        "Limit of a child's dose as prednisone in remission",
        CHILDHOOD_REMISSION,
    ),
    number("lldas_sledai_limit_points", 4, 0, 105, "points", "Highest SLEDAI-2K in low activity", LLDAS),
    number("lldas_pga_limit", 1.0, 0, 3, "points", "Highest physician's global in low activity", LLDAS),
    number(
        "lldas_prednisone_limit_mg_per_day",
        7.5,
        0,
        100,
        "mg/day",
        "Highest dose as prednisone in low activity, and the most that a child's limit can be",
        f"{LLDAS}; {CHILDHOOD_LLDAS}",
    ),
    number(
        "clldas_prednisone_limit_mg_per_kg_per_day",
        0.15,
        0,
        2,
        "mg/kg/day",
        "Highest dose of a child as prednisone in low activity",
        CHILDHOOD_LLDAS,
    ),
    choice(
        "lldas_unrecorded_features",
        "absent",
        ("absent", "not_known"),
        "What haemolytic anaemia and gastrointestinal activity are taken for where nobody recorded them",
        OWN,
    ),
    number("msri_baseline_points", 6, 4, 105, "points", "Lowest SLEDAI-2K at baseline that can respond", SRI),
    number("msri_fall_points", 4, 1, 105, "points", "Fall of SLEDAI-2K that is a response", SRI),
    number("msri_pga_worsening_points", 0.3, 0, 3, "points", "Rise of the physician's global that rules it out", SRI),
)

OPTIONS = (*_SLEDAI_OPTIONS, *_DOSE_OPTIONS, *_STATE_OPTIONS)
