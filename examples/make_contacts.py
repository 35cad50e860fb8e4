"""How was contacts.csv made? From a fixed seed, messy on purpose; `python examples/make_contacts.py` makes it again."""

import csv
import random
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat as Format

_NAMES = (
    "Ana Zoë José Łukasz Søren Chloé Björk Nguyễn Иван Ωmega 美咲 محمد Maria Tom Aisha Lars Fatima Hiro Olivia Noah Emma Liam "
    "Mia Ethan Zara Omar Ines Piotr Jürgen Séverine Çelik Ñandú"
).split()
_CITIES = ("New York", "Los Angeles", "Miami", "Chicago", "Denver", "München", "Paris", "London", "São Paulo", "Montréal", "")
_US_AREAS = (
    212,
    305,
    312,
    303,
    213,
    415,
    512,
    617,
    702,
    206,
    404,
    713,
    850,
    541,
    928,
    808,
    907,
    480,
    614,
    919,
    202,
    210,
    214,
    215,
    216,
    248,
    260,
    267,
    301,
    314,
    317,
    330,
    352,
    360,
    401,
    402,
    405,
    410,
    412,
    414,
    502,
    504,
    505,
    515,
    601,
    602,
)
_TIERS = ("gold", "silver", "bronze", "")
# Fictional ranges where the numbering plan has them; elsewhere plain mobile numbers that only ever meet the simulator.
_MOBILES = {"GB": "7911", "DE": "1512", "FR": "612", "ES": "612", "AU": "412", "CA": "416555", "IN": "98765", "ZA": "821"}
_LENGTHS = {"GB": 10, "DE": 11, "FR": 9, "ES": 9, "AU": 9, "CA": 10, "IN": 10, "ZA": 9}
_FORMATS = (Format.E164, Format.INTERNATIONAL, Format.NATIONAL)


def _us(rng: random.Random) -> phonenumbers.PhoneNumber:
    return phonenumbers.parse(f"{rng.choice(_US_AREAS)}555{rng.randrange(100, 200):04d}", "US")


def _abroad(rng: random.Random, region: str) -> phonenumbers.PhoneNumber:
    head = _MOBILES[region]
    digits = head + "".join(str(rng.randrange(10)) for _ in range(_LENGTHS[region] - len(head)))
    return phonenumbers.parse(digits, region)


def _good(rng: random.Random) -> str:
    region = rng.choices(("US", "GB", "DE", "FR", "ES", "AU", "CA", "IN", "ZA"), (70, 6, 5, 5, 3, 3, 4, 2, 2))[0]
    number = _us(rng) if region == "US" else _abroad(rng, region)
    style = rng.choice(_FORMATS) if region in {"US", "CA"} else rng.choice(_FORMATS[:2])
    text = phonenumbers.format_number(number, style)
    if rng.random() < 0.02:
        text += rng.choice((" ext. 12", " x7", ";ext=44"))
    if rng.random() < 0.03:
        text = text.replace(" ", "\u00a0").replace("-", "\u2011")
    if rng.random() < 0.03:
        text = f"  {text} "
    return text


def _bad(rng: random.Random) -> str:
    return rng.choice(
        (
            "",
            "n/a",
            "12345",
            "+1 212 555",
            "555-0100",
            "+999 123 456",
            "1.21255E+10",
            "call me",
            "+1 (000) 000-0000",
            "++44 20",
            "#N/A",
        )
    )


def _landline(rng: random.Random) -> str:
    return rng.choice(
        (
            f"+44 20 7946 {rng.randrange(1000):04d}",
            f"+33 1 99 00 {rng.randrange(100):02d} {rng.randrange(100):02d}",
            f"+49 30 {rng.randrange(2000000, 9999999)}",
        )
    )


def main(rows: int = 2600) -> None:
    """Write the file beside this script."""
    rng = random.Random(20261123)
    with (Path(__file__).parent / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Phone", "first_name", "city", "tier", "age:number", "tags", "locale"])
        seen: list[str] = []
        for _ in range(rows):
            roll = rng.random()
            phone = (
                _bad(rng)
                if roll < 0.04
                else _landline(rng)
                if roll < 0.07
                else rng.choice(seen)
                if seen and roll < 0.13
                else _good(rng)
            )
            seen.append(phone)
            tags = ";".join(sorted(rng.sample(("vip", "autumn", "newsletter", "store"), rng.randrange(3))))
            age = str(rng.randrange(18, 90)) if rng.random() < 0.9 else ""
            writer.writerow(
                [
                    phone,
                    rng.choice(_NAMES),
                    rng.choice(_CITIES),
                    rng.choice(_TIERS),
                    age,
                    tags,
                    rng.choice(("en", "de", "fr", "")),
                ]
            )


if __name__ == "__main__":
    main()
