"""What is read from a text? Who it is from, how to object, its label, what sells, shared short links, what it is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.content import read_content

_TELLS = """
Acme: 20% off. Reply STOP to opt out
Txt STOP to end
Text STOP2END
Soldes chez Acme. STOP au 36180
Soldes chez Acme. STOP 36111
STOP SMS: 36105
Envoyez STOP au 36789
Répondez « STOP » pour vous désabonner
Répondez ARRÊT
Rebajas. Responde BAJA para no recibir más
Antworten Sie mit STOPP
Angebot! Abmelden: STOP an 12345
Rispondi STOP per non ricevere
Responda SAIR para cancelar
Svara STOPP
To unsubscribe reply stop
Opt-out: acme.example/out
Unsub acme.example/u
ends now. STOP
HELP for help, STOP to cancel
Text “STOP” to quit
Msg&data rates may apply. STOP=END
回复TD退订
수신거부 080-111
Отправьте СТОП
لإلغاء الاشتراك
Từ chối: TC gửi 1234
"""
_TELLS_NOT = """
STOP scrolling: 20% off
Can't stop, won't stop at Acme
Don't miss the end of season
Stop by our store
Non-stop deals
Bus stop sale
At the end of the month
Cancel anytime. 20% off
Quit smoking today
Just reply. Stop by our store
Stop wasting money on shoes
We never stop. Sale ends today
Pit stop!
BAJA California trips
"""
_SELLS = """
You are out. Before you go: 20% off!
Your order shipped. Get 10% off your next order
Flash sale now
Use promo code X
Soldes -30%
Profitez de nos offres spéciales
50 % de réduction
20% Rabatt auf alles
10€ off
Buy one get one free
Shop now
Black Friday is here
할인 쿠폰
限时优惠
Скидка 20%
giảm giá 50%
25% de descuento
"""
_SELLS_NOT = """
Your order has shipped
Your free trial ends tomorrow
Your job offer letter is ready
Sale receipt: $12.00
You have used 50% of your data
Your discount has been applied
Point of sale device 12 is offline
Acme: You are unsubscribed and will get no more messages. Reply START to come back, HELP for help.
Reply PROMO to stop offers only
No big deal, we moved your appointment
Call toll-free 1-800-555-0199
You won't get more deals from Acme
Battery at 20%. Turn off lights
Acme: You are subscribed again. Msg&data rates may apply. Reply HELP for help, STOP to cancel.
Votre commande est arrivée
"""
_SHORT = """
go bit.ly/x
https://BIT.LY/abc
www.tinyurl.com/a
bit.ly
bit。ly/x
ｂｉｔ．ｌｙ/x
bi\u200bt.ly/x
http://t.co/x
https://u@bit.ly/x
https://bit.ly:443/x
(bit.ly/x)
Deal:bit.ly/x
bit.ly./x
m.bit.ly/q
ow.ly?x=1
"""
_BRANDED = """
see at&t.com/x
go.acme.example/bit.ly
bit.ly.acme.example
start.co
joe@bit.ly
acme.ly/x
abit.ly/x
Ends today.Reply STOP
"""


def _lines(block: str) -> list[str]:
    return [line for line in block.splitlines() if line]


@pytest.mark.parametrize("text", _lines(_TELLS))
def test_these_tell_how_to_get_no_more(text: str) -> None:
    assert "opt_out" not in read_content(text).lacks


@pytest.mark.parametrize("text", _lines(_TELLS_NOT))
def test_these_only_use_the_word(text: str) -> None:
    assert "opt_out" in read_content(text).lacks


@pytest.mark.parametrize("text", _lines(_SELLS))
def test_these_sell(text: str) -> None:
    assert read_content(text).marketing


@pytest.mark.parametrize("text", _lines(_SELLS_NOT))
def test_these_sell_nothing(text: str) -> None:
    assert read_content(text).marketing == ()


@pytest.mark.parametrize(
    ("text", "brand", "selling"),
    [
        ("Your Shop at order has shipped", "Shop at", ()),
        ("SHOP-AT: your order has shipped", "Shop at", ()),
        ("Your Shop at order has shipped", "", ("shop at",)),
        ("Your Shop at order has shipped", "Acme", ("shop at",)),
        ("Shop at: shop at the corner", "Shop at", ()),
        ("Shop at: shop now", "Shop at", ("shop now",)),
        ("Shop at: 10% off", "Shop at", ("10% off",)),
        ("Our Best Deals order came", "Best Deals GmbH", ()),
        ("Get Blue Shop free", "Blue Shop", ("get blue shop free",)),
        ("할인마트 배송", "할인마트", ()),
        ("할인마트 쿠폰", "할인마트", ("쿠폰",)),
        # A name that is itself a word that sells is the name where it is written as one.
        ("Coupons: your order has shipped", "Coupons Inc.", ()),
        ("Coupons: new coupons", "Coupons Inc.", ("coupons",)),
        ("A month of Free", "Free", ()),
        ("Free: a month for free", "Free", ("for free",)),
        ("Free: 20% off", "20% off", ("20% off",)),
    ],
)
def test_a_brands_own_name_sells_nothing(text: str, brand: str, selling: tuple[str, ...]) -> None:
    assert read_content(text, brand=brand).marketing == selling


@pytest.mark.parametrize("brand", ["Shop at", "Free", "🄵🅁🄴🄴", "Fr\u200bee", "\u0327", "Gra\u0301tis"])
@given(text=some.text(alphabet="Free shopat, \u0301\u200b🄵%20", max_size=40))
def test_no_name_makes_reading_fail(brand: str, text: str) -> None:
    assert read_content(text, brand=brand).marketing == read_content(text, brand=brand).marketing


@pytest.mark.parametrize("text", _lines(_SHORT))
def test_a_shared_shortener_is_seen_however_it_is_written(text: str) -> None:
    assert read_content(text).shorteners


@pytest.mark.parametrize("text", _lines(_BRANDED))
def test_what_only_looks_like_a_shortener_passes(text: str) -> None:
    assert read_content(text).shorteners == ()


@pytest.mark.parametrize(
    ("text", "identified"),
    [
        ("Acme: 20% off. acme.example/info STOP to end", True),
        ("Acme, 12 King St, Toronto M5V 1A1, 416-555-0100", True),
        ("Acme. 12 rue Sainte-Catherine, Montréal H2X 1K4 info@acme.example", True),
        ("20% off acme.example", True),
        ("20% off shoes.example", False),
        ("Acme: sale", False),
        ("Acme sale. Write to help@acme.example", False),
        ("Acme, 12 King St, Toronto", False),
    ],
)
def test_canada_wants_a_name_an_address_and_a_way_to_reach_it_or_a_link(text: str, *, identified: bool) -> None:
    assert ("identification" not in read_content(text, brand="Acme Inc.", region="CA").lacks) is identified


@pytest.mark.parametrize(
    ("text", "brand", "named"),
    [
        ("ACME's sale", "Acme", True),
        ("blue-shop sale", "Blue Shop", True),
        ("BlueShop sale", "Blue Shop GmbH", True),
        ("E. Leclerc : soldes", "É.Leclerc", True),
        ("株式会社アクメです", "アクメ", True),
        ("pacmen sale", "Acme", False),
        ("Hi Maya", "Acme", False),
        ("Hi Maya", "", True),
    ],
)
def test_a_brand_is_found_as_people_write_it(text: str, brand: str, *, named: bool) -> None:
    assert ("identification" not in read_content(text, brand=brand).lacks) is named


@pytest.mark.parametrize(
    ("region", "text", "labelled"),
    [
        ("KR", "(광고) Acme 할인", True),
        ("KR", "（광고）Acme 할인", True),
        ("KR", "Acme 할인 (광고)", False),
        ("VN", "[QC] Acme", True),
        ("VN", "[AD] Acme", True),
        ("VN", "Acme [QC]", False),
        ("SG", "<ADV> Acme", True),
        ("SG", "Acme", False),
        ("IL", "פרסומת: Acme", True),
        ("US", "Acme", True),
    ],
)
def test_an_advertisement_begins_with_its_label_where_one_is_due(region: str, text: str, *, labelled: bool) -> None:
    assert ("ad_label" not in read_content(text, region=region).lacks) is labelled


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Our CBD gummies are back", "cannabis"),
        ("A payday loan in minutes", "high_risk_loans"),
        ("Debt relief that works", "debt_relief"),
        ("50 free spins at our casino", "gambling"),
        ("Whiskey night on Friday", "alcohol"),
        ("Votre pompe à chaleur à 1 euro", "home_energy_renovation"),
    ],
)
def test_what_a_text_is_about_is_told_by_words_that_mean_nothing_else(text: str, category: str) -> None:
    assert read_content(text).categories == {category}


@pytest.mark.parametrize("text", ["Your student loan statement", "A wine-red coat", "Your home delivery", "The weed killer came"])
def test_everyday_words_are_about_nothing(text: str) -> None:
    assert read_content(text).categories == frozenset()


@pytest.mark.parametrize(
    ("script", "lacks"),
    [
        ("This is Acme Shoes. Press 9 to stop these calls. Our sale begins.", set()),
        ("This is Acme Shoes. To stop these calls press 9 now. Our sale begins.", set()),
        ("Acme Shoes calling. If you do not want any more of these calls, say stop.", set()),
        ("Acme Shoes. <break time='1s'/> Press nine to opt out.", set()),
        ("Acme Shoes. <break time='3s'/> Press nine to opt out.", {"voice_opt_out"}),
        ("This is Acme Shoes with a message about our big autumn sale of boots. Press 9 to stop.", {"voice_opt_out"}),
        ("Acme Shoes. Press 1 to talk to an agent.", {"voice_opt_out"}),
        ("Hello! Our sale begins. This is Acme Shoes.", {"voice_opt_out"}),
        ("Hello! Press 9 to stop these calls.", {"voice_identity_first"}),
        ("We have so very much to tell you " * 5 + "this is Acme Shoes. Press 9 to stop.", {"voice_identity_first"}),
        ("Acme Shoes. Press 9 to opt out.\n[voicemail]\nAcme Shoes, call 212 555 0100", {"voicemail_number"}),
        ("Acme Shoes. Press 9 to opt out.\n[voicemail]\nAcme Shoes, call 1-888-555-0100", set()),
    ],
)
def test_a_recording_says_who_calls_and_within_two_seconds_how_to_stop_it(script: str, lacks: set[str]) -> None:
    found = read_content("", brand="Acme Shoes", script=script).lacks
    assert {element for element in found if element.startswith("voice")} == lacks


@given(
    text=some.text(max_size=300),
    brand=some.text(max_size=20),
    region=some.sampled_from(["", "US", "CA", "KR", "VN", "SG", "IL", "FR", "US-FL"]),
    script=some.none() | some.text(max_size=200),
)
def test_reading_never_fails_whatever_the_text(text: str, brand: str, region: str, script: str | None) -> None:
    first = read_content(text, brand=brand, region=region, script=script)
    assert first == read_content(text, brand=brand, region=region, script=script)
