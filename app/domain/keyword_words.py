"""Which single words and fixed phrases are keywords, in which language? Data only: marks, case and spacing do not matter.

Sources: 47 CFR 64.1200(a)(10) per-se words; CTIA Messaging Principles 5.1.3; the opt-out lists of Twilio and AWS; Va. Code
59.1-514; the French words Canadian carriers ask for (ARRET, AIDE, INFO). Words of other languages are their plain counterparts.
"""

from collections.abc import Mapping

EVERYWHERE = "*"
"""Words that belong to no language: they are answered in the language of the person, not of the word."""

# Language -> words and phrases that count as one, separated by commas.
STOP: Mapping[str, str] = {
    EVERYWHERE: "stop, stop all, stopall, stopp",
    "en": (
        "end, cancel, unsubscribe, unsub, quit, revoke, opt out, remove, td, no more, stopit, stop it, stopped texting, "
        "stp, unsuscribe, unsubcribe, unsubscibe, unsubscribed, cancel all, end all, remove me"
    ),
    "fr": (
        "arret, arrêt, arrêter, arrêtez, arrête, arrêtes, désabonner, désabonnez, désabonnement, me désabonner, "
        "désabonnez moi, désinscrire, "
        "désinscription, me désinscrire, résilier, stopper, stop sms, stop pub"
    ),
    "es": (
        "alto, baja, parar, para ya, cancelar, cancela, no más, no mas, desuscribir, desuscribirme, "
        "desuscribirse, darme de baja, "
        "dar de baja, dame de baja, denme de baja, basta ya, detener, salir, anular, quitar, eliminar"
    ),
    "de": "abmelden, abmeldung, abbestellen, abbestellung, austragen, kündigen, beenden, aufhören, stoppe, "
    "stoppt, abmelden bitte",
    "it": (
        "annulla, annullare, disiscrivi, disiscrivimi, disiscrizione, cancellami, cancellazione, basta, "
        "smettila, ferma, fermare, "
        "rimuovi, disiscriviti, disiscriversi"
    ),
    "pt": "sair, parar, pare, cancelar, descadastrar, remover, desinscrever, chega, parem",
    "nl": "stoppen, afmelden, uitschrijven, opzeggen, stop ermee, afmelding",
    "sv": "avregistrera, avsluta, avanmäl, avprenumerera, stoppa, sluta",
    "da": "afmeld, afmelding, stop nu, frameld",
    "no": "avmeld, meld av, avslutt",
    "fi": "lopeta, peruuta, poista",
    "pl": "rezygnuję, rezygnacja, wypisz, wypisz mnie, wyłącz, zakończ, przestań",
    "cs": "odhlásit, zrušit, konec, přestaňte, zastavit",
    "hu": "leiratkozás, leiratkozom, állj, elég",
    "ro": "dezabonare, dezabonați, oprește, renunț",
    "tr": "ret, iptal, dur, durdur, iptal et, vazgeç, istemiyorum, listeden çık, abonelikten çık",
    "el": "διακοπή, σταμάτα, απεγγραφή, τέλος",
    "ru": "стоп, отписаться, отписка, отпишите, отпишите меня, отпишись, отмена, хватит, отстаньте, прекратите, прекратить",
    "uk": "стоп, відписатися, відписка, скасувати, досить, припиніть",
    "zh": (
        "退订, 退訂, 停止, 取消, 取消订阅, 取消訂閱, 停止发送, 停止發送, 拒收, 退出, 请停止, 請停止, 请退订, 我要退订, "
        "请取消, 退订t, 回t退订, 回复t退订, t退订, 回t"
    ),
    "ja": (
        "停止, 配信停止, 解除, 配信解除, 登録解除, 退会, 止めて, やめて, ストップ, 受信拒否, 停止してください, やめてください, "
        "配信停止してください, 退会します, 退会希望, 停止お願いします, 配信停止希望"
    ),
    "ko": "수신거부, 중지, 수신 거부, 해지, 그만, 거부, 취소, 정지",
    "ar": "إلغاء, الغاء, توقف, أوقف, إيقاف, الغاء الاشتراك, إلغاء الاشتراك",
    "he": "הסר, הסרה, הסירו, הסר אותי, הסירו אותי, הפסק, הפסיקו, עצור, ביטול",
    "vi": "hủy, huỷ, huy, dừng, ngừng, từ chối, tu choi",
    "id": "berhenti, batal, hentikan, stop sms, berhenti langganan",
    "ms": "berhenti, batalkan",
    "tl": "itigil, tigil, tama na",
    "hi": "बंद, बंद करो, बंद करें, रोकें, रोको",
    "th": "หยุด, ยกเลิก",
}
# A word that says it by itself, and one that only answers a question: "yes" joins nobody who was asked about something else.
START: Mapping[str, str] = {
    EVERYWHERE: "start",
    "en": "unstop, start again, opt in, opt me in, subscribe, resubscribe, sign me up, restart",
    "fr": "commencer, démarrer, abonner, m'abonner, s'abonner, réabonner, inscription, m'inscrire",
    "es": "iniciar, comenzar, alta, darme de alta, suscribir, suscribirme, empezar, inicio",
    "de": "starten, anmelden, abonnieren, anmeldung",
    "it": "inizia, iniziare, avvia, iscrivi, iscrivimi, iscrizione, riprendi",
    "pt": "iniciar, começar, inscrever, assinar, voltar",
    "nl": "aanmelden, inschrijven, starten, hervatten",
    "sv": "starta, anmäl, prenumerera",
    "da": "tilmeld",
    "no": "meld på, påmeld",
    "fi": "aloita, tilaa",
    "pl": "zapisz, zapisz mnie, włącz, wznów",
    "tr": "başla, başlat, abone ol, onay",
    "ru": "старт, начать, подписаться, подписка, возобновить",
    "uk": "підписатися",
    "zh": "开始, 開始, 订阅, 訂閱, 恢复",
    "ja": "開始, 登録, 配信開始, 再開",
    "ko": "시작, 수신동의, 수신 동의, 구독",
    "ar": "ابدأ, اشتراك, اشترك",
    "he": "התחל, הרשמה, הירשם",
    "vi": "bắt đầu, đăng ký, dang ky",
    "id": "mulai, daftar, langganan, berlangganan",
}
YES: Mapping[str, str] = {
    "en": "yes, yep, yeah, yea, yup, y, yes i agree, i agree, confirm, agree",
    "fr": "oui, oui merci, d'accord, j'accepte, je confirme, confirmer",
    "es": "sí, si, acepto, confirmo, de acuerdo, confirmar",
    "de": "ja, ja gerne, ja bitte, bestätigen, ich bestätige",
    "it": "sì, accetto, confermo",
    "pt": "sim, aceito",
    "nl": "ja, ja graag, akkoord, bevestig",
    "sv": "ja, jajamän, jag bekräftar",
    "fi": "kyllä, joo",
    "pl": "tak, potwierdzam, zgadzam się",
    "tr": "evet, kabul, kabul ediyorum",
    "el": "ναι",
    "ru": "да, согласен, согласна, подтверждаю",
    "uk": "так",
    "zh": "是, 好的, 同意, 确认, 確認",
    "ja": "はい, 同意する",
    "ko": "네, 예, 동의",
    "ar": "نعم, موافق",
    "he": "כן, מאשר, מאשרת",
    "vi": "có, đồng ý, dong y",
    "id": "ya, setuju",
    "cs": "ano",
    "hu": "igen",
}
NO: Mapping[str, str] = {
    "en": "no, nope, nah, n, no thanks, no thank you, decline, i decline",
    "fr": "non, non merci, je refuse",
    "es": "no gracias, no acepto",
    "de": "nein, nein danke",
    "it": "no grazie",
    "pt": "não, nao obrigado, não obrigada",
    "nl": "nee, nee bedankt",
    "sv": "nej, nej tack",
    "fi": "ei, ei kiitos",
    "pl": "nie, nie dziękuję",
    "tr": "hayır",
    "ru": "нет",
    "uk": "ні",
    "zh": "不, 不要, 否, 不同意",
    "ja": "いいえ",
    "ko": "아니요, 아니오",
    "ar": "لا",
    "he": "לא",
    "vi": "không",
    "id": "tidak",
    "cs": "ne",
    "hu": "nem",
}
HELP: Mapping[str, str] = {
    EVERYWHERE: "info",
    "en": "help, help me, information, i need help, need help",
    "fr": "aide, aidez moi, infos, besoin d'aide",
    "es": "ayuda, ayúdame, información",
    "de": "hilfe",
    "it": "aiuto, aiutami, informazioni",
    "pt": "ajuda, informação, informações, socorro",
    "nl": "hulp",
    "sv": "hjälp",
    "da": "hjælp",
    "no": "hjelp",
    "fi": "apua, ohje",
    "pl": "pomoc",
    "cs": "pomoc prosím, nápověda",
    "hu": "segítség",
    "ro": "ajutor",
    "tr": "yardım, bilgi",
    "el": "βοήθεια",
    "ru": "помощь, справка, инфо",
    "uk": "допомога",
    "zh": "帮助, 幫助, 说明",
    "ja": "ヘルプ, 助けて",
    "ko": "도움말, 도움",
    "ar": "مساعدة",
    "he": "עזרה",
    "vi": "trợ giúp, tro giup",
    "id": "bantuan",
    "hi": "मदद, सहायता",
}
# The answer to "reply PROMO to stop offers only".
PROMO = "promo, promos, promotion, promotions, offers, offers only, promo only, only promo, stop promo"

POLITE = frozenset(
    "please pls plz thanks thankyou thx ty kindly ok okay hi hello hey sir madam now just immediately today asap "
    "svp stp merci bonjour bitte danke hallo por favor gracias hola per favore grazie ciao "
    "obrigado obrigada ola alstublieft aub bedankt tack snalla takk kiitos prosze dziekuje lutfen tesekkurler "
    "пожалуиста спасибо 请 請 谢谢 謝謝 お願いします くたさい 주세요 제발 شكرا בבקשה תודה tolong terima kasih".split()
)
POLITE_PHRASES = ("thank you", "thank u", "من فضلك", "s il vous plait", "s il te plait", "a u b", "terima kasih")
CURSES = frozenset("fucking fuckin freaking damn goddamn bloody f ing effing".split())

STOP_SIGNS = frozenset("🛑⛔🚫✋")
# May be an opt-out; nobody should guess.
DOUBTFUL_SIGNS = frozenset("🔕📵🔇🖕👎❌🙅🤬")

# Long enough, or odd enough, that one slip of the finger is still the same word. A "yes" is never guessed at, so no word of
# START is among them. Ordinary words one slip away stay what they are.
TYPED_WRONG = "stop cancel remove revoke quit arreter abmelden annulla stoppen afmelden cancelar uitschrijven".split()
MISSPELT = "unsubscribe unsubscribed desabonner desabonnement descadastrar desuscribirme avregistrera abbestellen".split()
ASKED_WRONG = ("help", "ayuda", "hilfe", "aiuto")
ORDINARY = frozenset(
    "atop strop stoop stow slop shop step spot top sop stock stoke stomp stops stopper stopped stopping store story stoup stood "
    "quiet quite suit unit quid quilt quiz quoit guit quits quitting cancer chancel cancels canceled cancelled cancelling remote "
    "removed removes remover evoke revoked revokes revue provoke annullo stopped stoppel stopped anmelden aanmelden "
    "heap kelp held yelp whelp helps helped hello heal heel hell help hemp hope helm halp hilf aiuta ayudo ayude".split()
)

# The language people of a region are answered in when their word tells none; English for the rest.
REGION_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("FR", "GP", "MQ", "GF", "RE", "YT", "MC", "SN", "CI"), "fr"),
    **dict.fromkeys("ES MX AR CO CL PE EC UY PY BO CR GT HN SV NI PA DO VE".split(), "es"),
    **dict.fromkeys(("DE", "AT", "LI"), "de"),
    **dict.fromkeys(("IT", "SM"), "it"),
    **dict.fromkeys(("PT", "BR", "AO", "MZ"), "pt"),
    "NL": "nl",
    "SE": "sv",
    "PL": "pl",
    "TR": "tr",
    "RU": "ru",
    "VN": "vi",
    "ID": "id",
    "IL": "he",
    "KR": "ko",
    "JP": "ja",
    **dict.fromkeys(("CN", "TW", "HK"), "zh"),
    **dict.fromkeys(("AE", "SA", "EG", "KW", "QA", "BH", "OM", "JO", "MA"), "ar"),
}
