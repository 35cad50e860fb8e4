"""How is the database asked where a contact lives?"""

import math

from app.domain.audience.kinds.whereabouts import Place, Radius, reach
from app.domain.audience.tree import Leaf
from app.domain.places import city_key
from app.storage.audience_sql.writing import Writer, Writing


def _some_place(condition: str) -> str:
    return f"EXISTS (SELECT FROM jsonb_array_elements(c.places) AS p WHERE {condition})"


def _place(leaf: Place, writing: Writing) -> str:
    regions = writing.bind(list(leaf.place), "text[]")
    condition = f"(p ->> 'region' = ANY({regions}) OR p ->> 'country' = ANY({regions}))"
    if leaf.city is not None:
        condition += f" AND p ->> 'city_key' = {writing.bind(city_key(leaf.city), 'text')}"
    if leaf.postal_code:
        codes = (f"starts_with(p ->> 'postal_code', {writing.bind(code, 'text')})" for code in leaf.postal_code)
        condition += f" AND ({' OR '.join(codes)})"
    return _some_place(condition)


def _radius(leaf: Radius, writing: Writing) -> str:
    """The haversine formula; what depends on the point alone is counted here."""
    latitude, longitude = (f"radians((p ->> '{name}')::float8)" for name in ("latitude", "longitude"))
    a = math.radians(leaf.latitude)
    here, cosine, east = (writing.bind(value, "float8") for value in (a, math.cos(a), math.radians(leaf.longitude)))
    formula = (
        f"sin(({latitude} - {here}) / 2) ^ 2 + {cosine} * cos({latitude}) * sin(({longitude} - {east}) / 2) ^ 2 "
        f"<= {writing.bind(reach(leaf.radius), 'float8')}"
    )
    # Unread where there are no coordinates: CASE keeps the cast from places whose field is something else.
    return _some_place(f"CASE jsonb_typeof(p -> 'latitude') WHEN 'number' THEN {formula} END")


WRITERS: dict[type[Leaf], Writer] = {Place: _place, Radius: _radius}
