"""Phone numbers in E.164: the country codes that exist, and how long their numbers usually are.

E.164 itself allows 15 digits. The usual lengths are those of phones; numbers for machines (M2M),
which receive SMS too, are often longer. So another length is unusual, and not an error.
"""

from __future__ import annotations

SHORTEST = 7
LONGEST = 15
"""Digits, country code included. E.164 sets the longest; no country's numbers are shorter."""

LENGTHS = """
1:11 7:11,15 20:10-12 27:7-12 30:12-14 31:7-13 32:10-11 33:11 34:11 36:10-11 39:8-14 40:8,11
41:11,14 43:7-15 44:9,11-12 45:10 46:8-12,14 47:7,10 48:8-12 49:7-15 51:10-11 52:12 53:8-10,12
54:12-13 55:10-13 56:11-13 57:10,12-13 58:12 60:10-12 61:7-12,14 62:9-15 63:8,10-15 64:7-12
65:10,12-13 66:10-12,15 81:10-15 82:7-8,10-15 84:9-12 86:9-14 90:9,12,14-15 91:10-15 92:10-14 93:11
94:11 95:8-12 98:7-9,12 211:12 212:12 213:11-12 216:11 218:12 220:10,12 221:12 222:11 223:11
224:11-12 225:13 226:11 227:11 228:11 229:13 230:10-11,13 231:10-12 232:11 233:11-12 234:13-15
235:11 236:11 237:11-12 238:10 239:10 240:12 241:10-11 242:12 243:10-13 244:12 245:10,12 246:10
247:8-9 248:10 249:12 250:11-12 251:12 252:9-12 253:11 254:10-13 255:12 256:12 257:11 258:11-12
260:12 261:12 262:12 263:10,12-13 264:11-12 265:10,12 266:11 267:10-11,13 268:11-12 269:10 290:7-8
291:10 297:10 298:9 299:9 350:11 351:12 352:7-14 353:10-13 354:10,12 355:9-12 356:11 357:11 358:8-15
359:9-12,15 370:11 371:11 372:10-11,13 373:11 374:11 375:9-14 376:9,11-12 377:11-12 378:11,13
380:12-13 381:9-15 382:11-12 383:11-15 385:10-12 386:8-11 387:11-12 389:11 420:12-15 421:9-10,12
423:10,12 500:8 501:10,14 502:11,14 503:10-11,14 504:11,14 505:11 506:11,13 507:10-11,13-14 508:9,12
509:11 590:12 591:11-12 592:10 593:11-14 594:12 595:9-14 596:12 597:9-10 598:7-15 599:10-11
670:10-11 672:9 673:10 674:10 675:10-11 676:8,10 677:8,10 678:8,10 679:10,14 680:10 681:9,12 682:8
683:7,10 685:8-10,13 686:8,11 687:9 688:8-10 689:9,11-12 690:7-10 691:10 692:10 800:11 808:11
850:11,13 852:8-12,14 853:10-11 855:11-13 856:11-13 870:12,15 878:15 880:9-13 881:12-13 882:10-15
883:11-15 886:10-14 888:14 960:10,13 961:10-11 962:11-12 963:11-12 964:11-13 965:10-11 966:12-13
967:10-12 968:10-12 970:11-13 971:8-15 972:10-15 973:11 974:10-12,14 975:10-11 976:11-13
977:11,13-14 979:12 992:12 993:11 994:12 995:12 996:12-13 998:12
"""
"""Country codes, each with the digits that its numbers have, country code included: ``34:11``.

Source: libphonenumber, without what is not E.164. Its package takes longer to load than all other
code that checks a number, and a run would load it twice, in the program and in the provider. A test
compares the two.
"""

_LENGTHS = dict(entry.split(":") for entry in LENGTHS.split())


def country_code_of(digits: str) -> str | None:
    """The country code that these digits begin with; no code is the beginning of another one."""
    return next((digits[:count] for count in (1, 2, 3) if digits[:count] in _LENGTHS), None)


def unusual_length(phonenumber: object) -> str | None:
    """How the length of a number is unusual: ``has 15 digits, and numbers of country code 34 …``.

    None for a usual length, and for what is not a number, such as an unknown or a masked one.
    """
    digits = phonenumber.removeprefix("+") if isinstance(phonenumber, str) else ""
    country_code = country_code_of(digits)
    if country_code is None:
        return None
    ranges = [entry.partition("-") for entry in _LENGTHS[country_code].split(",")]
    if any(int(first) <= len(digits) <= int(last or first) for first, _, last in ranges):
        return None
    usual = ", ".join(f"{first} to {last}" if last else first for first, _, last in ranges)
    return f"has {len(digits)} digits, and numbers of country code {country_code} have {usual}"


def unusual_length_warning(label: str, reason: str) -> str:
    """Before a number is registered, for a ``reason`` of ``unusual_length``."""
    return (
        f"{label}: {reason}. Fix phonenumber if that is a mistake; a number for machines "
        "(M2M) may be right as it is."
    )
