"""Which words tell that a text sells, lets people object, or is about something that may not be sold so? Lists, as data.

Patterns are tried on a text as `app.domain.content` flattens it: lower case, no accents, no invisible characters. Each stands
under the words one of which a text must hold before the pattern is worth trying.
"""

from collections.abc import Mapping

# Link shorteners that anyone may use, and so the carriers refuse (AT&T's list and its neighbours; CTIA Principles 5.3).
SHORTENERS = frozenset(
    """
    adf.ly adfoc.us b.link bc.vc bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cli.re cutt.ly dlvr.it goo.gl hyperurl.co
    ift.tt is.gd j.mp kutt.it lnkd.in mcaf.ee n9.cl ow.ly ouo.io po.st prettylink.com qr.ae rb.gy rebrand.ly s.id short.gy
    short.io shorte.st shorturl.at shorturl.asia snip.ly soo.gd sor.bz t.co t.ly t2m.io tiny.cc tiny.one tinyurl.com tr.im trib.al
    u.to urlz.fr v.gd vk.cc vo.la wp.me x.co yourls.org
    """.split()
)

# To answer with a word that stops: an asking word, words between, and the answer.
ANSWERING = frozenset(
    """
    reply respond text txt send sms type answer message repondez reponds repondre repond envoyez envoyer envoie tapez taper tape
    responde responda envia envie contesta conteste manda escribe antworten antworte antwort senden sende schicken schreiben
    rispondi rispondere invia inviare scrivi escreva antwoord stuur reageer svara skicka svar odpisz wyslij odpowiedz
    отправьте ответьте напишите пришлите balas ketik kirim soan nhan gui yaz
    """.split()
)
BETWEEN = frozenset(
    "with by back us the word a sie ihr mit per par avec le mot con la palabra com met med slowo слово tin in".split()
)
OPT_OUT_ANSWERS = frozenset(
    """
    stop stopp stoppen stopall stop2end end quit cancel unsubscribe unsub optout opt-out remove revoke arret arreter desabonner
    baja alto parar cancelar ende abmelden annulla disiscrivi sair afmelden slut avregistrer rezygnuje wypisz ret red iptal dur
    стоп отписаться отписка berhenti huy tc off out no td
    """.split()
)

# Words without which no pattern of a kind can match: looked up before anything is searched.
OPT_OUT_WORDS = frozenset(
    """
    stop stopp stoppen stopall stop2end stop2quit stop2stop unsubscribe unsub unsubscribing opt optout end quit cancel remove
    revoke arret arreter desabonner desabonnement desinscrire desinscription baja alto parar cancelar ende abmelden abmeldung
    abbestellen widerruf annulla disiscrivi disiscriviti disiscriversi disiscrizione sair descadastrar afmelden uitschrijven slut
    avregistrer avregistrera avmelding avmeld afmeld rezygnuje rezygnacja wypisz ret red iptal dur стоп отписаться отписка
    отписки отказ отказаться berhenti huy tc td plus tu
    """.split()
)
OPT_OUT = tuple(
    r"""
    \bstop\b[\"'`*_>\])]*\s*(?:to|2|=+>?|:|-+>?|for)\s*(?:end|quit|stop|cancel|leave|opt|unsub|be removed|no longer)
    \bstop\b[\"'`*_>\])]*\s*(?:=+>?|:|-+>?|pour|para)\s*(?:arret|desab|desin|ne plus|finir|salir|baja|no recibir|sair)
    \bstop\b[\"'`*_>\])]*\s*(?:=+>?|:|-+>?|zum|um|per|om|at|att|til)\s*(?:beend|abmeld|abbest|annull|non ricev|te stop|af|av[sr])
    \bstop(?:2|=)(?:end|quit|stop|cancel|opt)
    \bstop\s*(?:(?:sms|au|to|an|al|a|naar|til)\s*)*[:=]?\s*\+?\d{3,}
    \bstop\s+(?:sms|pub|texts?|msgs?|messages?)\b\W*(?:$|au\b|:|=|\d)
    (?:^|[.!?,;:|/()\[\]\-\n>=])\s*stop\W*$
    \b(?:un-?subscrib(?:e|ing)|unsub|opt(?:ing)?[ -]?out)\b
    \bto (?:stop|end|cancel)\b[^.!?\n]{0,40}\b(?:reply|text|txt|send|press|visit|go to|click|tap|https?:)
    \b(?:desabonn|desinscri|abmeld|abbestell|widerruf|disiscri|descadastr|afmeld|uitschrijv|avregistrer|avmeld|rezygn|отпис|отказ)\w*
    \bpour (?:ne plus (?:en )?(?:recevoir|etre)|vous desabonner|arreter|stopper)
    \bbaja\b\s*(?:al|a|en|:|=|por)\s*\S
    \b(?:darse|darte|date) de baja\b
    \bpara (?:no recibir|no seguir|cancelar|sair|nao receber)
    \bper (?:non ricevere|annullare|disiscri)
    \b(?:ret|iptal|dur|red)\b\s*(?:yaz\w*|icin)
    \b(?:ret|red|iptal) icin\b
    almamak icin
    \b(?:tu choi|de tu choi|huy dk|huy dang ky)\b
    """.strip().split("\n    ")
)
# Scripts that are not cut into words: these anywhere.
OPT_OUT_ANYWHERE = (
    "退订", "退訂", "拒收", "回复td", "回复t", "取消订阅", "配信停止", "停止は", "수신거부", "수신 거부", "무료거부",
    "الغاء", "ايقاف", "توقف",
    "להסרה", "הסר",
)  # fmt: skip

_MONEY = r"(?:[$£€¥₹₩]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$£€¥₹₩]|usd|eur|gbp|cad|aud|dollars?|euros?|pounds?))"
_PERCENT = r"\d{1,3}\s?(?:%|percent|prozent|pour ?cent|por ?cien(?:to)?|per cento)"

# Word, and what sells with it. A bare "sale", "free" or "offer" may stand on a receipt, in a job offer or in the answer to a
# STOP. A word may have several lines; PERCENT and MONEY stand for the two patterns above.
_SELLING = r"""
    off           (?:PERCENT|MONEY|\bhalf[ -]price|\bhalf)\s?off\b
    off           \btake PERCENT
    off           \boff (?:your|the) next\b
    half          \bhalf[ -](?:price|off)\b
    sale          \b(?:on|our|flash|summer|winter|spring|autumn|fall|holiday|clearance|big|final) sale\b(?! (?:no|number|id)\b)
    sale          \b(?:end[ -]of[ -]\w+|garage|mega|private|vip) sale\b
    sale          \bsale (?:ends?|starts?|is on|on now|now|today|continues|price|items?|begins)\b
    sale          \bsale!
    discount      \b(?:a|an|get|extra|special|exclusive|your|enjoy|with) (?:[\w%$£€]+ )?discounts?\b(?! (?:was|has|is|of))
    discount      \b(?:big|huge|instant|member|more) (?:[\w%$£€]+ )?discounts?\b
    discount      \bdiscount (?:code|on|off)\b
    discount      % discount
    discounts     \bdiscounts\b
    promo         \bpromo[ -]?codes?\b
    promo         \bpromo!
    promo         \b(?:code|en|notre|nos) promo\b
    promotion     \b(?:special|new|our|latest|this|exclusive|en) promotion\b
    promotions    \b(?:special|new|our|latest|exclusive) promotions\b
    promotional   \bpromotional (?:code|offer|price)\b
    coupon        \bcoupons?\b
    coupons       \bcoupons\b
    voucher       \b(?:free|discount|get a|extra) (?:[\w$£€]+ )?vouchers?\b
    offer         \b(?:special|limited|exclusive|today only|our|great|best) (?:[\w-]+ )?offer\b(?! letter)
    offer         \b(?:new|amazing|introductory|this|an?) (?:[\w-]+ )?offer\b(?! letter)
    offer         \boffer (?:ends|expires|valid)\b
    offers        \b(?:special|exclusive|great|best|our|latest|new|amazing|top) (?:[\w-]+ )?offers\b(?! only)
    deal          \b(?:great|best|hot|special|exclusive|amazing|daily|today's|this|our|sweet|flash|new) deal\b
    deal          \bdeal of the\b
    deal          \bdeal (?:ends|expires)\b
    deals         \b(?:great|best|hot|special|exclusive|amazing|daily|today's) (?:[\w-]+ )?deals\b
    deals         \b(?:our|top|new|friday|monday|these) (?:[\w-]+ )?deals\b
    deals         \bdeals (?:on|inside|await|end)\b
    free          \bfree (?:gift|shipping|delivery on|samples?|months?|weeks?|spins?|entry|upgrade|with (?:your|any|every))
    free          \bfree (?:coffee|drink|dessert|item|pizza|ticket|trial(?! (?:ends|expires|has|is|will|ended)))
    free          \bfor free\b
    free          \bbuy \w+ get \w+ free\b
    free          \bget (?:\w+ ){0,3}free\b
    bogo          \bbogo\b
    buy           \bbuy (?:now|one|two|\d|today|yours|here)\b
    shop          \bshop (?:now|today|online|here|the|our|at|with)\b
    order         \border (?:now|today) (?:and|for|to|at)\b
    order         \border (?:now|yours)\b
    save          \bsave (?:up to |an extra |extra |over |now|big|(?:PERCENT|MONEY))
    chance        \blast chance\b
    chance        \bchance to win\b
    limited       \blimited[ -]time\b
    limited       \bfor a limited\b
    win           \b(?:to|can|and|could|enter to) win\b
    clearance     \bclearance\b
    friday        \bblack friday\b
    monday        \bcyber monday\b
    miss          \b(?:do not|don'?t) miss (?:out|this|our|it)\b
    upgrade       \bupgrade (?:now|today) (?:and|for|to)\b
    refer         \brefer a friend\b
    cashback      \bcash ?back (?:on|up to|offer)\b
    cashback      % cash ?back\b
    arrivals      \bnew arrivals\b
    introducing   \bintroducing (?:our|the) new\b
    recommend     \bwe recommend\b
    soldes        \bsoldes\b
    reduction     \breductions?\b
    reductions    \breductions\b
    remise        PERCENT de remise
    remise        \bremise (?:de|exceptionnelle|immediate|sur)
    offre         \boffres? (?:speciale|exclusive|flash|limitee|du|exceptionnelle|promo|decouverte|valable)\w*
    offres        \boffres (?:speciales|exclusives|flash|limitees|du|exceptionnelles|promo)\w*
    profitez      \bprofitez\b
    offert        \boffert(?:e|s|es)?\b
    offerte       \bofferte?s?\b
    ventes        \bventes? (?:privee|flash)s?
    vente         \bventes? (?:privee|flash)s?
    rebajas       \brebajas\b
    descuento     \bdescuentos?\b(?! (?:aplicado|de nomina))
    descuentos    \bdescuentos\b
    oferta        \bofertas? (?:especial|exclusiva|de|limitada|flash|valida)\w*
    oferta        \bnuestras? ofertas?\b
    oferta        \boferta!
    oferta        \ben oferta\b
    ofertas       \bofertas\b
    promocion     \bpromocion(?:es)?\b
    promociones   \bpromociones\b
    cupon         \bcupon(?:es)?\b
    gratis        \bgratis\b
    promocao      \bpromoc(?:ao|oes)\b
    promocoes     \bpromocoes\b
    desconto      \bdescontos?\b
    descontos     \bdescontos\b
    cupom         \bcupo(?:m|ns)\b
    liquidacao    \bliquidacao\b
    saldi         \bsaldi\b
    sconto        \bscont[oi]\b
    sconti        \bsconti\b
    scontato      \bscontat[oaie]\b
    offerta       \boffert[ae] (?:speciale|valida|esclusiva|del|imperdibile)\b
    offerta       \bin offerta\b
    promozione    \bpromozion[ei]\b
    promozioni    \bpromozioni\b
    rabatt        \brabatt\w*
    rabattcode    \brabattcode\b
    gutschein     \bgutschein\w*
    gutscheincode \bgutscheincode\b
    sonderangebot \bsonderangebot\w*
    angebot       \b(?:unser|neues|exklusives|bestes|tolles|nur heute|spar) ?angebot\b
    angebote      \bangebote\b
    aktion        \baktion (?:nur|bis|gultig)\b
    schnappchen   \bschnappchen\b
    schlussverkauf \bschlussverkauf\b
    sparen        \b(?:jetzt|sie|bis zu) sparen\b
    sparen        \bsparen sie\b
    korting       \bkorting\w*
    kortingscode  \bkortingscode\b
    aanbieding    \baanbieding(?:en)?\b
    aanbiedingen  \baanbiedingen\b
    uitverkoop    \buitverkoop\b
    erbjudande    \berbjudanden?\b
    erbjudanden   \berbjudanden\b
    tilbud        \btilbud\b
    udsalg        \budsalg\b
    promocja      \bpromocj\w+
    znizka        \bznizk\w+
    znizki        \bznizki\b
    rabat         \brabat\w*
    wyprzedaz     \bwyprzedaz\w*
    kupon         \bkupon\w*
    indirim       \bindirim\w*
    kampanya      \bkampanya\w*
    firsat        \bfirsat\w*
    скидка        \bскидк\w+
    скидки        \bскидки\b
    скидку        \bскидку\b
    распродажа    \bраспродаж\w+
    промокод      \bпромокод\w*
    акция         \bакци\w+
    khuyen        \bkhuyen mai\b
    giam          \bgiam (?:gia|\d+ ?%)
    uu            \buu đai\b
    diskon        \bdiskon\b
    promosi       \bpromosi\b
"""


def _patterns(table: str) -> dict[str, str]:
    """Word -> its patterns, any of which will do."""
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        word, _, pattern = line.partition(" ")
        found.setdefault(word, []).append(pattern.strip().replace("PERCENT", _PERCENT).replace("MONEY", _MONEY))
    return {word: "|".join(patterns) for word, patterns in found.items()}


MARKETING: Mapping[str, str] = _patterns(_SELLING)
MARKETING_ANYWHERE = (
    "할인", "쿠폰", "세일", "특가", "사은품", "割引", "セール", "クーポン", "お得", "优惠", "折扣", "促销", "特价",
    "打折", "優惠",
        "خصم", "تخفيضات", "عرض خاص", "הנחה", "מבצע",
)  # fmt: skip
PERCENT_MARKETING = (
    rf"-\s?{_PERCENT}|{_PERCENT} (?:off|de (?:reduction|remise|descuento|desconto|sconto)|di sconto|discount|rabatt|korting|"
    r"znizki|rabatu|indirim|sale|скидк|auf alles|sur tout|giam)"
)

# Word -> (category, pattern). Only what nobody writes about anything else.
CATEGORIES: Mapping[str, tuple[str, str]] = {
    "cannabis": ("cannabis", r"\bcannabis\b"),
    "marijuana": ("cannabis", r"\bmarijuana\b"),
    "thc": ("cannabis", r"\bthc\b"),
    "dispensary": ("cannabis", r"\b(?:weed|recreational|medical|our) dispensary\b"),
    "weed": ("cannabis", r"\bweed (?:delivery|deals|shop|store)\b"),
    "cbd": ("cannabis", r"\bcbd\b"),
    "payday": ("high_risk_loans", r"\bpayday (?:loan|advance|cash)s?\b"),
    "loan": ("high_risk_loans", r"\b(?:title|no credit check|instant cash|short[- ]term cash) loan\b"),
    "loans": ("high_risk_loans", r"\b(?:payday|title|no credit check|instant cash|bad credit) loans\b"),
    "debt": (
        "debt_relief",
        r"\bdebt (?:relief|consolidation|settlement|forgiveness)\b|\b(?:erase|eliminate|wipe out|cut|slash) your debts?\b",
    ),
    "credit": ("credit_repair", r"\bcredit repair\b|\b(?:fix|repair|boost) your credit\b"),
    "casino": ("gambling", r"\bcasino\b"),
    "sportsbook": ("gambling", r"\bsportsbook\b"),
    "spins": ("gambling", r"\bfree spins\b"),
    "bet": ("gambling", r"\b(?:free bet|place (?:a|your) bet|bet now)\b"),
    "rich": ("get_rich_quick", r"\bget rich\b"),
    "income": ("get_rich_quick", r"\bpassive income\b"),
    "home": ("get_rich_quick", r"\b(?:earn|make) [$£€]?\d[\d,.]*[^.!?]{0,30} from home\b"),
    "vape": ("tobacco", r"\bvapes?\b"),
    "vapes": ("tobacco", r"\bvapes\b"),
    "cigarettes": ("tobacco", r"\bcigarettes\b"),
    "cigars": ("tobacco", r"\bcigars\b"),
    "tobacco": ("tobacco", r"\btobacco\b"),
    "whisky": ("alcohol", r"\bwhisky\b"),
    "whiskey": ("alcohol", r"\bwhiskey\b"),
    "vodka": ("alcohol", r"\bvodka\b"),
    "tequila": ("alcohol", r"\btequila\b"),
    "bourbon": ("alcohol", r"\bbourbon\b"),
    "liquor": ("alcohol", r"\bliquor\b"),
    "beer": ("alcohol", r"\b(?:craft|free|cold) beer\b"),
    "wine": ("alcohol", r"\b(?:wine (?:club|tasting|sale|deals)|bottles? of wine|free wine)\b"),
    "wines": ("alcohol", r"\b(?:our|new|fine|select) wines\b"),
    "firearms": ("firearms", r"\bfirearms\b"),
    "handguns": ("firearms", r"\bhandguns\b"),
    "ammo": ("firearms", r"\bammo\b"),
    "porn": ("sex", r"\bporn\b"),
    "xxx": ("sex", r"\bxxx\b"),
    "escorts": ("sex", r"\bescorts\b"),
    "maprimerenov": ("home_energy_renovation", r"\bmaprimerenov\b"),
    "energetique": ("home_energy_renovation", r"\brenovation energetique\b"),
    "chaleur": ("home_energy_renovation", r"\bpompes? a chaleur\b"),
    "isolation": ("home_energy_renovation", r"\bisolation (?:a 1|thermique|des combles)\b"),
    "solaires": ("home_energy_renovation", r"\bpanneaux solaires\b"),
}
