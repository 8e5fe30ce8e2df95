"""An evaluation as one HTML page that needs nothing but itself.

Lives here: the page. Must not live here: figures, plots and captions (``evaluation_plots``), files.

Ids and sources come from foreign mail: everything that is not ours passes ``_text``. The page holds no script, and
its content security policy lets none run, nor anything be fetched, should an escape ever be forgotten. No address is
in it: it may be sent on.
"""

from __future__ import annotations

import base64
import html
import math
from importlib.resources import files
from typing import TYPE_CHECKING

from jeeves.cli.evaluation_text import FIGURES
from jeeves.ml.evaluate import BUDGETS
from jeeves.ml.plots import DARK, LIGHT, as_svg
from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from jeeves.actions.evaluate import Evaluation
    from jeeves.cli.evaluation_plots import Plot
    from jeeves.ml.intervals import Interval


def page(evaluation: Evaluation, plots: Iterable[Plot], *, now: datetime, seed: int) -> str:
    """Return the page as HTML; ``now`` (aware) and ``seed`` (of the bootstrap) stand at its foot."""
    style = (files("jeeves.cli") / "evaluation_page.css").read_text(encoding="utf-8")
    body = "\n".join((*_opening(evaluation), *_pictures(plots), *_figures(evaluation), *_decisions(evaluation)))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Jeeves: how well it hears an invitation</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
<footer><p>Measured on {now:%d %B %Y}. Intervals: 95 %, percentile bootstrap over threads, 1,000 resamples,
seed {seed}. <code>jeeves evaluate --report</code> makes this page.</p></footer>
</main>
</body>
</html>
"""


def _opening(evaluation: Evaluation) -> Iterator[str]:
    total = evaluation.total
    positives, alerts = total.hits + total.misses, total.hits + total.false_alarms
    yield "<h1>How well does Jeeves hear an invitation?</h1>"
    yield (
        f'<p class="lead">Of {positives:,} messages in which somebody wants to meet and nobody has said where, it '
        f"would have spoken up for <strong>{total.hits:,}</strong>. Of its {alerts:,} alerts, "
        f"<strong>{total.false_alarms:,}</strong> would have been for nothing.</p>"
    )
    standing = ""
    if evaluation.weighted:
        population = sum(each.weight for each in evaluation.judged)
        share = evaluation.natural["prevalence"].estimate
        standing = f" They stand for {population:,.0f}, of which {share:.1%} need a place."
    yield (
        f'<p class="soft">Model <code>{_text(evaluation.model)}</code>, alerting from a probability of '
        f"{evaluation.threshold:.3f} up, on {total.messages:,} labelled messages in {evaluation.threads:,} "
        f"threads.{standing}</p>"
    )
    yield '<div class="tiles">'
    as_drawn, natural = ("as drawn", "at natural prevalence") if evaluation.weighted else ("", "")
    yield _tile(evaluation.as_drawn["roc_auc"], "area under the ROC curve", as_drawn)
    yield _tile(evaluation.as_drawn["average_precision"], "average precision", as_drawn)
    for budget in BUDGETS:
        yield _tile(
            evaluation.natural[f"recall_at_{budget}_alerts_per_1000"],
            f"found when allowed {budget} alerts per 1,000",
            natural,
        )
    yield "</div>"


def _tile(interval: Interval, words: str, counted: str) -> str:
    return (
        f'<div class="tile"><b>{interval.estimate:.2f}</b><span>{words}</span>'
        f'<span class="soft">{_range(interval, 2)}<br>{counted}</span></div>'
    )


def _pictures(plots: Iterable[Plot]) -> Iterator[str]:
    yield "<h2>In pictures</h2>"
    yield '<div class="plots">'
    for plot in plots:
        dark, light = (_data_uri(as_svg(plot.draw(dress))) for dress in (DARK, LIGHT))
        yield (
            f"<figure><h3>{html.escape(plot.title)}</h3><picture>"
            f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
            f'<img src="{light}" alt="{html.escape(plot.title)}"></picture>'
            f"<figcaption>{html.escape(plot.caption)}</figcaption></figure>"
        )
    yield "</div>"
    yield '<p class="soft below">Shaded: where 95 of 100 curves would run, had other threads come in.</p>'


def _data_uri(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


def _figures(evaluation: Evaluation) -> Iterator[str]:
    columns = [("as drawn", evaluation.as_drawn)]
    if evaluation.weighted:
        columns.append(("at natural prevalence", evaluation.natural))
    yield "<h2>In figures</h2>"
    if evaluation.weighted:
        yield (
            "<p>As drawn, each labelled message counts once. At natural prevalence it counts as often as it stands "
            "for: this is what a mailbox would see.</p>"
        )
    rows = (
        [words, *(_measured(measured[name], 0 if name.startswith("alerts") else 3) for _, measured in columns)]
        for name, words in FIGURES.items()
    )
    yield from _table(["", *(title for title, _ in columns)], rows)


def _measured(interval: Interval, digits: int) -> str:
    return f"{interval.estimate:.{digits}f} <small>{_range(interval, min(digits, 2))}</small>"


def _range(interval: Interval, digits: int) -> str:
    return "" if math.isnan(interval.low) else f"{interval.low:.{digits}f} to {interval.high:.{digits}f}"


def _decisions(evaluation: Evaluation) -> Iterator[str]:
    total = evaluation.total
    yield "<h2>Decisions at the threshold</h2>"
    yield (
        '<table class="matrix"><thead><tr><th></th><th>alert</th><th>silence</th></tr></thead><tbody>'
        f'<tr><th>needs a place</th><td class="right">{total.hits:,}</td><td class="wrong">{total.misses:,}</td></tr>'
        f'<tr><th>does not</th><td class="wrong">{total.false_alarms:,}</td>'
        f'<td class="right">{total.silences:,}</td></tr></tbody></table>'
    )
    yield "<h2>By source</h2>"
    yield from _table(
        ["source", "messages", "found", "missed", "false alarms"],
        (
            [
                _text(tally.name or "none given"),
                *(f"{count:,}" for count in (tally.messages, tally.hits, tally.misses, tally.false_alarms)),
            ]
            for tally in evaluation.by_source
        ),
    )
    yield "<h2>Most wrong</h2>"
    yield "<p>The messages whose probability lies farthest from the answer: worth a second look at the label, too.</p>"
    yield from _table(
        ["message", "probability", "needed a place"],
        (
            [f"<code>{_text(each.id)}</code>", f"{each.probability:.3f}", "yes" if each.label else "no"]
            for each in evaluation.most_wrong
        ),
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table of cells that are HTML already."""
    yield '<div class="scroll"><table><thead><tr>'
    yield "".join(f"<th>{title}</th>" for title in titles)
    yield "</tr></thead><tbody>"
    for first, *rest in rows:
        yield f"<tr><th>{first}</th>" + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
    yield "</tbody></table></div>"


def _text(foreign: str) -> str:
    return html.escape(one_line(foreign)[:200])
