"""Checksums that tell a number that identifies somebody from any other number."""

import re

_SEPARATORS = re.compile(r"[\s.\-]")
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def compact(text: str) -> str:
    """The text without spaces, dots and hyphens, in capitals."""
    return _SEPARATORS.sub("", text).upper()


def is_card(text: str) -> bool:
    """Whether the last digit of a card number is right (Luhn), and somebody issues such numbers."""
    digits = compact(text)
    return bool(_ISSUED.fullmatch(digits)) and _luhn(digits)


# Who issues cards, by the first digits and the length: without it one in ten order numbers would
# be a card.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d|35(?:2[89]|[3-8]\d))\d{12,15}"
    r"|(?:50\d\d|5[6-9]\d\d|6[0-9]\d\d)\d{9,15}"
)


def _luhn(digits: str) -> bool:
    values = [int(character) for character in digits]
    doubled = [sum(divmod(value * 2, 10)) for value in values[-2::-2]]
    return (sum(values[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether an account number has its country's length and check digits (ISO 7064, mod 97).

    What follows it may look like more of it, so only as much is taken as belongs to the country.
    """
    account = compact(text)
    length = _IBAN_LENGTHS.get(account[:2], len(account) + 1)
    if len(account) < length:
        return False
    rearranged = account[4:length] + account[:4]
    return int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1


_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        32: "LC",
    }.items()
    for country in countries.split()
}


def is_german_tax_id(text: str) -> bool:
    """Whether eleven digits are a German tax id: one digit repeats, and ISO 7064 (11, 10) holds."""
    digits = compact(text)
    repeats = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    if digits[0] == "0" or repeats[-1] not in (2, 3) or (len(repeats) > 1 and repeats[-2] > 1):
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_french_nir(text: str) -> bool:
    """Whether the key of a French social security number is right (97, Corsica included)."""
    number = compact(text)
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(number[13:])


def is_spanish_id(text: str) -> bool:
    """Whether the letter of a Spanish DNI or NIE is right (mod 23)."""
    number = compact(text)
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return _SPANISH_LETTERS[int(digits) % 23] == number[-1]


def always(_text: str) -> bool:
    """For what has no checksum: its shape is all there is."""
    return True
