"""What do we answer to a keyword? One text a language and word: who it is from, what it does, how to change it, and no marketing.

47 CFR 64.1200(a)(12) for the confirmation of a STOP; CTIA Principles 5.1 for the rest (facts 5.2). In French the words ARRET and
AIDE stand beside STOP, as Canadian carriers ask. A language that is not here is answered in English.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplyTexts:
    """The answers of one language; `{name}` is who we are. `question` goes behind `stop` where the scope of it is asked."""

    stop: str
    question: str
    narrowed: str
    start: str
    help: str
    who: str


TEXTS: Mapping[str, ReplyTexts] = {
    "en": ReplyTexts(
        stop="{name}: You are unsubscribed and will get no more messages. Reply START to come back, HELP for help.",
        question="Reply PROMO to stop marketing only.",
        narrowed="{name}: You will get no more marketing messages. Reply STOP to end all.",
        start="{name}: You are subscribed again. Msg&data rates may apply. Reply HELP for help, STOP to cancel.",
        help="{name}: You get messages you agreed to. Msg&data rates may apply.{contact} Reply STOP to cancel.",
        who="This is {name}.{contact} You get messages because this number was given to us. Reply STOP to end them.",
    ),
    "fr": ReplyTexts(
        stop="{name} : vous êtes désabonné et ne recevrez plus de messages. Répondez START pour revenir, AIDE pour de l'aide.",
        question="Répondez PROMO pour n'arrêter que les messages publicitaires.",
        narrowed="{name} : vous ne recevrez plus de messages publicitaires. Répondez ARRET ou STOP pour tout arrêter.",
        start="{name} : vous êtes de nouveau abonné. Répondez AIDE pour de l'aide, ARRET ou STOP pour vous désabonner.",
        help="{name} : vous recevez les messages acceptés par vous.{contact} Répondez ARRET ou STOP pour vous désabonner.",
        who="Ici {name}.{contact} Ce numéro nous a été donné pour des messages. Répondez ARRET ou STOP pour ne plus en recevoir.",
    ),
    "es": ReplyTexts(
        stop="{name}: su baja está hecha y no recibirá más mensajes. Responda START para volver, AYUDA para ayuda.",
        question="Responda PROMO para dejar solo los mensajes publicitarios.",
        narrowed="{name}: no recibirá más mensajes publicitarios. Responda BAJA para terminar todos.",
        start="{name}: está suscrito de nuevo. Responda AYUDA para ayuda, BAJA para cancelar.",
        help="{name}: recibe los mensajes que aceptó.{contact} Responda BAJA para cancelar.",
        who="Somos {name}.{contact} Nos dieron este número para enviar mensajes. Responda BAJA para no recibir más.",
    ),
    "de": ReplyTexts(
        stop="{name}: Sie sind abgemeldet und erhalten keine Nachrichten mehr. Zurück mit START, Hilfe mit HILFE.",
        question="Antworten Sie PROMO, um nur Werbung zu beenden.",
        narrowed="{name}: Sie erhalten keine Werbung mehr. Mit STOPP beenden Sie alles.",
        start="{name}: Sie sind wieder angemeldet. Hilfe mit HILFE, abmelden mit STOPP.",
        help="{name}: Sie erhalten Nachrichten, denen Sie zugestimmt haben.{contact} Abmelden mit STOPP.",
        who="Hier ist {name}.{contact} Diese Nummer wurde uns für Nachrichten genannt. Abmelden mit STOPP.",
    ),
    "it": ReplyTexts(
        stop="{name}: iscrizione annullata, non riceverai altri messaggi. Rispondi START per tornare, AIUTO per assistenza.",
        question="Rispondi PROMO per fermare solo i messaggi pubblicitari.",
        narrowed="{name}: non riceverai altri messaggi pubblicitari. Rispondi ANNULLA per fermare tutto.",
        start="{name}: sei di nuovo iscritto. Rispondi AIUTO per assistenza, ANNULLA per disiscriverti.",
        help="{name}: ricevi i messaggi che hai accettato.{contact} Rispondi ANNULLA per disiscriverti.",
        who="Siamo {name}.{contact} Questo numero ci è stato dato per dei messaggi. Rispondi ANNULLA per non riceverne altri.",
    ),
    "pt": ReplyTexts(
        stop="{name}: a sua inscrição foi cancelada e não receberá mais mensagens. Responda START para voltar, AJUDA para ajuda.",
        question="Responda PROMO para parar só as mensagens publicitárias.",
        narrowed="{name}: não receberá mais mensagens publicitárias. Responda SAIR para parar todas.",
        start="{name}: está inscrito de novo. Responda AJUDA para ajuda, SAIR para cancelar.",
        help="{name}: recebe as mensagens que aceitou.{contact} Responda SAIR para cancelar.",
        who="Somos {name}.{contact} Este número foi-nos dado para mensagens. Responda SAIR para não receber mais.",
    ),
    "nl": ReplyTexts(
        stop="{name}: u bent afgemeld en krijgt geen berichten meer. Antwoord START om terug te komen, HELP voor hulp.",
        question="Antwoord PROMO om alleen reclame te stoppen.",
        narrowed="{name}: u krijgt geen reclame meer. Antwoord STOP om alles te stoppen.",
        start="{name}: u bent weer aangemeld. Antwoord HELP voor hulp, STOP om af te melden.",
        help="{name}: u krijgt berichten waarmee u hebt ingestemd.{contact} Antwoord STOP om af te melden.",
        who="Dit is {name}.{contact} Dit nummer is ons gegeven voor berichten. Antwoord STOP om geen meer te krijgen.",
    ),
    "sv": ReplyTexts(
        stop="{name}: du är avregistrerad och får inga fler meddelanden. Svara START för att komma tillbaka, HJÄLP för hjälp.",
        question="Svara PROMO för att bara stoppa reklam.",
        narrowed="{name}: du får ingen mer reklam. Svara STOPP för att stoppa allt.",
        start="{name}: du är registrerad igen. Svara HJÄLP för hjälp, STOPP för att avsluta.",
        help="{name}: du får meddelanden som du har godkänt.{contact} Svara STOPP för att avsluta.",
        who="Detta är {name}.{contact} Numret har getts till oss för meddelanden. Svara STOPP för att slippa fler.",
    ),
    "pl": ReplyTexts(
        stop="{name}: wypisano Cię i nie otrzymasz więcej wiadomości. Odpisz START, aby wrócić, POMOC po pomoc.",
        question="Odpisz PROMO, aby zatrzymać tylko reklamy.",
        narrowed="{name}: nie otrzymasz więcej reklam. Odpisz STOP, aby zatrzymać wszystko.",
        start="{name}: zapisano Cię ponownie. Odpisz POMOC po pomoc, STOP, aby zrezygnować.",
        help="{name}: otrzymujesz wiadomości, na które masz zgodę.{contact} Odpisz STOP, aby zrezygnować.",
        who="Tu {name}.{contact} Ten numer podano nam do wiadomości. Odpisz STOP, aby nie otrzymywać więcej.",
    ),
    "tr": ReplyTexts(
        stop="{name}: Listeden çıkarıldınız, artık mesaj almayacaksınız. Dönmek için START, yardım için YARDIM yazın.",
        question="Yalnız reklam mesajlarını durdurmak için PROMO yazın.",
        narrowed="{name}: Artık reklam mesajı almayacaksınız. Hepsini durdurmak için RET yazın.",
        start="{name}: Yeniden kaydoldunuz. Yardım için YARDIM, çıkmak için RET yazın.",
        help="{name}: Onay verdiğiniz mesajları alıyorsunuz.{contact} Çıkmak için RET yazın.",
        who="Biz {name}.{contact} Bu numara mesaj için bize verildi. Almamak için RET yazın.",
    ),
    "ru": ReplyTexts(
        stop="{name}: вы отписаны и больше не получите сообщений. Чтобы вернуться, ответьте СТАРТ, помощь: ПОМОЩЬ.",
        question="Ответьте PROMO, чтобы отключить только рекламу.",
        narrowed="{name}: вы больше не получите рекламы. Чтобы отключить всё, ответьте СТОП.",
        start="{name}: вы снова подписаны. Помощь: ПОМОЩЬ, отписаться: СТОП.",
        help="{name}: вы получаете сообщения, на которые согласились.{contact} Отписаться: СТОП.",
        who="Это {name}.{contact} Этот номер дали нам для сообщений. Отписаться: СТОП.",
    ),
    "zh": ReplyTexts(
        stop="{name}：您已退订，不会再收到消息。回复 START 恢复，回复 帮助 获取帮助。",
        question="只停止推广信息请回复 PROMO。",
        narrowed="{name}：您不会再收到推广信息。全部停止请回复 退订。",
        start="{name}：您已重新订阅。回复 帮助 获取帮助，回复 退订 取消。",
        help="{name}：您收到的是您同意的消息。{contact}回复 退订 取消。",
        who="我们是{name}。{contact}有人提供了此号码接收消息。回复 退订 不再接收。",
    ),
    "ja": ReplyTexts(
        stop="{name}: 配信を停止しました。今後メッセージは届きません。再開は START、ヘルプは ヘルプ と返信してください。",
        question="広告のみ停止する場合は PROMO と返信してください。",
        narrowed="{name}: 広告は今後届きません。すべて停止する場合は 停止 と返信してください。",
        start="{name}: 配信を再開しました。ヘルプは ヘルプ、停止は 停止 と返信してください。",
        help="{name}: 同意いただいたメッセージをお送りしています。{contact}停止は 停止 と返信してください。",
        who="{name}です。{contact}この番号の登録によりお送りしました。停止は 停止 と返信してください。",
    ),
    "ko": ReplyTexts(
        stop="{name}: 수신거부되었으며 더 이상 메시지가 발송되지 않습니다. 다시 받으려면 START, 도움말은 도움말 회신.",
        question="광고만 중지하려면 PROMO 회신.",
        narrowed="{name}: 광고는 더 이상 발송되지 않습니다. 모두 중지하려면 수신거부 회신.",
        start="{name}: 다시 수신합니다. 도움말은 도움말, 중지는 수신거부 회신.",
        help="{name}: 동의하신 메시지를 보내드립니다.{contact} 중지는 수신거부 회신.",
        who="{name}입니다.{contact} 이 번호가 등록되어 보내드렸습니다. 중지는 수신거부 회신.",
    ),
    "vi": ReplyTexts(
        stop="{name}: Quý khách đã hủy và sẽ không nhận thêm tin nhắn. Soạn START để quay lại, TRO GIUP để được trợ giúp.",
        question="Soạn PROMO để chỉ dừng tin quảng cáo.",
        narrowed="{name}: Quý khách sẽ không nhận thêm tin quảng cáo. Soạn HUY để dừng tất cả.",
        start="{name}: Quý khách đã đăng ký lại. Soạn TRO GIUP để được trợ giúp, HUY để hủy.",
        help="{name}: Quý khách nhận các tin đã đồng ý.{contact} Soạn HUY để hủy.",
        who="Đây là {name}.{contact} Số này được cung cấp để nhận tin. Soạn HUY để không nhận nữa.",
    ),
    "id": ReplyTexts(
        stop="{name}: Anda sudah berhenti dan tidak akan menerima pesan lagi. Balas START untuk kembali, BANTUAN untuk bantuan.",
        question="Balas PROMO untuk menghentikan iklan saja.",
        narrowed="{name}: Anda tidak akan menerima iklan lagi. Balas BERHENTI untuk menghentikan semua.",
        start="{name}: Anda terdaftar lagi. Balas BANTUAN untuk bantuan, BERHENTI untuk berhenti.",
        help="{name}: Anda menerima pesan yang Anda setujui.{contact} Balas BERHENTI untuk berhenti.",
        who="Ini {name}.{contact} Nomor ini diberikan kepada kami untuk pesan. Balas BERHENTI untuk berhenti.",
    ),
    "ar": ReplyTexts(
        stop="{name}: تم إلغاء اشتراكك ولن تصلك رسائل أخرى. أرسل START للعودة، مساعدة للمساعدة.",
        question="أرسل PROMO لإيقاف الإعلانات فقط.",
        narrowed="{name}: لن تصلك إعلانات أخرى. أرسل إلغاء لإيقاف الكل.",
        start="{name}: عاد اشتراكك. أرسل مساعدة للمساعدة، إلغاء للإيقاف.",
        help="{name}: تصلك الرسائل التي وافقت عليها.{contact} أرسل إلغاء للإيقاف.",
        who="هنا {name}.{contact} أعطي لنا هذا الرقم للرسائل. أرسل إلغاء للإيقاف.",
    ),
    "he": ReplyTexts(
        stop="{name}: הוסרת ולא תקבל עוד הודעות. השב START לחזרה, עזרה לעזרה.",
        question="השב PROMO להפסקת פרסומות בלבד.",
        narrowed="{name}: לא תקבל עוד פרסומות. השב הסר להפסקת הכל.",
        start="{name}: נרשמת שוב. השב עזרה לעזרה, הסר להסרה.",
        help="{name}: אתה מקבל הודעות שהסכמת להן.{contact} השב הסר להסרה.",
        who="כאן {name}.{contact} המספר נמסר לנו להודעות. השב הסר להסרה.",
    ),
}


def reply_text(kind: str, *, language: str, name: str, contact: str = "", asks: bool = False) -> str:
    """The answer of a kind ("stop", "narrowed", "start", "help", "who") in a language, with who we are and how to reach us.

    `asks` puts the question of scope behind the confirmation of a STOP.
    """
    texts = TEXTS.get(language, TEXTS["en"])
    body = str(getattr(texts, kind)).format(name=name, contact=f" {contact}." if contact else "")
    return f"{body} {texts.question}" if asks and kind == "stop" else body
