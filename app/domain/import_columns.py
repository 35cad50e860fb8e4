"""Which column of an import means what? The header is mapped once, by what columns are called and what the sender says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.domain.import_file import MOST_COLUMNS, UnusableFile
from app.domain.import_opt_in import METHOD, PREFIX

PHONE_COLUMNS = (
    "phone",
    "phone_number",
    "mobile",
    "mobile_number",
    "mobile_phone",
    "msisdn",
    "tel",
    "telephone",
    "cell",
    "cell_phone",
    "cellphone",
)
_RESERVED = {
    "locale": "locale",
    "time_zone": "time_zone",
    "timezone": "time_zone",
    "tags": "tags",
    **dict.fromkeys(("birth_date", "birthdate", "date_of_birth", "dob"), "birth_date"),
    "age_verified": "age_verified",
    **dict.fromkeys(("person", "person_id"), "person"),
    **dict.fromkeys(("opted_out", "unsubscribed"), "opted_out"),
    "provenance_kind": "provenance_kind",
    "provenance_reference": "provenance_reference",
}
# An address is read as a place, and stays an attribute too: templates and audiences may use it.
ADDRESS = {
    **dict.fromkeys(("country", "country_code"), "country"),
    **dict.fromkeys(("state", "state_code", "province"), "state"),
    **dict.fromkeys(("zip", "zip_code", "zipcode", "postal_code", "postcode"), "postal_code"),
}
_TYPED = re.compile(r"\s*:\s*(number|boolean)\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each part of a contact stands in a row. `attributes` are (place, name, type), `opt_in` (place, field of the opt-in).

    NDJSON knows only the phone's key, and `renames` of other keys: (key, what it is read as, "" for not at all).
    """

    format: str
    width: int = 1
    phone: int = 0
    phone_key: str = ""
    delimiter: str = ""
    locale: int | None = None
    time_zone: int | None = None
    tags: int | None = None
    birth_date: int | None = None
    age_verified: int | None = None
    person: int | None = None
    opted_out: int | None = None
    country: int | None = None
    state: int | None = None
    postal_code: int | None = None
    provenance_kind: int | None = None
    provenance_reference: int | None = None
    opt_in: tuple[tuple[int, str], ...] = ()
    attributes: tuple[tuple[int, str, str], ...] = ()
    renames: tuple[tuple[str, str], ...] = ()

    @property
    def simple(self) -> bool:
        """Whether rows hold nothing but a phone, tags and attributes, as most do."""
        one = (self.locale, self.time_zone, self.birth_date, self.age_verified, self.person, self.opted_out)
        return all(place is None for place in (*one, self.country, self.state, self.postal_code))

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the job."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Columns":
        """Back from `as_json`."""
        attributes = tuple((place, name, kind) for place, name, kind in kept["attributes"])
        pairs = {name: tuple((one, other) for one, other in kept.get(name, ())) for name in ("opt_in", "renames")}
        return cls(**{**kept, "attributes": attributes, **pairs})


NOT_READ = "-"


def read_mapping(words: Sequence[str]) -> dict[str, str]:
    """What columns are to be read as: "Handy=phone", "Geburtstag=birth_date", "Notes=-" (not at all). Raises UnusableFile."""
    found: dict[str, str] = {}
    for word in words:
        column, mark, field = word.rpartition("=")
        column, field = column.strip(), field.strip()
        if not mark or not column or not field:
            raise UnusableFile("bad_map", f"{word[:60]!r} is not written as column=field")
        if column in found:
            raise UnusableFile("bad_map", f"the column {column[:60]!r} is mapped twice")
        found[column] = field
    if len(found) > MOST_COLUMNS:
        raise UnusableFile("bad_map", f"more than {MOST_COLUMNS} columns are mapped")
    return found


def rename_columns(names: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """The header with columns called what they are to be read as, "" for those left out. Raises UnusableFile."""
    for column in mapping:
        if column not in names:
            shown = ", ".join(map(repr, names[:20]))
            raise UnusableFile("no_such_column", f"there is no column {column[:60]!r} to map; the file has {shown}")
    return ["" if mapping.get(name) == NOT_READ else mapping.get(name, name) for name in names]


def map_keys(phone_key: str | None, mapping: Mapping[str, str]) -> Columns:
    """What NDJSON is read by: the key of the phone, and what other keys are read as."""
    mapped = next((key for key, field in mapping.items() if field == "phone"), None)
    renames = tuple((key, "" if field == NOT_READ else field) for key, field in mapping.items() if field != "phone")
    return Columns("ndjson", phone_key=phone_key or mapped or "phone", renames=renames)


def slug(header: str, *, place: int) -> str:
    """A header as an attribute name: "Prénom (fils)" is prenom_fils. `place` names a column whose header has no Latin letter."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:64].rstrip("_")
    if not name:
        return f"column_{place}"
    return name if name[0].isalpha() else f"column_{name}"[:64]


def map_columns(names: Sequence[str], *, delimiter: str, phone_column: str | None) -> Columns:
    """The columns of a CSV header. Columns without a name are left out.

    Raises UnusableFile when the phone column is missing or not to be told, or two headers would become one attribute.
    """
    slugs = [slug(_TYPED.sub("", name), place=place) for place, name in enumerate(names, 1)]
    phone = _find_phone(names, slugs, phone_column)
    reserved: dict[str, int] = {}
    address: dict[str, int] = {}
    attributes: dict[str, tuple[int, str, str]] = {}
    opt_in: dict[str, int] = {}
    says_how = PREFIX + METHOD in slugs  # else a column called opt_in_date is an attribute, as any other
    for place, (header, name) in enumerate(zip(names, slugs, strict=True)):
        if place == phone or not header:
            continue
        known = _RESERVED.get(name)
        if known in reserved or (known is None and (name in attributes or name.removeprefix(PREFIX) in opt_in)):
            raise UnusableFile("duplicate_header", f"more than one column would become {known or name}")
        if known is not None:
            reserved[known] = place
        elif says_how and name.startswith(PREFIX):
            opt_in[name.removeprefix(PREFIX)] = place
        else:
            attributes[name] = (place, name, _type_of(header))
            if name in ADDRESS:
                address.setdefault(ADDRESS[name], place)
    return Columns(
        "csv",
        width=len(names),
        phone=phone,
        delimiter=delimiter,
        locale=reserved.get("locale"),
        time_zone=reserved.get("time_zone"),
        tags=reserved.get("tags"),
        birth_date=reserved.get("birth_date"),
        age_verified=reserved.get("age_verified"),
        person=reserved.get("person"),
        opted_out=reserved.get("opted_out"),
        country=address.get("country"),
        state=address.get("state"),
        postal_code=address.get("postal_code"),
        provenance_kind=reserved.get("provenance_kind"),
        provenance_reference=reserved.get("provenance_reference"),
        opt_in=tuple((place, name) for name, place in opt_in.items()),
        attributes=tuple(attributes.values()),
    )


def _find_phone(names: Sequence[str], slugs: Sequence[str], wanted: str | None) -> int:
    if wanted is not None:
        for candidates in (names, slugs):
            if wanted in candidates:
                return list(candidates).index(wanted)
        raise UnusableFile("no_phone_column", f"there is no column {wanted!r}; the file has {', '.join(map(repr, names[:20]))}")
    for known in PHONE_COLUMNS:
        if known in slugs:
            return slugs.index(known)
    raise UnusableFile("no_phone_column", f"no column is named {', '.join(PHONE_COLUMNS[:4])} ...; say which with phone_column")


def _type_of(header: str) -> str:
    typed = _TYPED.search(header)
    return typed[1].lower() if typed else "text"
