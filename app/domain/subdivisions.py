"""Which states, provinces and departments are there, and which clocks do people there live by?

Only zones whose clocks differ are told apart: Louisville is as good as New_York. Sources: the zones' own data (`zone.tab`),
49 CFR part 71 for the United States, ISO 3166-2 for codes.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_EAST, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"

# code: names separated by |, then the zones.
_US: Mapping[str, tuple[str, ...]] = {
    "AL": ("Alabama", _CENTRAL),
    "AK": ("Alaska", "America/Adak", "America/Anchorage"),
    "AZ": ("Arizona", _MOUNTAIN, "America/Phoenix"),  # the Navajo Nation keeps summer time
    "AR": ("Arkansas", _CENTRAL),
    "CA": ("California", _PACIFIC),
    "CO": ("Colorado", _MOUNTAIN),
    "CT": ("Connecticut", _EAST),
    "DE": ("Delaware", _EAST),
    "DC": ("District of Columbia|Washington DC", _EAST),
    "FL": ("Florida", _CENTRAL, _EAST),
    "GA": ("Georgia", _EAST),
    "HI": ("Hawaii", "Pacific/Honolulu"),
    "ID": ("Idaho", "America/Boise", _PACIFIC),
    "IL": ("Illinois", _CENTRAL),
    "IN": ("Indiana", _CENTRAL, _EAST),
    "IA": ("Iowa", _CENTRAL),
    "KS": ("Kansas", _CENTRAL, _MOUNTAIN),
    "KY": ("Kentucky", _CENTRAL, _EAST),
    "LA": ("Louisiana", _CENTRAL),
    "ME": ("Maine", _EAST),
    "MD": ("Maryland", _EAST),
    "MA": ("Massachusetts", _EAST),
    "MI": ("Michigan", "America/Detroit", "America/Menominee"),
    "MN": ("Minnesota", _CENTRAL),
    "MS": ("Mississippi", _CENTRAL),
    "MO": ("Missouri", _CENTRAL),
    "MT": ("Montana", _MOUNTAIN),
    "NE": ("Nebraska", _CENTRAL, _MOUNTAIN),
    "NV": ("Nevada", _MOUNTAIN, _PACIFIC),  # West Wendover
    "NH": ("New Hampshire", _EAST),
    "NJ": ("New Jersey", _EAST),
    "NM": ("New Mexico", _MOUNTAIN),
    "NY": ("New York", _EAST),
    "NC": ("North Carolina", _EAST),
    "ND": ("North Dakota", _CENTRAL, _MOUNTAIN),
    "OH": ("Ohio", _EAST),
    "OK": ("Oklahoma", _CENTRAL),
    "OR": ("Oregon", "America/Boise", _PACIFIC),  # Malheur County
    "PA": ("Pennsylvania", _EAST),
    "RI": ("Rhode Island", _EAST),
    "SC": ("South Carolina", _EAST),
    "SD": ("South Dakota", _CENTRAL, _MOUNTAIN),
    "TN": ("Tennessee", _CENTRAL, _EAST),
    "TX": ("Texas", _CENTRAL, _MOUNTAIN),  # El Paso
    "UT": ("Utah", _MOUNTAIN),
    "VT": ("Vermont", _EAST),
    "VA": ("Virginia", _EAST),
    "WA": ("Washington|Washington State", _PACIFIC),
    "WV": ("West Virginia", _EAST),
    "WI": ("Wisconsin", _CENTRAL),
    "WY": ("Wyoming", _MOUNTAIN),
}
_CA: Mapping[str, tuple[str, ...]] = {
    "AB": ("Alberta", "America/Edmonton"),
    "BC": (
        "British Columbia|Colombie-Britannique",
        "America/Dawson_Creek",
        "America/Edmonton",
        "America/Fort_Nelson",
        "America/Vancouver",
    ),
    "MB": ("Manitoba", "America/Winnipeg"),
    "NB": ("New Brunswick|Nouveau-Brunswick", "America/Moncton"),
    "NL": ("Newfoundland and Labrador|Newfoundland|Labrador|Terre-Neuve-et-Labrador", "America/Goose_Bay", "America/St_Johns"),
    "NS": ("Nova Scotia|Nouvelle-Écosse", "America/Halifax"),
    "NT": ("Northwest Territories|Territoires du Nord-Ouest", "America/Edmonton", "America/Inuvik"),
    "NU": ("Nunavut", "America/Cambridge_Bay", "America/Iqaluit", "America/Rankin_Inlet", "America/Resolute"),
    "ON": ("Ontario", "America/Atikokan", "America/Toronto", "America/Winnipeg"),
    "PE": ("Prince Edward Island|Île-du-Prince-Édouard", "America/Halifax"),
    "QC": ("Quebec|Québec", "America/Blanc-Sablon", "America/Halifax", "America/Toronto"),
    "SK": ("Saskatchewan", "America/Edmonton", "America/Regina", "America/Winnipeg"),
    "YT": ("Yukon|Yukon Territory", "America/Whitehorse"),
}
_AU: Mapping[str, tuple[str, ...]] = {
    "ACT": ("Australian Capital Territory", "Australia/Sydney"),
    "NSW": ("New South Wales", "Australia/Broken_Hill", "Australia/Lord_Howe", "Australia/Sydney"),
    "NT": ("Northern Territory", "Australia/Darwin"),
    "QLD": ("Queensland", "Australia/Brisbane"),
    "SA": ("South Australia", "Australia/Adelaide"),
    "TAS": ("Tasmania", "Australia/Hobart"),
    "VIC": ("Victoria", "Australia/Melbourne"),
    "WA": ("Western Australia", "Australia/Eucla", "Australia/Perth"),
}
_DEPARTMENTS = """01 Ain|02 Aisne|03 Allier|04 Alpes-de-Haute-Provence|05 Hautes-Alpes|06 Alpes-Maritimes|07 Ardèche|08 Ardennes
09 Ariège|10 Aube|11 Aude|12 Aveyron|13 Bouches-du-Rhône|14 Calvados|15 Cantal|16 Charente|17 Charente-Maritime|18 Cher
19 Corrèze|2A Corse-du-Sud|2B Haute-Corse|21 Côte-d'Or|22 Côtes-d'Armor|23 Creuse|24 Dordogne|25 Doubs|26 Drôme|27 Eure
28 Eure-et-Loir|29 Finistère|30 Gard|31 Haute-Garonne|32 Gers|33 Gironde|34 Hérault|35 Ille-et-Vilaine|36 Indre
37 Indre-et-Loire|38 Isère|39 Jura|40 Landes|41 Loir-et-Cher|42 Loire|43 Haute-Loire|44 Loire-Atlantique|45 Loiret|46 Lot
47 Lot-et-Garonne|48 Lozère|49 Maine-et-Loire|50 Manche|51 Marne|52 Haute-Marne|53 Mayenne|54 Meurthe-et-Moselle|55 Meuse
56 Morbihan|57 Moselle|58 Nièvre|59 Nord|60 Oise|61 Orne|62 Pas-de-Calais|63 Puy-de-Dôme|64 Pyrénées-Atlantiques
65 Hautes-Pyrénées|66 Pyrénées-Orientales|67 Bas-Rhin|68 Haut-Rhin|69 Rhône|70 Haute-Saône|71 Saône-et-Loire|72 Sarthe
73 Savoie|74 Haute-Savoie|75 Paris|76 Seine-Maritime|77 Seine-et-Marne|78 Yvelines|79 Deux-Sèvres|80 Somme|81 Tarn
82 Tarn-et-Garonne|83 Var|84 Vaucluse|85 Vendée|86 Vienne|87 Haute-Vienne|88 Vosges|89 Yonne|90 Territoire de Belfort
91 Essonne|92 Hauts-de-Seine|93 Seine-Saint-Denis|94 Val-de-Marne|95 Val-d'Oise"""
_FR: Mapping[str, tuple[str, ...]] = {
    code: (name, "Europe/Paris") for code, _, name in (part.partition(" ") for part in _DEPARTMENTS.replace("\n", "|").split("|"))
}
_OF_COUNTRY: Mapping[str, Mapping[str, tuple[str, ...]]] = {"AU": _AU, "CA": _CA, "FR": _FR, "US": _US}

# Parts of a country with a country code of their own: the region is that code, as phone numbers have it.
TERRITORIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "US": {
        "AS": ("American Samoa",),
        "GU": ("Guam",),
        "MP": ("Northern Mariana Islands",),
        "PR": ("Puerto Rico",),
        "VI": ("Virgin Islands|US Virgin Islands",),
    },
    "FR": {
        "BL": ("Saint-Barthélemy|977",),
        "GF": ("Guyane|French Guiana|973",),
        "GP": ("Guadeloupe|971",),
        "MF": ("Saint-Martin|978",),
        "MQ": ("Martinique|972",),
        "NC": ("Nouvelle-Calédonie|New Caledonia|988",),
        "PF": ("Polynésie française|French Polynesia|987",),
        "PM": ("Saint-Pierre-et-Miquelon|975",),
        "RE": ("La Réunion|Réunion|974",),
        "WF": ("Wallis-et-Futuna|986",),
        "YT": ("Mayotte|976",),
    },
}


def plain(text: str) -> str:
    """A name without accents, case, spaces and marks: "Île-de-France" is "iledefrance"."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in letters if letter.isalnum())


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Mapping[str, str]]:
    """By country: plain code or name -> region ("US-CA", or "PR")."""
    found: dict[str, dict[str, str]] = {}
    for country, table in _OF_COUNTRY.items():
        names = found.setdefault(country, {})
        for code, (written, *_) in table.items():
            names |= {plain(word): f"{country}-{code}" for word in (*written.split("|"), code, f"{country}-{code}")}
        for code, (written, *_) in TERRITORIES.get(country, {}).items():
            names |= {plain(word): code for word in (*written.split("|"), code, f"{country}-{code}")}
    return found


def has_subdivisions(country: str) -> bool:
    """Whether the parts of a country are known here."""
    return country in _OF_COUNTRY


def find_subdivision(country: str, text: str) -> str | None:
    """The region meant by a code ("CA", "US-CA", "57") or a name ("California", "Bas-Rhin"), or None."""
    known = _known().get(country, {})
    word = plain(text)
    if country == "FR" and word.isdecimal():
        word = word.zfill(2)
    return known.get(word)


def subdivision_zones(region: str) -> tuple[str, ...] | None:
    """The zones of a region such as "US-FL", sorted; None when there is no such part of a country."""
    country, _, code = region.partition("-")
    found = _OF_COUNTRY.get(country, {}).get(code)
    return None if found is None else found[1:]


def subdivisions(country: str) -> tuple[str, ...]:
    """The regions of a country's parts, without territories that have country codes of their own."""
    return tuple(f"{country}-{code}" for code in _OF_COUNTRY.get(country, {}))
