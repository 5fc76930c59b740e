"""Dates and times as the numbers that a spreadsheet counts them in: days since the end of 1899."""

import re
from datetime import datetime, timedelta

from verifier.values import Value

_ORIGIN = datetime(1899, 12, 30)
_DURATION = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+(?:\.\d*)?)S")


def serial_number(text: str) -> Value:
    """The number of an ISO 8601 date, time or duration; the text itself where it is none.

    1 March 1900 is 61: Excel counts a 29 February before it, which there was not, and is one less earlier.
    """
    duration = _DURATION.fullmatch(text)
    if duration:
        hours, minutes, seconds = (float(part) for part in duration.groups()[1:])
        return (-1 if duration[1] else 1) * (hours * 3600 + minutes * 60 + seconds) / 86_400
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
    return (moment - _ORIGIN) / timedelta(days=1)
