"""What can be measured in more than one unit, and how many of one make another."""

from dataclasses import dataclass

PERCENT, TEMPERATURE, COUNT = "percent", "temperature", ""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Unit:
    """What is measured, and what one of it is worth in the unit that all are compared in."""

    dimension: str
    factor: float = 1.0
    offset: float = 0.0

    def worth(self, value: float) -> float:
        """The value in the unit that all of the dimension are compared in."""
        return (value - self.offset) * self.factor

    def amount(self, worth: float) -> float:
        """How many of this unit that is."""
        return worth / self.factor + self.offset


_TABLE: dict[tuple[str, float], str] = {
    (PERCENT, 1.0): "% percent pct pp percentage-point percentage-points",
    (PERCENT, 0.01): "bps basis-point basis-points",
    ("mass", 0.001): "mg milligram milligrams",
    ("mass", 1e-6): "µg μg mcg microgram micrograms",
    ("mass", 1.0): "g gram grams gramme grammes",
    ("mass", 1000.0): "kg kilo kilos kilogram kilograms",
    ("mass", 1e6): "tonne tonnes t",
    ("mass", 453.592): "lb lbs pound-weight",
    ("mass", 28.3495): "oz ounce ounces",
    ("length", 0.001): "mm millimetre millimetres millimeter millimeters",
    ("length", 0.01): "cm centimetre centimetres centimeter centimeters",
    ("length", 1.0): "m metre metres meter meters",
    ("length", 1000.0): "km kilometre kilometres kilometer kilometers",
    ("length", 1609.344): "mile miles mi",
    ("length", 0.3048): "ft foot feet",
    ("length", 0.0254): "inch inches",
    ("area", 1.0): "m² m2 sqm square-metre square-metres square-meter square-meters",
    ("area", 1e6): "km² km2 square-kilometre square-kilometres square-kilometer square-kilometers",
    ("area", 1e4): "ha hectare hectares",
    ("area", 4046.86): "acre acres",
    ("area", 0.092903): "sqft square-foot square-feet",
    ("volume", 1.0): "l litre litres liter liters",
    ("volume", 1000.0): "m³ m3 cubic-metre cubic-metres cubic-meter cubic-meters",
    ("volume", 0.001): "ml millilitre millilitres milliliter milliliters cm³ cm3",
    ("volume", 3.78541): "gallon gallons",
    ("time", 0.001): "ms millisecond milliseconds",
    ("time", 1.0): "s sec secs second seconds",
    ("time", 60.0): "min mins minute minutes",
    ("time", 3600.0): "h hr hrs hour hours",
    ("time", _DAY): "day days",
    ("time", 7 * _DAY): "week weeks",
    ("time", 365.25 * _DAY / 12): "month months",
    ("time", 365.25 * _DAY / 4): "quarters",
    ("time", 365.25 * _DAY): "year years yr yrs",
    ("time", 3652.5 * _DAY): "decade decades",
    ("data", 1.0): "byte bytes",
    ("data", 1024.0): "kb kib kilobyte kilobytes",
    ("data", 1024.0**2): "mb mib megabyte megabytes",
    ("data", 1024.0**3): "gb gib gigabyte gigabytes",
    ("data", 1024.0**4): "tb tib terabyte terabytes",
    ("speed", 1.0): "km/h kmh kph",
    ("speed", 1.609344): "mph",
    ("speed", 3.6): "m/s",
    ("power", 1.0): "w watt watts",
    ("power", 1e3): "kw kilowatt kilowatts",
    ("power", 1e6): "mw megawatt megawatts",
    ("energy", 1.0): "kwh",
    ("energy", 1000.0): "mwh",
    ("usd", 1.0): "usd dollar dollars",
    ("cents", 0.01): "cent cents",
    ("points", 1.0): "point points",
    ("eur", 1.0): "eur euro euros",
    ("gbp", 1.0): "gbp pounds pound sterling",
    ("gbp", 0.01): "pence",
    ("chf", 1.0): "chf franc francs",
    ("jpy", 1.0): "jpy yen",
    ("krona", 1.0): "kroner krona kronor krone sek nok dkk",
}
UNITS = {name: Unit(*unit) for unit, names in _TABLE.items() for name in names.split()} | {
    **dict.fromkeys(("cubic-centimetre", "cubic-centimetres"), Unit("volume", 0.001)),
    **dict.fromkeys(("°c", "celsius", "°", "degree", "degrees"), Unit(TEMPERATURE)),
    **dict.fromkeys(("°f", "fahrenheit"), Unit(TEMPERATURE, 5 / 9, 32.0)),
}
CURRENCY_SIGNS = {
    "$": UNITS["usd"],
    "us$": UNITS["usd"],
    "€": UNITS["eur"],
    "£": UNITS["gbp"],
    "¥": UNITS["jpy"],
    "usd": UNITS["usd"],
    "eur": UNITS["eur"],
    "gbp": UNITS["gbp"],
    "chf": UNITS["chf"],
}
MONEY = frozenset({"usd", "eur", "gbp", "chf", "jpy", "krona", "cents"})
# What may be said of another dimension: a cent of a dollar or a euro, a point of a percentage.
_RELATED = {
    frozenset(pair)
    for pair in (("cents", "usd"), ("cents", "eur"), ("points", PERCENT), ("points", COUNT))
}


def related(one: str, other: str) -> bool:
    """Whether figures of two dimensions may mean the same thing."""
    return one == other or frozenset((one, other)) in _RELATED
