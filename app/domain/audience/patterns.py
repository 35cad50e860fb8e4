"""How are names in a rule spelled? Countries, regions, attributes."""

import re

COUNTRY = re.compile(r"[A-Z]{2}")
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}")
CURRENCY = re.compile(r"[A-Z]{3}")
