"""What happens while a call lasts? It rings, somebody or a machine takes it, listens to what it is told, and may press a key."""

import asyncio
from collections.abc import Mapping
from email.utils import format_datetime

from app.simulator.callbacks import Post, make_post
from app.simulator.carrier import Carrier
from app.simulator.phone_call import PhoneCall
from app.simulator.twiml import BadDocument, Gather, Hangup, Redirect, Speak, Verb, Wait, read_document

_RING_SECONDS, _SECONDS_PER_WORD, _MOST_DOCUMENTS = 2.0, 0.4, 20
_DETECTION_SECONDS = 3.0
_SORRY = "We are sorry, an application error has occurred. Goodbye."
_SIP = {"busy": "486", "failed": "404", "completed": "200"}


class _Over(Exception):
    """The call has ended, or was changed from outside."""


class Line:
    """One call while it lasts."""

    def __init__(self, carrier: Carrier, call: PhoneCall) -> None:
        self._carrier = carrier
        self._call = call
        self._keys = call.fate.keys
        self._detecting: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """From the first ring to the end, every step told to whoever asked for it."""
        call, fate = self._call, self._call.fate
        self._tell("initiated", "queued")
        await self._pass(_RING_SECONDS / 2, ends="canceled")
        if call.status == "canceled":
            return self._tell("completed", "canceled")
        call.status = "ringing"
        self._tell("ringing", "ringing")
        await self._pass(_RING_SECONDS / 2, ends="canceled")
        if call.status == "canceled":
            return self._tell("completed", "canceled")
        if fate.end != "completed":
            call.status = fate.end
            return self._tell("completed", fate.end)
        call.status = "in-progress"
        self._tell("answered", "in-progress")
        began = asyncio.get_running_loop().time()
        await self._be_answered()
        lasted = asyncio.get_running_loop().time() - began
        call.seconds = max(1, round(lasted / (self._carrier.config.time_scale or 1)))
        call.status = "completed"
        return self._tell("completed", "completed")

    async def _pass(self, seconds: float, *, ends: str) -> None:
        """Let time pass; a call that was hung up meanwhile ends so."""
        try:
            await self._spend(seconds)
        except _Over:
            self._call.status = ends

    async def _spend(self, seconds: float) -> None:
        """Scaled seconds. Raises _Over when the call is changed before they are over."""
        try:
            async with asyncio.timeout(seconds * self._carrier.config.time_scale):
                await self._call.changed.wait()
        except TimeoutError:
            return
        raise _Over

    async def _be_answered(self) -> None:
        """Whoever takes it is spoken to, and listened to beside; a call that is broken off takes both along."""
        call = self._call
        async with asyncio.TaskGroup() as beside:
            if call.detection:
                self._detecting = beside.create_task(self._detect())
                if not call.detects_beside:
                    await self._detecting
            for _ in range(_MOST_DOCUMENTS):
                call.changed.clear()
                if call.status == "completed" or not await self._perform():
                    return

    async def _detect(self) -> None:
        """Listen who took the call; where that is done beside, it is told as soon as it is known."""
        call = self._call
        await asyncio.sleep(_DETECTION_SECONDS * self._carrier.config.time_scale)
        beep = call.detection == "DetectMessageEnd"
        call.answered_by = ("machine_end_beep" if beep else "machine_start") if call.fate.is_machine else "human"
        if call.detects_beside and call.machine_callback:
            found = {"CallSid": call.sid, "AccountSid": call.account, "AnsweredBy": call.answered_by}
            await self._carrier.outbox.now(self._post(call.machine_callback, {**found, "MachineDetectionDuration": "3000"}))

    async def _perform(self) -> bool:
        """Do what the present document says; whether there is another one to go on with."""
        call = self._call
        try:
            if not call.document:
                await self._fetch(call.url, {})
            for verb in read_document(call.document, call.url):
                if await self._do(verb):
                    return True
        except _Over:
            return call.status != "completed"
        except BadDocument:
            call.heard.append(_SORRY)
        return False

    async def _do(self, verb: Verb) -> bool:
        """One verb; whether a new document takes the place of what follows. Raises _Over."""
        match verb:
            case Speak() | Wait():
                await self._listen(verb)
            case Redirect():
                await self._fetch(verb.url, {})
                return True
            case Gather():
                return await self._gather(verb)
            case Hangup():
                self._call.status = "completed"
                raise _Over
        return False

    async def _listen(self, verb: Speak | Wait, share: float = 1.0) -> None:
        if isinstance(verb, Speak):
            self._call.heard.append(verb.words)
            await self._spend(len(verb.words.split()) * _SECONDS_PER_WORD * share)
        else:
            await self._spend(verb.seconds)

    async def _gather(self, verb: Gather) -> bool:
        """Listen, and press what is to be pressed halfway through the first words; whether a key was."""
        presses = bool(self._keys)
        for each in verb.inside:
            await self._listen(each, 0.5 if presses else 1.0)
            if presses:
                break
        if not presses:
            if self._detecting is not None:  # nobody stops listening before it is known who it is
                await asyncio.shield(self._detecting)
            await self._spend(verb.timeout)
            return False
        pressed = self._keys if verb.most is None else self._keys[: verb.most]
        pressed = pressed.partition(verb.finish_on)[0] if verb.finish_on else pressed
        self._keys = self._keys[max(1, len(pressed)) :]
        if not pressed:
            return False
        await self._fetch(verb.action, {"Digits": pressed, "FinishedOnKey": "", "msg": "Gather End"})
        return True

    async def _fetch(self, url: str, fields: Mapping[str, str]) -> None:
        """Ask for a document. Raises BadDocument when none comes."""
        status, body = await self._carrier.outbox.ask(self._post(url, {**self._facts("in-progress"), **fields}))
        if not 200 <= status < 300:
            raise BadDocument(f"HTTP {status}")
        if self._call.changed.is_set():  # while we waited
            raise _Over
        self._call.document, self._call.url = body, url

    def _facts(self, status: str) -> dict[str, str]:
        call = self._call
        facts = {
            "CallSid": call.sid,
            "AccountSid": call.account,
            "From": call.sender,
            "To": call.to,
            "CallStatus": status,
            "ApiVersion": "2010-04-01",
            "Direction": "outbound-api",
        }
        return {**facts, "AnsweredBy": call.answered_by} if call.answered_by else facts

    def _tell(self, event: str, status: str) -> None:
        """A status callback, if the event was asked for."""
        call = self._call
        if not call.callback or event not in call.events:
            return
        fields = {
            **self._facts("initiated" if event == "initiated" else status),
            "Timestamp": format_datetime(self._carrier.clock.now()),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.told),
        }
        call.told += 1
        if event == "completed":
            fields |= {"CallDuration": str(call.seconds), "Duration": str(-(-call.seconds // 60))}
            fields |= {"SipResponseCode": _SIP[status]} if status in _SIP else {}
            fields |= {"ErrorCode": call.fate.error} if call.fate.error else {}
        post = self._post(call.callback, fields)
        self._carrier.outbox.later(0, lambda: post)

    def _post(self, url: str, fields: Mapping[str, str]) -> Post:
        return make_post(url, fields, self._carrier.config.accounts.get(self._call.account, ""))
