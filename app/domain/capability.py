"""How long is it believed that a number has RCS, or has not? A yes corrects itself; a no does not, and is asked again sooner."""

from datetime import timedelta

CAPABLE_FOR = timedelta(days=30)
"""A phone that lost RCS shows it: the carrier refuses the next message, and that is written down at once."""
MISSING_FOR = timedelta(days=7)
"""Nothing shows that a phone has got RCS meanwhile, because nothing is sent to it by RCS any more: only asking again does."""
KNOWN_MISSING = "known_missing"
"""The code of a refusal that is ours: it repeats what was learnt before, and so teaches nothing new."""
