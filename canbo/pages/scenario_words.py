"""Words of the pages of scenarios: states, and the figures that are compared."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

#: State -> word, icon, tone: never the colour alone.
STATES = {
    "draft": (gettext_lazy("being worked out"), "file-text", ""),
    "proposed": (gettext_lazy("waits for a second person"), "calendar-clock", "warn"),
    "approved": (gettext_lazy("may be carried out on its day"), "badge-check", "pass"),
    "carried_out": (gettext_lazy("carried out"), "circle-check", "pass"),
    "undone": (gettext_lazy("undone"), "undo-2", ""),
}
#: What is compared: key of the figures -> word.
FIGURES = {
    "bodies": gettext_lazy("Bodies"),
    "layers": gettext_lazy("Layers"),
    "span": gettext_lazy("Bodies beneath one, on average"),
    "widest_span": gettext_lazy("Most bodies beneath one"),
    "posts": gettext_lazy("Posts"),
    "seats": gettext_lazy("Seats"),
    "people": gettext_lazy("People"),
    "heads": gettext_lazy("Heads"),
    "deputies": gettext_lazy("Deputies"),
    "monthly_pay": gettext_lazy("Pay a month, in đồng"),
    "unpriced": gettext_lazy("People whose pay cannot be told"),
    "distance_median": gettext_lazy("Kilometres to the seat, median"),
    "distance_longest": gettext_lazy("Kilometres to the seat, longest"),
    "distance_unknown": gettext_lazy("Areas whose distance is unknown"),
}
DECIMAL = {"span", "distance_median", "distance_longest"}
