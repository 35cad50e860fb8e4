"""How hard do the property tests try? Enough examples to find a fault, and never a limit on time: the machine may be busy."""

from hypothesis import settings

settings.register_profile("domain", deadline=None, max_examples=60)
settings.load_profile("domain")
