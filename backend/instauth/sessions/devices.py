"""This file holds how a device is called in plain words, from what its browser says of itself."""

import re

# The first that fits names it: most browsers also claim to be the ones they descend from.
PROGRAMS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|Chromium/|CriOS/"),
    ("Safari", r"Version/[\d.]+ .*Safari/"),
]
SYSTEMS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
]
PRODUCT = re.compile(r"(?P<name>[A-Za-z][\w.-]{0,39})/\d[\w.]*")
UNKNOWN = "Unknown device"


def device_name(user_agent: str) -> str:
    """ "Firefox on Windows", the name of another program ("curl"), or what staff who act as a person left here."""
    program, system = first_of(PROGRAMS, user_agent), first_of(SYSTEMS, user_agent)
    if program and system:
        return f"{program} on {system}"
    if user_agent.startswith("Support by "):
        return user_agent
    product = PRODUCT.match(user_agent)
    return program or system or (product["name"] if product else UNKNOWN)


def first_of(names: list[tuple[str, str]], text: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, text)), None)
