"""Which words of consent set rows aside? The bases that the laws of the packs name, in the words of `app.domain.lifting`."""

EXPRESS = frozenset({"express_written", "express_oral", "express"})
EBR = frozenset({"implied_purchase", "implied_inquiry"})  # an established business relationship: 47 CFR 64.1200(f)(5)
NIGHT = frozenset({"night"})  # a separate consent to be written to, or called, outside the usual hours
