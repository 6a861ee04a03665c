"""This file holds the age bands that figures count by."""

from datetime import date

from academic.registrations.models import Registration

AgeBand = Registration.AgeBand
# Upper bounds, exclusive. The coarse band 0-34 is never worked out: only a source states it.
BANDS = ((20, AgeBand.UNDER_20), (25, AgeBand.FROM_20), (35, AgeBand.FROM_25), (55, AgeBand.FROM_35))


def age_band(birth_year: int | None, day: date) -> str:
    """The band of the age reached in the year of `day`; blank where no year of birth is known."""
    if birth_year is None:
        return ""
    age = day.year - birth_year
    return next((band for bound, band in BANDS if age < bound), AgeBand.FROM_55)
