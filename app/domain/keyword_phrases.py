"""Which sentences ask for the same as a keyword? Patterns over normalised text, by language.

47 CFR 64.1200(a)(10): any means that a reasonable person would read as a wish to stop. Written as normalised text has it: lower
case, no marks, no punctuation, an apostrophe being a space.
"""

from collections.abc import Mapping

_TEXTS = (
    "(?:text|texts|texting|txt|txts|txting|message|messages|messaging|msg|msgs|sms|mms|contact|contacting|sending|spam|spamming|"
    "bothering|harassing|emailing|promos?|promotions?|marketing|adverts?|advertising|ads|notifications|alerts)"
)
_WHAT = (
    f"(?:{_TEXTS}|call|calls|calling|send|promotional|ad|advert|offer|offers|deals|subscription|subscriptions|these|this|that|it|"
    "me|all|everything)"
)
_REST = (
    f"(?: (?:{_WHAT}|to|from|you|my|your|the|list|number|phone|cell|anymore|any more|again|ever|immediately|at "
    f"once|already|please|"
    "pls|thanks|thank you|ok|right now|now|today|us|asap|stuff|things|crap|shit))*"
)
_WISH = (
    "(?:please |pls |just |kindly )*"
    "(?:(?:i (?:want|would like|wish|need|d like|asked|told|am asking) (?:you )?to|i said|you (?:must|need to|have to|should)|"
    "(?:can|could|will|would) you(?: please| pls)?|how (?:do|can) i|can i|let me|make it|text|txt|reply|send) )?"
    "(?:please |pls |just |kindly )*"
)
_LISTS = (
    "(?:(?: (?:your|this|the|all|any|every|mailing|text|texting|sms|contact|calling|call|marketing|phone|distribution))*"
    "(?: (?:list|lists|database|system|records|contacts)))"
)
_THESE = "(?: (?:all|the|your|my|these|this|those|any|of|with|more))*"
_DO_NOT = "(?:do not|dont|don t|never|pls dont|please don t|please do not|please dont) (?:ever )?"
_NOT_WANT = "(?:no longer|do not|dont|don t)"

# Plain requests that mean the same wherever in a reply they stand as a sentence or clause of their own.
REQUESTS: Mapping[str, tuple[str, ...]] = {
    "en": (
        f"{_WISH}(?:stop|quit|cease|end)(?: and desist)?{_THESE} {_TEXTS}{_REST}",
        (
            f"{_WISH}(?:take|get|remove|delete|drop|scrub) (?:me|us|my (?:name|number|phone|phone number|cell|"
            f"info|information)|this number)"
            f"(?: (?:off|from|out of)(?: of)?{_LISTS})?{_REST}"
        ),
        f"{_WISH}(?:unsubscribe|unsub|opt) (?:me|us|my number)(?: out| from| of)*{_LISTS}?{_REST}",
        f"{_WISH}(?:remove|delete) (?:from|off){_LISTS}",
        f"{_DO_NOT}(?:text|message|msg|contact|sms|txt|spam|bother)(?: (?:me|us|this number|my number|my phone))?{_REST}",
        f"no (?:more|further) {_TEXTS}{_REST}",
        (
            f"i {_NOT_WANT} (?:want|wish|need)(?: to)?(?: (?:receive|get|have|be|any|your|more|further|these|this))* "
            f"(?:{_TEXTS}|contacted|texted|messaged){_REST}"
        ),
        "(?:please |just )?leave (?:me|us) alone",
        "(?:please )?(?:lose|forget) my number",
        "(?:i )?(?:hereby )?(?:revoke|withdraw|rescind|cancel) (?:my |all )?(?:consent|permission|subscription)",
        (
            "(?:i )?(?:want|wanna|would like|d like) (?:out|to be (?:removed|taken off|unsubscribed|deleted)|off "
            "(?:this|your|the) list)"
        ),
    ),
    "fr": (
        (
            "(?:s il vous plait )?(?:arrete[zr]?|stoppe[zr]|cesse[zr])(?: moi)? (?:de |d |les |vos |tous |ces )*"
            "(?:m )?(?:envoyer|ecrire|contacter|messages?|sms|textos?|pubs?|publicites?|harceler)(?: (?:des |vos "
            "|les )?(?:messages?|sms|textos?|pubs?))?"
        ),
        (
            "(?:je ne veux|je veux|veuillez|merci de)(?: ne)? plus (?:de |recevoir |de recevoir |recevoir de |vos |ces |m |me )*"
            "(?:messages?|sms|textos?|pubs?|publicites?|ecrire|contacter|envoyer)(?: de messages?)?"
        ),
        (
            "(?:merci )?(?:de |veuillez )?(?:me )?(?:retire[zr]|supprime[zr]|enleve[zr]|desinscri(?:re|vez)|"
            "desabonne[zr])(?: moi)?"
            "(?: (?:de|mon numero|cette|votre|vos|la|liste|listes|s il vous plait))*"
        ),
        "(?:ne )?(?:plus|pas) (?:de|recevoir(?: de| vos| ces)?)(?: (?:sms|messages?|pub|publicites?|textos?))?",
        "(?:ne )?m (?:ecrivez|contactez|envoyez) plus(?: (?:de|rien|sms|messages?))*",
        "laisse[zr]? moi tranquille",
        "fichez moi la paix",
    ),
    "es": (
        (
            "(?:por favor )?(?:deje?n?|par[ae]n?|pares|cesen?) de (?:enviar(?:me|nos)?|mandar(?:me|nos)?|escribir(?:me|"
            "nos)?|molestar(?:me)?|contactar(?:me)?)"
            "(?: (?:mas|mensajes?|sms|textos|publicidad|cosas|estos|esos))*"
        ),
        (
            "(?:ya )?no (?:quiero|deseo)(?: (?:recibir|que|me|mas|sus|estos|esos|envien|manden|escriban))* "
            "?(?:mensajes?|sms|textos|publicidad|promociones)?"
        ),
        "no me (?:envien?|manden?|escriban?|contacten?|molesten?)(?: mas)?(?: (?:mensajes?|sms|textos|publicidad))?",
        (
            "(?:por favor )?(?:quiten?me|saquen?me|borren?me|eliminen?(?:me)?|den?me de baja|dame de baja|quiero darme de baja)"
            "(?: (?:de|la|su|esta|lista|mi|numero|por favor))*"
        ),
        "cancelar (?:la |mi )?suscripcion",
        "dejenme en paz",
        "no mas (?:mensajes?|sms|textos|publicidad)",
    ),
    "de": (
        (
            "(?:bitte )?(?:hort|horen sie|hor) (?:bitte )?auf(?:,? (?:mir|mich))?(?: zu)?(?: (?:schreiben|texten|"
            "nachrichten|sms|zu|senden|schicken|mir|mich))*"
        ),
        (
            "(?:bitte )?(?:keine|keinerlei) (?:weiteren |mehr )?(?:sms|nachrichten|werbung|werbe sms|"
            "mitteilungen)(?: mehr)?(?: (?:bitte|senden|schicken|an mich))*"
        ),
        (
            "(?:bitte )?(?:schreiben sie|schreibt|schreib|senden sie|sendet|schicken sie|schickt) mir (?:bitte "
            ")?(?:nicht mehr|keine (?:sms|nachrichten|werbung)(?: mehr)?)"
        ),
        (
            "(?:ich )?(?:mochte|will|wunsche) (?:bitte )?(?:keine|nicht mehr) ?(?:weiteren |mehr )?(?:sms|"
            "nachrichten|werbung)?(?: mehr)?"
            "(?: (?:erhalten|bekommen|kontaktiert|angeschrieben|werden|von|ihnen|euch))*"
        ),
        (
            "(?:bitte )?(?:loschen sie|loscht|losch|streichen sie|entfernen sie|nehmen sie|nehmt) (?:bitte "
            ")?(?:mich|meine nummer|meine daten)"
            "(?: (?:von|aus|der|ihrer|eurer|liste|verteiler|dem|raus|bitte))*"
        ),
        "(?:bitte )?melden sie mich (?:bitte )?ab",
        "ich widerrufe(?: (?:meine|die|hiermit|einwilligung|zustimmung))*",
        "ich widerspreche(?: (?:der|werbung|hiermit|nutzung|meiner|daten))*",
        "lass(?:en sie|t)? mich in ruhe",
    ),
    "it": (
        (
            "(?:per favore )?(?:smett(?:ete(?:la)?|ila|i)|basta|fermate) (?:di |con )?(?:mandar(?:mi)?|"
            "inviar(?:mi)?|scriver(?:mi)?|messaggi|sms|pubblicita|i|gli|questi)"
            "(?: (?:messaggi|sms|pubblicita))?"
        ),
        "non (?:voglio|desidero)(?: piu)?(?: (?:ricevere|vostri|altri|piu))*(?: (?:messaggi|sms|pubblicita))",
        "non (?:mandatemi|inviatemi|scrivetemi|contattatemi)(?: piu)?(?: (?:messaggi|sms|nulla|niente))?",
        (
            "(?:per favore )?(?:cancellatemi|rimuovetemi|toglietemi|cancellate il mio numero|disiscrivetemi)(?: "
            "(?:dalla|da|lista|vostra|questa))*"
        ),
        "lasciatemi in pace",
    ),
    "pt": (
        (
            "(?:por favor )?(?:pare?m?|deixem?) de (?:me )?(?:enviar|mandar|escrever|contactar|contatar|"
            "incomodar)(?: (?:mensagens|sms|mensagem|mais|publicidade))*"
        ),
        "(?:ja )?nao (?:quero|desejo)(?: (?:receber|mais|suas|essas|estas))*(?: (?:mensagens|sms|publicidade))?",
        "nao me (?:enviem?|mandem?|escrevam?)(?: mais)?(?: (?:mensagens|sms))?",
        "(?:por favor )?(?:me )?(?:remova|removam|tirem?|retirem?|excluam?)(?: me)?(?: (?:da|desta|sua|lista|meu|numero|o))*",
        "cancelar (?:a |minha )?(?:inscricao|assinatura)",
        "me deixem? em paz",
    ),
    "nl": (
        (
            "(?:alstublieft )?(?:stop|hou op|houd op) met (?:berichten|sms|sms jes|appjes|mij|me|het)?(?: (?:sturen|"
            "smsen|berichten|te|lastig|vallen))*"
        ),
        "(?:ik wil )?geen (?:berichten|sms|sms jes|reclame)(?: meer)?(?: (?:ontvangen|krijgen|sturen))?",
        "(?:graag )?(?:haal|verwijder|schrijf) (?:mij|me|mijn nummer)(?: (?:van|uit|de|jullie|uw|deze|lijst))*",
        "laat (?:mij|me) met rust",
    ),
    "sv": (
        "(?:jag vill )?inte ha (?:fler |mer )?(?:sms|meddelanden|reklam)",
        "sluta (?:skicka|sms a|messa)(?: (?:sms|mig|meddelanden|till))*",
        "ta bort mig(?: (?:fran|listan|er))*",
    ),
    "pl": (
        (
            "(?:prosze )?(?:nie|przestancie|przestan)(?: (?:mi|do|mnie))* (?:pisac|pisz|wysylac|wysylajcie|piszcie|"
            "przysylac)(?: (?:mi|do|mnie|smsow|sms|wiadomosci|wiecej))*"
        ),
        "(?:prosze )?(?:usuncie|usunac|usun|wypiszcie|wypisz) (?:mnie|moj numer)(?: (?:z|listy|bazy|waszej))*",
        "nie chce (?:wiecej )?(?:otrzymywac )?(?:smsow|sms|wiadomosci|reklam)",
    ),
    "tr": (
        (
            "(?:lutfen )?(?:bana )?(?:artik )?(?:mesaj|sms|reklam) (?:atmayin|gondermeyin|gonderme|atma|yollamayin|"
            "istemiyorum)(?: artik)?"
        ),
        "(?:lutfen )?(?:beni )?listeden cikar(?:in|tin|iniz)?",
    ),
    "ru": (
        (
            "(?:пожалуиста )?(?:больше )?не (?:пишите|присылаите|шлите|отправляите|беспокоите)(?: (?:мне|больше|"
            "сообщения|смс|рекламу))*"
        ),
        (
            "(?:пожалуиста )?(?:прекратите|перестаньте|хватит) (?:мне )?(?:писать|слать|присылать|отправлять)(?: "
            "(?:мне|сообщения|смс|рекламу))*"
        ),
        "(?:пожалуиста )?(?:удалите|уберите|отпишите) (?:меня|мои номер)(?: (?:из|от|вашеи|базы|списка|рассылки))*",
        "не хочу (?:больше )?получать(?: (?:ваши|эти|сообщения|смс|рассылку))*",
        "больше не пишите(?: мне)?",
    ),
    "zh": (
        "(?:请|請)?(?:不要|别|別)再?(?:给我|給我|向我)?(?:发|發)(?:送)?(?:短信|信息|简讯|簡訊|消息|广告|廣告)?(?:了|给我|給我)?",
        "(?:请|請)?(?:停止|取消)(?:发送|發送|给我发|給我發)(?:短信|信息|消息)?",
    ),
    "ja": (
        "(?:もう)?(?:メッセーシ|メール|sms|ショートメール|連絡)(?:を)?(?:送らないて|しないて|やめて|止めて|停止して)(?:くたさい)?",
        "(?:もう)?送らないて(?:くたさい)?",
        "配信(?:を)?(?:停止|解除|止めて)(?:して)?(?:くたさい)?",
    ),
    "ko": (
        "(?:더 ?이상 )?(?:문자|메시지|광고)(?:를|을)? ?(?:보내지 ?마세요|그만 ?보내세요|그만)",
        "(?:더 ?이상 )?보내지 ?마(?:세요|라)",
    ),
    "ar": (
        "(?:من فضلك )?(?:توقف|توقفوا|كفوا) عن (?:ارسال|الارسال|مراسلتي|ازعاجي)(?: (?:لي|الرسائل|رسائل))*",
        "لا (?:ترسل|ترسلوا|تراسلوني)(?: (?:لي|رسائل|مره|اخري|المزيد))*",
    ),
    "he": (
        "(?:בבקשה )?(?:תפסיקו|הפסיקו|תפסיק)(?: (?:לשלוח|לי|הודעות|להטריד|אותי))*",
        "(?:בבקשה )?(?:תורידו|תסירו|הסירו) אותי(?: (?:מהרשימה|מרשימת|התפוצה|מכם))*",
        "אל תשלחו(?: (?:לי|יותר|הודעות))*",
    ),
    "vi": ("(?:xin |lam on )?(?:dung|đung|ngung) (?:gui|nhan)(?: (?:tin|tin nhan|nhan|cho|toi|nua))*",),
    "id": ("(?:tolong )?(?:jangan|berhenti) (?:kirim|mengirim|hubungi|sms)(?: (?:saya|pesan|sms|lagi|ke|nomor|ini))*",),
}

# What asks for it when it is all there is, and might be about something else when more is said.
WHOLE: Mapping[str, tuple[str, ...]] = {
    "en": (
        f"{_WISH}(?:stop|quit|cease|end|cancel)(?: (?:all|the|your|my|these|this|those|any))* {_WHAT}{_REST}",
        f"{_WISH}(?:stop|unsubscribe|unsub|opt out|be removed|quit|cancel this|be taken off|get off)(?: me)?{_LISTS}?{_REST}",
        "stop (?:to )?(?:end|opt out|cancel|unsubscribe|quit)",
        "(?:take|get|remove|delete|drop) (?:me|my (?:number|name|phone|phone number))(?: (?:off|from|out of)(?: of)?)?",
        "(?:remove|delete|lose|forget) (?:me|my (?:number|phone number|phone|data))",
        f"no (?:more|further) {_WHAT}(?: {_WHAT})*",
        f"no {_TEXTS}{_REST}",
        f"{_DO_NOT}(?:text|message|contact|call|send|sms|txt|bother){_REST}",
        f"(?:unsubscribe|unsub|opt|sign)(?: me)?(?: out| off)(?: (?:from|of))?{_REST}",
        f"(?:unsubscribe|unsub)(?: me)? (?:from|of){_LISTS}?{_REST}",
        f"i {_NOT_WANT} (?:want|wish) (?:to (?:receive|get|have|be) )?(?:(?:any|your|more) )*(?:{_WHAT}|contacted|texted){_REST}",
        "(?:i )?(?:am |m )?not interested(?: (?:thanks|thank you|anymore|any more|at all))?",
        "(?:that s |thats )?enough(?: (?:already|texts|messages))?",
        "(?:i )?(?:do not|dont|don t) want (?:this|these|them|it)(?: anymore| any more)?",
    ),
    "fr": (
        "(?:stop|arret|fin|halte) (?:de |des |les |aux |au |a |d )*(?:sms|messages?|pubs?|publicites?|textos?|envois?)",
        "(?:je ne suis )?pas interessee?",
        "ca suffit",
    ),
    "es": (
        "(?:ya )?basta",
        "no (?:me |estoy )?interesad[oa]",
        "no me interesa",
        "dejar de recibir(?: (?:mensajes?|sms|publicidad))*",
    ),
    "de": ("kein interesse", "(?:bitte )?(?:aufhoren|abmelden|loschen)", "es reicht"),
    "it": ("non (?:sono interessat[oa]|mi interessa)",),
    "pt": ("nao (?:tenho interesse|estou interessad[oa])",),
    "nl": ("geen interesse",),
    "ru": ("не интересно", "не интересует"),
    "he": ("(?:אני )?לא מעוני(?:ין|ינת|נת)",),
}

# How a reply begins that may be an opt-out, though it goes on in a way nobody should guess at.
MAY_BEGIN = (
    f"{_DO_NOT}(?:text|message|contact|call|send|sms|txt|bother) ",
    "(?:fuck|piss|sod) (?:off|you)",
    "go away",
    "go to hell",
    "shut up",
    "stfu",
    "get lost",
    "enough (?:with|of) ",
)
# What is said anywhere by somebody who wants no more of it, or is not who was written to.
MAY_HOLD = (
    "harass(?:ing|ment|ed)?",
    "(?:this is|is this|more|sending|pure|just|reported as|report as) (?:a )?(?:spam|scam)",
    "spam(?:mer|mers|ming)?$",
    "^(?:scam|spammer|junk)$",
    "unsolicited",
    "(?:erase|delete|forget|remove) my (?:data|details|info|information|account)",
    "gdpr|rgpd|dsgvo",
    "(?:im|i m|i am|count me) out",
    "^(?:dnc|unfollow|block|blocked|stahp)$",
    "не надо|차단",
    "(?:sue|suing) you",
    "legal action",
    "lawsuit",
    "tcpa",
    "(?:fcc|ftc|ico|cnil) complaint",
    "(?:report|reporting|reported|block|blocking|blocked) (?:you|this number|your number)",
    "do not (?:call|disturb) (?:list|registry)",
    "(?:how|where) did you get (?:my|this) (?:number|info|information)",
    "(?:passed away|is deceased|is dead|has died|died (?:last|in|on|this))",
    "(?:i )?(?:already|repeatedly) (?:asked|told) you",
    (
        "(?:did not|didn t|didnt|never|do not|dont|don t) (?:ask|sign(?:ed)? up|subscribe|consent|agree)(?: (?:for|"
        "to) (?:this|these))?"
    ),
    "never (?:asked|subscribed|gave) ",
    "ne plus (?:etre|me) ",
    "no me molesten",
    "belastigung|anwalt",
)
# Words that turn a request found inside a sentence into something else.
NEGATIONS = frozenset(
    "not dont don t cant can cannot never wont won didnt didn doesnt doesn why when if without until before "
    "unless wouldnt wouldn "
    "shouldnt shouldn couldnt couldn if nobody who whoever".split()
)
