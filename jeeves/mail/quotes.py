"""How mailers mark what is not new: attributions, forward lines, header blocks, signatures.

Lives here: questions about one line or a few lines (bounded look-ahead), in the languages our owners' friends write.
Must not live here: the scan over the whole body (``text``).

Every question looks at a bounded number of bounded lines, so that a scan asking it on each line stays linear.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_LINE = 400  # no mailer writes longer marks
_MAX_ATTRIBUTION_LINES = 4
_MAX_BLOCK_LINES = 8
_MAX_ADDRESS_LINES = 60  # of a "To:" that goes on and on
_LOOK_BACK = 10
_LETTERHEAD = 3  # lines with text between a Lotus Notes sender and "To:"

_PREFIX = re.compile(r"[ \t]{0,3}+(?:[A-Z][A-Za-z]{0,2}+)?(?:>[ \t]?)++")
_PREFIXES = re.compile(r"\n" + _PREFIX.pattern)
_ATTRIBUTION_START = re.compile(
    r"[ \t]{0,3}(?:\*|-{2,5}[ \t])?(?:On|At|In|Quoting|Am|Vom|Le|El|Em|No dia|Il|Op|Den|Às)\b"
)
_LATE_ATTRIBUTION_START = re.compile(r".{0,120}\b(?:schrieb am\b|escreveu \()")
VERBS = (
    *("wrote", "writes", "said", "schrieb", "a écrit", "a ecrit", "escribió", "escribio", "escreveu", "ha scritto"),
    *("schreef", "geschreven", "skrev", "Quoting"),
)
_ATTRIBUTION_VERB = re.compile(rf"\b(?:{'|'.join(VERBS)})\b")
_BARE_ATTRIBUTION = re.compile(
    r"\b(?:wrote|writes|said|schrieb|a écrit|escribió|escreveu|ha scritto|schreef)[ \t]{0,2}:\s*$"
)
_ADDRESS_ATTRIBUTION = re.compile(r"[^\w\n]{0,3}[^\s@]{1,64}@[^\s@]{1,255} (?:wrote|writes|schrieb):\s*$")
_UNUSUAL_MARK = re.compile(r"(?=[-|:}\])%!#=]{0,3}[|:}\]%!#])[-|:}\])%!#=]{1,4}")
_EVIDENCE = re.compile(r"[0-9@<]")

_FORWARD_PHRASE = (
    r"(?:Original Message|Original Appointment|Forwarded by|Forwarded message|Forward(?:ed)? (?:mail|header)|"
    r"Forwarded (?:letter|email)|Message from|Reply (?:message|separator)|"
    r"Urspr(?:ü|ue)ngliche Nachricht|Originalnachricht|Weitergeleitete Nachricht|"
    r"(?:Message|Courriel) d.origine|Message original|Message transféré|"
    r"Mensaje original|Mensaje reenviado|Mensagem original|Mensagem (?:re)?encaminhada|"
    r"Messaggio originale|Messaggio inoltrato|(?:Oorspronkelijk|Origineel) bericht|Doorgestuurd bericht)"
)
_SEPARATOR = re.compile(rf"[ \t>*|]{{0,8}}[-_=]{{2,80}}+[ \t]{{0,4}}+{_FORWARD_PHRASE}\b", re.IGNORECASE)
_BARE_SEPARATOR = re.compile(rf"[ \t>*|]{{0,8}}{_FORWARD_PHRASE}[ \t]{{0,4}}[-_=]{{0,80}}[ \t]*", re.IGNORECASE)
_BEGIN_FORWARD = re.compile(
    r"[ \t]{0,3}(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)"
    r"|Début du message (?:réexpédié|transféré)"
    r"|Inicio del mensaje reenviado|Início da mensagem (?:re)?encaminhada|Inizio messaggio inoltrato"
    r"|Begin doorgestuurd bericht)[ \t]{0,3}:[ \t]{0,3}",
    re.IGNORECASE,
)
_FROM = re.compile(r"[ \t>•]{0,8}\*{0,2}(?:From|Von|De|Da|Van|Fra|Från)[ \t]{0,2}:", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"[ \t>•]{0,8}\*{0,2}(?P<name>Sent|Date|To|Cc|Bcc|Subject|Reply-To|Importance|Organization"
    r"|Gesendet|Datum|An|Kopie|Betreff"
    r"|Envoyé(?: le)?|À|A|Objet|Enviado(?: el| em)?|Enviada em|Fecha|Data|Para|Asunto|Assunto"
    r"|Inviato|Oggetto|Verzonden|Aan|Onderwerp)[ \t]{0,2}:",
    re.IGNORECASE,
)
_LOTUS_TO = re.compile(r"[ \t]{0,40}To[ \t]{0,2}:", re.IGNORECASE)
_LOTUS_MORE = re.compile(r"[ \t]{0,40}(?P<name>cc|bcc|Subject)[ \t]{0,2}:", re.IGNORECASE)
_LOTUS_FIELDS = re.compile(r"\n" + _LOTUS_MORE.pattern, re.IGNORECASE)
_MORE_ADDRESSES = re.compile(r"[^\n]{0,200}[@,;/<]")
_LOTUS_LINE = re.compile(
    r"[^\n]{0,80}?\d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?[ \t]{1,20}To:[^\n]{0,300}?\bSubject:"
)
_STAMP = re.compile(r"\b\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b[^\n]{0,20}?\b\d{1,2}:\d{2}")
_RULE = re.compile(r"[ \t]{0,3}_{10,200}[ \t]*")
_FOOTER_WORDS = (
    *("mailing list", "mailman", "unsubscribe", "listinfo", "yahoo! groups", "to subscribe", "listserv", "list-serv"),
    *("sponsored by", "do you yahoo", "send and receive hotmail", "msn photos", "msn messenger", "msn explorer"),
    "chat with friends online",
)
_FOOTER_RULE = re.compile(r"[ \t]?(?:_{20,200}|-{20,200}|={20,200})-?[ \t]*")
_DELIMITER = re.compile(r"[ \t]?--[ \t]*")
_SENT_FROM = re.compile(
    r"[ \t]{0,3}[_*]?(?:Sent (?:from|via|with|using) (?:my |an? |the )?(?:\w+ ){0,2}?"
    r"(?:iPhone|iPad|iPod|iOS|BlackBerry|Android|Samsung|Galaxy|Pixel|Nokia|Huawei|Xiaomi|Motorola|HTC|Windows|Yahoo|"
    r"Outlook|Mail|Gmail|Proton\w*|Thunderbird|AOL|Verizon|T-Mobile|AT&T|Nine|mobile|phone|smartphone|tablet|wireless)"
    r"|Get (?:Outlook|BlueMail|Yahoo Mail) for \w+|Outlook for (?:iOS|Android)"
    r"|(?:Holen Sie sich|Obtenir|Télécharger|Obtener|Descargar|Obter o|Scarica|Ottieni|Download) Outlook \w{3,4} \w+"
    r"|(?:(?:Diese Nachricht wurde )?[Vv]on meinem"
    r"|Gesendet (?:von|mit|aus)|Envoyé (?:de(?:puis)?|à partir)|Enviado (?:desde|do|de|a partir)"
    r"|Inviato (?:da|dal)|Verstuurd vanaf|Verzonden (?:vanaf|met)|Skickat från|Sendt fra)"
    r" .{0,60}(?:iPhone|iPad|Handy|Mobiltelefon|Smartphone|Galaxy|Samsung|Android|BlackBerry|Outlook|Mail|móvil|"
    r"celular|mobile|gsm|telefon))",
    re.IGNORECASE,
)
_MAX_SENT_FROM = 100


def prefix_length(line: str) -> int:
    """Return how many characters of ``line`` are quote marks ("> ", ">> ", "JD> "); 0 for a line of its own."""
    found = _PREFIX.match(line)
    return found.end() if found else 0


def without_prefixes(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` without their quote marks."""
    text = "\n".join(["", *lines])
    return _PREFIXES.sub("\n", text).split("\n")[1:] if ">" in text else list(lines)


def starts_attribution(line: str) -> bool:
    """Return whether an attribution may begin with ``line``, or with words in it."""
    if " schrieb am" in line or " escreveu (" in line:
        return _LATE_ATTRIBUTION_START.match(line) is not None
    return _ATTRIBUTION_START.match(line) is not None


def attribution_lines(lines: Sequence[str], at: int) -> int:
    """Return how many lines from ``at`` on form an attribution such as "On Friday, A wrote:"; 0 for none.

    One that names no date and no address counts only when quoted lines follow.
    """
    if len(lines[at]) > _MAX_LINE:
        return 0
    if starts_attribution(lines[at]):
        joined = ""
        for count, line in enumerate(lines[at : at + _MAX_ATTRIBUTION_LINES], start=1):
            if not line.strip() or len(line) > _MAX_LINE:
                break
            joined += line.strip() + " "
            if line.rstrip().rstrip("*_").endswith(":"):
                if _ATTRIBUTION_VERB.search(joined) and (_EVIDENCE.search(joined) or quote_follows(lines, at + count)):
                    return count
                break
    if _ADDRESS_ATTRIBUTION.match(lines[at]):
        return 1
    return 1 if _BARE_ATTRIBUTION.search(lines[at]) and quote_follows(lines, at + 1) else 0


def quote_follows(lines: Sequence[str], at: int) -> bool:
    """Return whether the next line that is not blank, within three, carries a quote mark."""
    for line in lines[at : at + 3]:
        if line.strip():
            return prefix_length(line) > 0
    return False


def unusual_mark(lines: Sequence[str], at: int) -> str:
    """Return the mark other than ">" that the next two lines with text begin with, such as "| "; "" for none."""
    following = [line for line in lines[at : at + _MAX_BLOCK_LINES] if line.strip()][:2]
    marks = {found[0] if (found := _UNUSUAL_MARK.match(line)) else "" for line in following}
    return marks.pop() if len(marks) == 1 else ""


def header_lines(lines: Sequence[str], at: int) -> int:
    """Return how many lines from ``at`` on are the header of an earlier message that marked lines follow; else 0.

    Outlook Express, set to quote with marks, writes a separator and header fields, and the answer goes below.
    """
    for count, line in enumerate(lines[at : at + _MAX_BLOCK_LINES]):
        if prefix_length(line):
            return count
        is_field = _FROM.match(line[:_MAX_LINE]) or _OTHER_FIELD.match(line[:_MAX_LINE])
        if count and line.strip() and not (is_field or line.startswith((" ", "\t", "[mailto:"))):
            return 0
    return 0


def starts_original(lines: Sequence[str], at: int) -> bool:
    """Return whether line ``at`` opens an earlier message that runs to the end of the body."""
    line = lines[at]
    if len(line) > _MAX_LINE:
        return False
    return bool(
        _SEPARATOR.match(line)
        or _BEGIN_FORWARD.fullmatch(line)
        or (_FROM.match(line) and _fields_after(lines, at) >= 2)  # noqa: PLR2004 - two more fields make it a block
        or ((_RULE.fullmatch(line) or _BARE_SEPARATOR.fullmatch(line)) and _block_follows(lines, at + 1))
        or (_LOTUS_TO.match(line) and _is_lotus_block(lines, at))
        or ("To:" in line and _LOTUS_LINE.match(line))
    )


def _fields_after(lines: Sequence[str], at: int) -> int:
    names = (_OTHER_FIELD.match(line[:_MAX_LINE]) for line in lines[at + 1 : at + _MAX_BLOCK_LINES])
    return len({found["name"].lower() for found in names if found})


def _block_follows(lines: Sequence[str], at: int) -> bool:
    for offset, line in enumerate(lines[at : at + 3], start=at):
        if line.strip():
            return bool(_FROM.match(line[:_MAX_LINE])) and _fields_after(lines, offset) > 1
    return False


def _is_lotus_block(lines: Sequence[str], at: int) -> bool:
    """Lotus Notes writes name and date, then "To:", "cc:", "Subject:" (no "From:"), with any number of recipients."""
    following = lines[at + 1 : at + _MAX_ADDRESS_LINES]
    text = "\n".join(["", *following])
    lowered = text.lower()
    if "cc" not in lowered and "subject" not in lowered:  # as most text, and this is soon told
        return False
    if len(_LOTUS_FIELDS.findall(text)) < 2:  # noqa: PLR2004 - it must name two, see below
        return False
    fields: list[str] = []
    for count, line in enumerate(following, start=1):
        field = _LOTUS_MORE.match(line[:_MAX_LINE])
        if count >= _MAX_BLOCK_LINES and ("subject" in fields or not (field or _MORE_ADDRESSES.match(line))):
            break
        if field:
            fields.append(field["name"].lower())
        if len(fields) > 1:
            return True
    return False


def lines_of_lotus_sender(lines: Sequence[str], at: int) -> int:
    """Return how many lines above line ``at``, where a Lotus Notes block begins, name its sender and date."""
    if _FROM.match(lines[at][:_MAX_LINE]) and _STAMP.search(lines[at][:_MAX_LINE]):
        return _lines_of_lotus_name(lines, at, alone=False)
    if not _LOTUS_TO.match(lines[at][:_MAX_LINE]):
        return 0
    with_text = 0
    for back in range(1, min(_LOOK_BACK, at) + 1):
        line = lines[at - back][:_MAX_LINE]
        with_text += bool(line.strip())
        if with_text > _LETTERHEAD:
            return 0
        # A long sender pushes the hour to the next line.
        found = _STAMP.search(line) or _STAMP.search(f"{line.rstrip()} {lines[at - back + 1][:_MAX_LINE].lstrip()}")
        if found is not None:
            return back + _lines_of_lotus_name(lines, at - back, alone=not line[: found.start()].strip())
    return 0


def _lines_of_lotus_name(lines: Sequence[str], at: int, *, alone: bool) -> int:
    """Return how many lines above the date at ``at`` belong to it: the sender's name, or a letterhead set by tabs."""
    if alone:
        return 1 if at and lines[at - 1].strip() else 0
    count = 0
    if _FROM.match(lines[at][:_MAX_LINE]):
        while count < min(_LETTERHEAD, at) and lines[at - count - 1].startswith("\t"):
            count += 1
    return count


def is_signature_delimiter(line: str) -> bool:
    """Return whether ``line`` is "-- " (RFC 3676, section 4.3), or the same with its space lost."""
    return len(line) < _MAX_LINE and _DELIMITER.fullmatch(line) is not None


def is_footer(lines: Sequence[str], at: int) -> bool:
    """Return whether the footer of a mailing list or mail service begins at line ``at``: a rule, then its notice."""
    if len(lines[at]) > _MAX_LINE or not _FOOTER_RULE.fullmatch(lines[at]):
        return False
    notice = "\n".join([line[:_MAX_LINE] for line in lines[at + 1 : at + 5]]).lower()
    return any(word in notice for word in _FOOTER_WORDS)


def is_sent_from(line: str) -> bool:
    """Return whether ``line`` is the advertisement a telephone or mail program adds."""
    return len(line) <= _MAX_SENT_FROM and _SENT_FROM.match(line) is not None
