"""What is said to a person who pressed the key that ends the calls? One short sentence a language, and the call is over."""

from collections.abc import Mapping

GOODBYES: Mapping[str, str] = {
    "en": "You will get no more calls from {name}. Goodbye.",
    "fr": "Vous ne recevrez plus d'appels de {name}. Au revoir.",
    "es": "No recibirá más llamadas de {name}. Adiós.",
    "de": "Sie erhalten keine Anrufe mehr von {name}. Auf Wiederhören.",
    "it": "Non riceverà altre chiamate da {name}. Arrivederci.",
    "pt": "Não receberá mais chamadas de {name}. Adeus.",
    "nl": "U krijgt geen oproepen meer van {name}. Tot ziens.",
    "sv": "Du får inga fler samtal från {name}. Hej då.",
    "pl": "Nie otrzyma Pan ani Pani więcej połączeń od {name}. Do widzenia.",
    "tr": "{name} sizi artık aramayacak. Hoşça kalın.",
    "ru": "Вы больше не будете получать звонки от {name}. До свидания.",
    "zh": "{name}不会再给您打电话。再见。",
    "ja": "{name}からの電話は今後ありません。失礼いたします。",
    "ko": "{name}에서 더 이상 전화하지 않습니다. 안녕히 계십시오.",
    "vi": "{name} sẽ không gọi cho quý khách nữa. Tạm biệt.",
    "id": "Anda tidak akan menerima panggilan lagi dari {name}. Sampai jumpa.",
    "ar": "لن تتلقى مكالمات أخرى من {name}. مع السلامة.",
    "he": "לא תקבלו עוד שיחות מ-{name}. להתראות.",
}


def goodbye(language: str, name: str) -> str:
    """The last sentence of a call in a language (BCP 47), with who called; English where we have no words in it."""
    return GOODBYES.get(language.replace("_", "-").partition("-")[0].lower(), GOODBYES["en"]).format(name=name)
