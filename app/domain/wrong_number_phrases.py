"""Who says that we have the wrong person, or asks who we are? Patterns over normalised text, by language."""

from collections.abc import Mapping

# Who is asking who we are: told once, and marketing rests until a person has read it.
WHO: Mapping[str, tuple[str, ...]] = {
    "en": (
        (
            "(?:sorry |um |uh |hi |hello )*who(?: the [^ ]+)? (?:is|s|dis|this)(?: (?:this|dis|texting|calling|"
            "messaging|sending|me))+"
            "(?: (?:please|pls|again|from|with|and|number|how .*))*"
        ),
        (
            "(?:sorry |um |uh |hi |hello )*who(?: the [^ ]+)? (?:are|r) (?:you|u|ya)(?: (?:guys|people|again|please|"
            "pls|and|texting|this|to|text|me))*"
        ),
        "who(?: the [^ ]+)? (?:is|s) (?:it|that)",
        "who (?:dis|this|is|are)",
        "(?:whos|who s) (?:this|that|dis|texting|calling|it)(?: me)?",
        "new (?:phone|number) who (?:dis|this|is this|s this)",
        "(?:what|which) (?:company|number|business) is this",
        "do i know you",
        "(?:whose|who s) (?:number )?(?:is )?this",
    ),
    "fr": ("(?:c est|vous etes|t es|tu es|qui|de la part de)(?: (?:c est|est ce|etes vous|es tu|est la|qui))+", "qui"),
    "es": ("quien (?:es|eres|habla|es usted|me escribe)(?: (?:este|usted|eres))?", "de parte de quien"),
    "de": ("wer (?:ist|sind|bist|schreibt)(?: (?:das|da|sie|du|dort|mir|hier))*",),
    "it": ("chi (?:e|sei|siete|parla|scrive)(?: (?:lei|questo|questa))?",),
    "pt": ("quem (?:e|fala|esta falando|es)(?: (?:voce|este|essa|esse))?",),
    "nl": ("(?:met )?wie (?:is|ben|bent|spreek)(?: (?:dit|je|u|jij|ik|dat))*",),
    "sv": ("vem (?:ar|ar det|ar detta)(?: (?:du|det|detta))?",),
    "pl": ("kto (?:to|pisze|tam)",),
    "tr": ("kim(?:siniz|sin)?(?: bu)?", "siz kimsiniz"),
    "ru": ("(?:это )?кто (?:это|вы|пишет|ты)", "кто(?: говорит)?", "вы кто"),
    "zh": ("(?:你|您|你们|这|這)是(?:谁|誰|哪位)(?:啊)?", "(?:谁|誰)(?:啊)?", "哪位"),
    "ja": ("(?:とちら様|たれ|誰|との?方)(?:てすか|てしょうか)?",),
    "ko": ("누구(?:세요|십니까|야|신가요)?",),
    "ar": ("من (?:انت|انتم|معي|هذا|المرسل)",),
    "he": ("מי (?:זה|את|אתה|אתם|זאת)",),
    "vi": ("ai (?:đay|đo|vay|day|do)",),
    "id": ("(?:ini )?siapa(?: (?:ini|anda|ya|kamu))*",),
}

WRONG_NUMBER: Mapping[str, tuple[str, ...]] = {
    "en": (
        (
            "(?:sorry |hi |hello |i think )*(?:this is |i am |im |i m |you (?:have |got |ve |must have |re texting |are texting "
            "|texted )*|its |it s )?(?:the |a )?"
            "wrong (?:number|person|phone|guy|lady|no|num|nbr|nr)(?: [^ ]+){0,4}"
        ),
        "i (?:dont|don t|do not) know (?:you|who (?:this is|you are)|this number|anyone (?:named|called) [^ ]+)",
        "(?:this is |that s |thats |it s )?not (?:my|his|her|their|the right) number(?: anymore| any more)?",
        (
            "[^ ]+(?: [^ ]+)? (?:no longer|does not|doesnt|doesn t) (?:has|have|use|uses|own|owns) this (?:number|"
            "phone)(?: anymore)?"
        ),
        "(?:this|it) (?:is|s) (?:no longer|not) [^ ]+(?: [^ ]+)? (?:number|phone)(?: anymore)?",
        "(?:you are |you re )?(?:texting|messaging) the wrong (?:number|person)",
        "(?:i )?(?:have )?(?:just )?got this (?:number|phone)(?: (?:yesterday|last week|last month|recently|today))?",
    ),
    "fr": (
        "(?:c est |vous avez |desole )*(?:un |le )?(?:mauvais|faux) numero(?: [^ ]+){0,3}",
        "(?:vous vous etes |vous faites |c est une )?(?:trompee?s?|erreur)(?: (?:de|numero|personne))+",
    ),
    "es": (
        "(?:este es un |tiene el |es un |tienen el )?numero (?:equivocado|incorrecto|erroneo)(?: [^ ]+){0,3}",
        "se (?:equivoco|ha equivocado|equivocaron)(?: de numero)?",
    ),
    "de": (
        "(?:sie haben |das ist |hier ist )?(?:die |eine )?falsche nummer(?: [^ ]+){0,3}",
        "(?:sie haben sich )?verwahlt",
        "(?:ich )?kenne (?:ich )?(?:sie|dich) nicht",
    ),
    "it": ("(?:ha |avete |hai )?(?:sbagliato numero|numero sbagliato|numero errato)(?: [^ ]+){0,3}",),
    "pt": ("(?:e |foi )?(?:o )?numero (?:errado|incorreto)(?: [^ ]+){0,3}", "(?:foi )?engano"),
    "nl": ("(?:u heeft |je hebt )?(?:het )?verkeerd(?:e)? nummer(?: [^ ]+){0,3}",),
    "sv": ("(?:du har )?fel nummer",),
    "pl": ("(?:to )?(?:zly numer|pomylka|bledny numer)",),
    "tr": ("(?:bu )?yanlis numara",),
    "ru": ("(?:вы )?(?:ошиблись(?: номером)?|не тот номер|не туда попали)(?: [^ ]+){0,2}",),
    "zh": ("(?:你)?(?:打错|打錯|发错|發錯|找错|找錯)(?:了|人了|号码了)?", "(?:号码|號碼)(?:错|錯)(?:误|誤|了)?"),
    "ja": ("(?:番号)?(?:間違い|間違え|人違い)(?:てす|ています|てすよ)?", "番号か違います"),
    "ko": ("(?:전화|번호)? ?잘못 ?(?:거셨|보내셨|아셨)(?:어요|습니다)", "(?:번호가 )?틀렸(?:어요|습니다)"),
    "ar": ("(?:ال)?رقم (?:ال)?(?:خطا|خاطئ|غلط)",),
    "he": ("(?:זה )?(?:מספר שגוי|טעות במספר|טעות)",),
    "vi": ("nham so(?: (?:roi|may))*",),
    "id": ("salah (?:nomor|sambung|orang)",),
}
