"""Which rules are live? Adding or losing a code is a line someone signs here."""

from app.domain.rulebook import codes_of, load_rules

# In the order of evaluation.
_RULES = [
    "number.type",
    "region.not_enabled",
    "suppress.any",
    "suppress.number_life",
    "suppress.opt_out.person",
    "suppress.registries",
    "consent.given",
    "carrier.blocked",
    "cap.any",
    "time.not_after",
    "time.quiet",
    "time.workspace_hours",
    "compliance.service_reply",
]
_CODES = """
    cap.campaign
    cap.workspace
    carrier.blocked_21610
    carrier.blocked_63014
    carrier.blocked_stop
    compliance.help_reply
    compliance.identification
    compliance.optin_confirmation
    compliance.optout_confirmation
    consent.declined
    consent.expired
    consent.missing
    consent.pending
    consent.revoked
    number.test_magic
    number.toll_free_recipient
    number.type_fixed_line
    number.type_fixed_voip
    number.type_pager
    number.type_personal_number
    number.type_premium_rate
    number.type_shared_cost
    number.type_uan
    number.type_unknown
    number.type_voicemail
    number.type_voip
    region.not_enabled
    suppress.ae.dncr
    suppress.au.dnc
    suppress.be.dncm
    suppress.br.nao_me_ligue
    suppress.ca.dncl
    suppress.carrier_blocked
    suppress.complaint
    suppress.deactivated
    suppress.dnc
    suppress.dnc_data_stale
    suppress.erased
    suppress.fr.bloctel
    suppress.gb.ctps
    suppress.gb.tps
    suppress.hard_bounce
    suppress.hk.dnc
    suppress.in.dnd
    suppress.invalid_number
    suppress.it.opposition
    suppress.mx.repep
    suppress.national_dnc
    suppress.objection_art21
    suppress.opt_out.marketing_all_channels
    suppress.opt_out.person
    suppress.opt_out.text
    suppress.opt_out.voice
    suppress.other
    suppress.reassigned
    suppress.reassigned_recheck
    suppress.reassigned_unknown
    suppress.review
    suppress.sa.dnd
    suppress.sg.dnc
    suppress.sg.dnc_stale
    suppress.us.co_dnc
    suppress.us.fl_dnc
    suppress.us.in_dnc
    suppress.us.la_dnc
    suppress.us.ma_dnc
    suppress.us.mo_dnc
    suppress.us.ok_dnc
    suppress.us.pa_dnc
    suppress.us.tn_dnc
    suppress.us.tx_dnc
    suppress.us.wy_dnc
    suppress.vn.dnc
    suppress.wrong_number
    suppress.za.registry
    time.multi_tz_intersection
    time.not_after
    time.policy.at
    time.policy.au
    time.policy.be
    time.policy.br
    time.policy.ca
    time.policy.ch
    time.policy.cz
    time.policy.de
    time.policy.dk
    time.policy.es
    time.policy.fi
    time.policy.gb
    time.policy.hu
    time.policy.ie
    time.policy.it
    time.policy.mx
    time.policy.nl
    time.policy.no
    time.policy.nz
    time.policy.pl
    time.policy.pt
    time.policy.se
    time.policy.sg
    time.quiet.ae.sms
    time.quiet.ae.voice
    time.quiet.au.voice
    time.quiet.br.voice
    time.quiet.ca.telemarketing
    time.quiet.es.voice
    time.quiet.fr.sms
    time.quiet.fr.voice
    time.quiet.in.promo
    time.quiet.it.voice
    time.quiet.kr.night_consent
    time.quiet.sa.sms
    time.quiet.us.federal
    time.quiet.vn.sms
    time.quiet.vn.voice
    time.quiet.za
    time.quiet.za.saturday
    time.sunday.au.voice
    time.sunday.br.voice
    time.sunday.fr.sms
    time.sunday.it.voice
    time.sunday.za
    time.weekend.es.voice
    time.weekend.fr.voice
    time.workspace_hours
    time.zone_unknown
"""


def test_the_rules_are_found_and_heard_in_their_order() -> None:
    assert [rule.code for rule in load_rules()] == _RULES


def test_the_codes_of_the_whole_book() -> None:
    assert sorted({code for rule in load_rules() for code in codes_of(rule)}) == _CODES.split()


def test_every_rule_says_what_it_stands_on() -> None:
    assert all(rule.source for rule in load_rules())
