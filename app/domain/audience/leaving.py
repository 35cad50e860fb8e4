"""What becomes of a member who is in the audience no longer when the message would leave? Nothing goes, and it says why."""

from app.domain.decision import Decision, Objection, Verdict

LEFT = Decision(Verdict.NEVER, None, (Objection("audience.left", "the campaign's own settings", "not in the audience any more"),))
"""The decision for who left, where a campaign's membership is live."""
