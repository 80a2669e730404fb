"""Words that everybody uses: what says nothing, what is no invented name, and opposites."""


def _words(text: str) -> list[str]:
    return text.split()


MONTHS = _words(
    "january february march april may june july august september october november december"
)
WEEKDAYS = _words("monday tuesday wednesday thursday friday saturday sunday")

STOP_WORDS = frozenset(
    _words("""a about above across actually additionally after again against all almost along
    already also
    although always am among an and another any anyone anything are around as at away back be
    because
    been before being below between both but by came can cannot come comes could did do does doing
    done down during each either else etc even ever every everyone everything few first for found
    from further furthermore gave get gets give given gives go goes going got had has have having he
    hence her here hers him his how however i if in indeed instead into is it its itself just last
    later least less let like likewise made mainly make makes making many may me meanwhile might
    more moreover most much must my near need needs neither never next no nobody none nor not
    nothing
    now of off often on once one only onto or other others our out over overall own per perhaps
    please put rather really said same say says second several shall she should similarly simply
    since so some someone something soon still such take taken takes than that the their them then
    there therefore these they third this those though through thus to together too took toward
    towards two under unless until up upon us use used uses using very via was way we well went were
    what when where whether which while who whom whose why will with within without would yes yet
    you your yours according based case data e.g i.e""")
)

# Capital letters that name nobody: places and peoples that every reader knows, titles, subjects.
KNOWN_NAMES = frozenset(
    _words("""african africa america american argentina argentine asia asian atlantic australia
    australian
    austria austrian belgian belgium berlin brazil brazilian britain british bulgaria canada
    canadian
    chile china chinese colombia croatia czech danish denmark dutch earth east eastern egypt
    egyptian
    england english eu europe european finland finnish france french german germany greece greek
    hungary iceland india indian indonesia internet iran iraq ireland irish israel italian italy
    japan japanese kenya korea korean latin london luxembourg mediterranean mexican mexico moon
    morocco netherlands new york nigeria north northern norway norwegian pacific pakistan paris
    peru poland polish portugal portuguese romania russia russian scotland scottish serbia singapore
    slovakia slovenia south southern spain spanish sweden swedish switzerland swiss taiwan thailand
    turkey turkish uk ukraine ukrainian un usa us vietnam wales washington welsh west western
    christmas easter english monday sunday god""")
    + MONTHS
    + WEEKDAYS
    + [month[:3] for month in MONTHS]
    + ["sept"]
)
TITLES = frozenset(
    _words("""mr mrs ms miss dr doctor prof professor sir judge justice mayor president minister
    chief
    executive officer director chair chairman chairwoman ceo cfo cto coo captain senator governor
    spokesman spokeswoman king queen lord lady conductor critic""")
)
COMPANY_WORDS = frozenset(
    _words("""ag bv co company corp corporation gmbh group holding holdings inc incorporated
    international
    limited llc ltd nv plc sa the of and for de la le van von der den""")
)
# Capitals that are read as words, not as anybody's name.
COMMON_ACRONYMS = frozenset(
    _words("""ai api asap cd cpu css csv dns faq gb gdp gps gpu html http https id ip it json kb kpi
    mb ok os pc pdf pdt est utc gmt ram rest roi sdk sla sql ssh ssl tb tls tv ui url usb vat vpn
    wifi xml yaml iso am pm ad bc dhl""")
)
# Words with capitals in headings, forms and letters.
GENERIC_NAMES = frozenset(
    _words("""account agreement analysis annex answer appendix article background benefits best
    board
    budget chapter clause client committee conclusion contract customer dear department details
    draft email exhibit figure goal guide hello hi human introduction kind key law management market
    note notes operations option overview page part phase plan point policy procedure product
    project question re recommendation reference references regards report resources result results
    revenue review risk rule sales schedule section service sincerely source sources stage step
    subject summary table team thank thanks tip title total update version warning""")
)

NEGATORS = frozenset(_words("not no never cannot nobody none neither nor without"))
# A sentence with one of these says under which condition, not whether.
CONDITIONS = frozenset(_words("only unless except if until without provided otherwise excluding"))

# Each line: one side / the other. Which of them a sentence uses is a part of what it claims.
_OPPOSITES = """increase rise grow gain climb / decrease fall shrink lose drop decline
approve accept / reject refuse dismiss
allow permit / prohibit forbid ban
include / exclude
mandatory required compulsory / optional voluntary
open / closed
safe harmless / unsafe dangerous
effective / ineffective
higher / lower
legal lawful / illegal unlawful
valid / invalid
possible / impossible
enable / disable
strengthen improve / weaken worsen
profit / loss
warmer / colder
faster / slower
cheap / expensive
guilty / innocent
encrypted / unencrypted
paid / unpaid
able / unable
likely / unlikely
positive / negative
maximum / minimum
public / private"""
OPPOSITES = tuple(
    tuple(tuple(side.split()) for side in line.split("/")) for line in _OPPOSITES.splitlines()
)
