"""Words of controlled terminology and the codes of the data contract that stand for them."""

from __future__ import annotations

# Doses per day of CDISC frequencies. Longer intervals than two days, and "as needed", give no dose per day.
DOSES_PER_DAY = {
    "QD": 1,
    "QAM": 1,
    "QPM": 1,
    "QHS": 1,
    "ONCE": 1,
    "Q24H": 1,
    "DAILY": 1,
    "BID": 2,
    "Q12H": 2,
    "TID": 3,
    "Q8H": 3,
    "QID": 4,
    "Q6H": 4,
    "Q4H": 6,
    "Q3H": 8,
    "Q2H": 12,
    "QOD": 0.5,
    "Q48H": 0.5,
}
ONCE = ("ONCE",)
# Unit of the contract and factor to it, by the unit as trials write it (casefolded).
DOSE_UNITS = {
    "mg": ("mg", 1),
    "g": ("g", 1),
    "ug": ("ug", 1),
    "mcg": ("ug", 1),
    "µg": ("ug", 1),
    "ng": ("ug", 0.001),
    "mg/kg": ("mg/kg", 1),
    "g/kg": ("g/kg", 1),
    "ug/kg": ("ug/kg", 1),
    "mg/m2": ("mg/m2", 1),
    "mg/m^2": ("mg/m2", 1),
    "iu": ("IU", 1),
    "ml": ("mL", 1),
    "tablet": ("tablet", 1),
    "tab": ("tablet", 1),
    "capsule": ("capsule", 1),
    "drop": ("drop", 1),
    "puff": ("puff", 1),
}
CELL_DOSE_UNITS = {
    "cells/kg": 1,
    "10^6 cells/kg": 1e6,
    "x10^6 cells/kg": 1e6,
    "10*6 cells/kg": 1e6,
    "10^6/kg": 1e6,
    "x10^6/kg": 1e6,
}
LYMPHODEPLETION = ("fludarabine", "cyclophosphamide", "bendamustine")
# Indications that name a purpose of the contract; any other is `other`.
PURPOSES = {"PRIMARY STUDY CONDITION": "disease", "INFECTION": "infection", "CYTOKINE RELEASE SYNDROME": "crs"}

DRUG_CLASS_BY_ATC = {
    "H02AB": "glucocorticoid",
    "L04AD": "calcineurin_inhibitor",
    "L04AF": "jak_inhibitor",
    "L01AA01": "cyclophosphamide",
    "J06BA": "ivig",
    "L03AA": "gcsf",
    "P01BA": "antimalarial",
    "J01": "anti_infective",
    "J02": "anti_infective",
    "J05": "anti_infective",
    "C02KX": "vasodilator",
}
_WORDS = {
    "glucocorticoid": "prednisone prednisolone methylprednisolone hydrocortisone cortisone dexamethasone betamethasone "
    "triamcinolone deflazacort budesonide fluticasone beclometasone beclomethasone mometasone clobetasol fluocinonide",
    "csdmard": "methotrexate azathioprine mycophenolate leflunomide sulfasalazine",
    "biologic": "rituximab belimumab obinutuzumab anifrolumab abatacept adalimumab infliximab etanercept",
    "antimalarial": "hydroxychloroquine chloroquine",
    "calcineurin_inhibitor": "ciclosporin cyclosporine tacrolimus voclosporin",
    "jak_inhibitor": "baricitinib ruxolitinib tofacitinib upadacitinib",
    "ivig": "immunoglobulin immunoglobulins",
    "cyclophosphamide": "cyclophosphamide",
    "lymphodepletion": "fludarabine bendamustine",
    "anticytokine": "tocilizumab anakinra siltuximab emapalumab sarilumab canakinumab",
    "antifibrotic": "nintedanib pirfenidone",
    "vasodilator": "bosentan sildenafil iloprost nifedipine amlodipine ambrisentan macitentan",
    "gcsf": "filgrastim pegfilgrastim lenograstim",
    "anti_infective": "amoxicillin azithromycin ciprofloxacin levofloxacin cefalexin cephalexin doxycycline "
    "nitrofurantoin cotrimoxazole sulfamethoxazole trimethoprim aciclovir acyclovir valaciclovir fluconazole "
    "penicillin ampicillin erythromycin clarithromycin metronidazole vancomycin meropenem "
    "ceftriaxone letermovir posaconazole",
    "supportive": "paracetamol acetaminophen ondansetron levetiracetam omeprazole allopurinol",
}
DRUG_CLASS_BY_WORD = {word: drug_class for drug_class, words in _WORDS.items() for word in words.split()}

GRADES = {"MILD": 1, "MODERATE": 2, "SEVERE": 3, "LIFE THREATENING": 4, "LIFE-THREATENING": 4, "FATAL": 5}
YES = ("Y", "YES", "RELATED", "POSSIBLE", "POSSIBLY RELATED", "PROBABLE", "PROBABLY RELATED", "DEFINITE")
NO = ("N", "NO", "NONE", "NOT RELATED", "UNRELATED", "REMOTE", "UNLIKELY", "UNLIKELY RELATED")
RELATED = dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no")
CYTOPENIAS = (
    "ANAEMIA",
    "FEBRILE NEUTROPENIA",
    "LEUKOPENIA",
    "LYMPHOCYTE COUNT DECREASED",
    "LYMPHOPENIA",
    "NEUTROPENIA",
    "NEUTROPHIL COUNT DECREASED",
    "PANCYTOPENIA",
    "PLATELET COUNT DECREASED",
    "THROMBOCYTOPENIA",
    "WHITE BLOOD CELL COUNT DECREASED",
)
EVENT_CATEGORIES = dict.fromkeys(CYTOPENIAS, "cytopenia") | {
    "CYTOKINE RELEASE SYNDROME": "crs",
    "IMMUNE EFFECTOR CELL-ASSOCIATED NEUROTOXICITY SYNDROME": "icans",
    "IMMUNE EFFECTOR CELL-ASSOCIATED HAEMOPHAGOCYTIC LYMPHOHISTIOCYTOSIS-LIKE SYNDROME": "iec_hs",
    "HYPOGAMMAGLOBULINAEMIA": "hypogammaglobulinaemia",
}
INFECTIONS = "INFECTIONS AND INFESTATIONS"
POSITIONS = {"SUPINE": "supine", "SITTING": "sitting", "STANDING": "standing"}
ROUTES = {
    "ORAL": "oral",
    "INTRAVENOUS": "intravenous",
    "INTRAVENOUS DRIP": "intravenous",
    "SUBCUTANEOUS": "subcutaneous",
    "INTRAMUSCULAR": "intramuscular",
    "TOPICAL": "topical",
    "RESPIRATORY (INHALATION)": "inhaled",
    "INTRA-ARTICULAR": "intraarticular",
    "TRANSDERMAL": "transdermal",
    "OPHTHALMIC": "ophthalmic",
    "NASAL": "nasal",
    "RECTAL": "rectal",
    "SUBLINGUAL": "sublingual",
    "VAGINAL": "vaginal",
    "AURICULAR (OTIC)": "otic",
}
SPECIMENS = {
    "BLOOD": "blood",
    "SERUM": "serum",
    "PLASMA": "plasma",
    "URINE": "urine",
    "CEREBROSPINAL FLUID": "csf",
    "SERUM OR PLASMA": "serum",
}
