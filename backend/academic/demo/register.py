"""This file holds the institutions of the demo country: real ones, with sizes that only resemble theirs.

Acronym, name and sector of the 22 universities are those accredited in 2025 by the Zimbabwe Council for Higher
Education. The share of women comes from ZIMSTAT, Education Statistics Report 2018-2020: in 2020, 53.8 % of university
students (62,629 of 116,328), 77.4 % in teachers' colleges (18,639 of 24,081), 43.0 % in technical and vocational
colleges (14,062 of 32,709), and four universities by name. The others get what makes the total right. Sizes follow
those totals; how they divide is ours. The colleges are real, their codes are ours.
"""

from dataclasses import dataclass

from faculties.models import Institution

UNIVERSITY, POLYTECHNIC = Institution.Type.UNIVERSITY, Institution.Type.POLYTECHNIC
TEACHERS_COLLEGE = Institution.Type.TEACHERS_COLLEGE
STATE, PRIVATE, CHURCH = Institution.Sector.STATE, Institution.Sector.PRIVATE, Institution.Sector.CHURCH

WOMEN_PERCENT = {UNIVERSITY: 55.4, POLYTECHNIC: 43, TEACHERS_COLLEGE: 77}
WOMEN_PERCENT_AT = {"MSUAS": 35, "HIT": 39, "MUAST": 44, "NUST": 44, "WUA": 78}


@dataclass(frozen=True, slots=True)
class Entry:
    """One institution of the register; `size` is its students where the country has about 173,000."""

    code: str
    name: str
    type: str
    sector: str
    province: str
    established: int | None
    size: int
    faculties: tuple[str, ...]

    @property
    def women_percent(self) -> float:
        return WOMEN_PERCENT_AT.get(self.code, WOMEN_PERCENT[Institution.Type(self.type)])

    @property
    def domain(self) -> str:
        """Where its mail would go; nothing under .test exists."""
        return f"{self.code.lower()}.demo.test"


def university(
    code: str, name: str, sector: str, province: str, established: int | None, size: int, faculties: str
) -> Entry:
    return Entry(code, name, UNIVERSITY, sector, province, established, size, tuple(faculties.split()))


def polytechnic(code: str, name: str, province: str, size: int, established: int | None = None) -> Entry:
    return Entry(code, name, POLYTECHNIC, STATE, province, established, size, ("TENG", "TBUS", "TAPP"))


def teachers_college(
    code: str, name: str, province: str, size: int, sector: str = STATE, faculties: str = "TPRI THUM"
) -> Entry:
    return Entry(code, name, TEACHERS_COLLEGE, sector, province, None, size, tuple(faculties.split()))


UNIVERSITIES = (
    university("UZ", "University of Zimbabwe", STATE, "ZW-HA", 1952, 18500,
               "AGR ART BUS COM EDU ENG LAW MED SCI SOC VET"),
    university("MSU", "Midlands State University", STATE, "ZW-MI", 1999, 20000,
               "AGR ART BUS COM EDU LAW MED SCI SOC"),
    university("NUST", "National University of Science and Technology", STATE, "ZW-BU", 1991, 12500,
               "BUS COM EDU ENG MED SCI"),
    university("ZOU", "Zimbabwe Open University", STATE, "ZW-HA", 1999, 13600, "AGR ART BUS COM EDU SCI SOC"),
    university("GZU", "Great Zimbabwe University", STATE, "ZW-MV", 2002, 12000, "AGR ART BUS EDU LAW MED SCI SOC"),
    university("CUT", "Chinhoyi University of Technology", STATE, "ZW-MW", 2001, 9000, "AGR ART BUS COM ENG SCI"),
    university("BUSE", "Bindura University of Science Education", STATE, "ZW-MC", 2000, 6000,
               "AGR BUS COM EDU SCI SOC"),
    university("LSU", "Lupane State University", STATE, "ZW-MN", 2004, 3200, "AGR ART BUS EDU SOC"),
    university("HIT", "Harare Institute of Technology", STATE, "ZW-HA", 2005, 2900, "BUS COM ENG SCI"),
    university("MSUAS", "Manicaland State University of Applied Sciences", STATE, "ZW-MA", None, 2400,
               "AGR BUS ENG MIN"),
    university("MUAST", "Marondera University of Agricultural Sciences and Technology", STATE, "ZW-ME", None, 1900,
               "AGR COM ENG"),
    university("GSU", "Gwanda State University", STATE, "ZW-MS", None, 1100, "AGR COM MIN"),
    university("ZNDU", "Zimbabwe National Defence University", STATE, "ZW-HA", None, 500, "DEF SOC"),
    university("PAUMP", "Pan African University of Minerals Processing", STATE, "ZW-BU", None, 150, "MIN"),
    university("WUA", "Women's University in Africa", PRIVATE, "ZW-HA", 2002, 3200, "AGR BUS EDU SOC"),
    university("AU", "Africa University", PRIVATE, "ZW-MA", 1992, 2100, "AGR ART BUS LAW SOC THE"),
    university("CUZ", "Catholic University in Zimbabwe", PRIVATE, "ZW-HA", 1999, 2100, "ART BUS COM SOC THE"),
    university("ZEGU", "Zimbabwe Ezekiel Guti University", PRIVATE, "ZW-MC", 2012, 1900, "AGR BUS COM EDU SOC THE"),
    university("SU", "Solusi University", PRIVATE, "ZW-MS", 1894, 1800, "ART BUS COM EDU THE"),
    university("RCU", "Reformed Church University", PRIVATE, "ZW-MV", 2001, 1000, "ART BUS EDU THE"),
    university("AJU", "Arrupe Jesuit University", PRIVATE, "ZW-HA", None, 350, "ART SOC THE"),
    # Intergovernmental: its members are states.
    university("ESAMI", "Eastern and Southern African Management Institute", STATE, "ZW-HA", None, 150, "BUS"),
)  # fmt: skip

POLYTECHNICS = (
    polytechnic("HRE-POLY", "Harare Polytechnic", "ZW-HA", 8200),
    polytechnic("BYO-POLY", "Bulawayo Polytechnic", "ZW-BU", 5800, 1927),
    polytechnic("GWE-POLY", "Gweru Polytechnic", "ZW-MI", 3600),
    polytechnic("KWE-POLY", "Kwekwe Polytechnic", "ZW-MI", 3600),
    polytechnic("MUT-POLY", "Mutare Polytechnic", "ZW-MA", 3500),
    polytechnic("MSV-POLY", "Masvingo Polytechnic", "ZW-MV", 3200),
    polytechnic("KUSHINGA", "Kushinga Phikelela Polytechnic", "ZW-ME", 2500),
    polytechnic("JMN-POLY", "Joshua Mqabuko Nkomo Polytechnic", "ZW-MS", 2300),
)

TEACHERS_COLLEGES = (
    teachers_college("MKOBA", "Mkoba Teachers' College", "ZW-MI", 2500),
    teachers_college("MORGAN-ZINTEC", "Morgan Zintec Teachers' College", "ZW-HA", 2600),
    teachers_college("HILLSIDE", "Hillside Teachers' College", "ZW-BU", 1900, faculties="TSCI THUM"),
    teachers_college("UCE", "United College of Education", "ZW-BU", 2100),
    teachers_college("MARYMOUNT", "Marymount Teachers' College", "ZW-MA", 1900),
    teachers_college("BELVEDERE", "Belvedere Technical Teachers' College", "ZW-HA", 2200, faculties="TSCI THUM"),
    teachers_college("MUT-TC", "Mutare Teachers' College", "ZW-MA", 2200, faculties="TSCI THUM"),
    teachers_college("MSV-TC", "Masvingo Teachers' College", "ZW-MV", 1900),
    teachers_college("SEKE", "Seke Teachers' College", "ZW-HA", 1900),
    teachers_college("MORGENSTER", "Morgenster Teachers' College", "ZW-MV", 1500, CHURCH),
    teachers_college("NYADIRE", "Nyadire Teachers' College", "ZW-ME", 1300, CHURCH),
    teachers_college("BONDOLFI", "Bondolfi Teachers' College", "ZW-MV", 1100, CHURCH),
    teachers_college("MADZIWA", "Madziwa Teachers' College", "ZW-MC", 1000),
)

# The largest first: PostgreSQL plans the checks of foreign keys once, when it meets the first rows.
REGISTER = tuple(
    sorted((*UNIVERSITIES, *POLYTECHNICS, *TEACHERS_COLLEGES), key=lambda entry: (-entry.size, entry.code))
)


def shares(students: int) -> dict[str, int]:
    """So many students divided over the register by size, to the last one; each institution has at least one."""
    spare, total = students - len(REGISTER), sum(entry.size for entry in REGISTER)
    given = {entry.code: 1 + spare * entry.size // total for entry in REGISTER}
    given[REGISTER[0].code] += students - sum(given.values())
    return given
