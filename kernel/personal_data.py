"""What identifies people, by pattern and checksum."""

import re

from kernel.checksums import (
    always,
    is_card,
    is_french_nir,
    is_german_tax_id,
    is_iban,
    is_spanish_id,
)
from kernel.text_shapes import Shape

# Longest first where one could be part of another: a social security number holds a tax id.
PERSONAL_DATA = (
    Shape(
        kind="email",
        pattern=re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
        confirm=always,
        markers=("@",),
    ),
    Shape(
        kind="iban",
        pattern=re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        confirm=is_iban,
    ),
    Shape(
        kind="fr_nir",
        pattern=re.compile(
            r"(?<![\w-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB])"
            r" ?\d{3} ?\d{3} ?\d{2}(?![\w-])"
        ),
        confirm=is_french_nir,
    ),
    Shape(
        kind="card",
        pattern=re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])"),
        confirm=is_card,
    ),
    Shape(
        kind="phone",
        pattern=re.compile(r"(?<![\w.])\+\d{1,3}(?:[ -]?\(?\d\)?){6,13}(?!\w)"),
        confirm=always,
        markers=("+",),
    ),
    Shape(
        kind="us_ssn",
        pattern=re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
        confirm=always,
        markers=("-",),
    ),
    Shape(
        kind="de_tax_id",
        pattern=re.compile(r"(?<![\w.-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w-])"),
        confirm=is_german_tax_id,
    ),
    Shape(
        kind="es_dni",
        pattern=re.compile(r"(?<![\w-])\d{8}[ -]?[A-HJ-NP-TV-Z](?![\w-])"),
        confirm=is_spanish_id,
    ),
    Shape(
        kind="es_nie",
        pattern=re.compile(r"(?<![\w-])[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z](?![\w-])"),
        confirm=is_spanish_id,
    ),
    Shape(
        kind="uk_nino",
        pattern=re.compile(
            r"(?<![\w-])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
            r" ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![\w-])"
        ),
        confirm=always,
    ),
)
NATIONAL_IDS = ("us_ssn", "de_tax_id", "fr_nir", "es_dni", "es_nie", "uk_nino")
