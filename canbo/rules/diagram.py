"""Procedures drawn: their pages in docs/procedures, each with its steps and a state diagram of every version.

python -m canbo.rules.diagram [FOLDER]    write the pages anew (FOLDER: docs/procedures)
"""

from __future__ import annotations

import sys
from pathlib import Path

from canbo.rules.coalition import all_of
from canbo.rules.corpus import find
from canbo.rules.procedure import Norm, Procedure, StepRule, Threshold, Version, VoteRule, electorates, opened

BY_HAND = (
    "<!-- Written by `python -m canbo.rules.diagram` from the procedures of the rulebook. Change the YAML, not this page. -->"
)
NUMBERS = {
    "convened": "those convened", "present": "those present", "members": "all members", "issued": "the ballots issued",
    "collected": "the ballots collected", "valid": "the valid ballots",
}  # fmt: skip
CHOICES = {"one": "one name", "each": "each name, up to the seats", "all": "each name", "levels": "a level for each name"}
TIES = {"head": "the head decides", "rerun": "another vote", "stop": ""}
MARKS = {
    "T": "text of the law",
    "F": "account of the law",
    "F2": "partly from accounts, or from its predecessor",
    "K": "hearsay: never opened",
}


def pages(folder: Path) -> dict[str, str]:
    """The pages of a rulebook folder by file name; README.md holds the list and the smallest coalitions."""
    known = opened(folder)
    return {f"{name}.md": page(each, folder) for name, each in known.items()} | {"README.md": _list(known, folder)}


def page(procedure: Procedure, folder: Path) -> str:
    """One procedure: what it is about, then each version with source, diagram and steps."""
    lines = [
        f"# {procedure.title['en']}", "", BY_HAND, "",
        f"`{procedure.id}` · {procedure.title['vi']} · {procedure.title['fa']}", "",
        f"About a {procedure.about}; brings about: `{procedure.effect}`"
        + (f"; names are judged on the topic `{procedure.topic}`." if procedure.topic else "."), "",
    ]  # fmt: skip
    for version in procedure.versions:
        lines += _version(version, folder)
    return "\n".join(lines).rstrip() + "\n"


def _version(version: Version, folder: Path) -> list[str]:
    until = f"to {version.end}" if version.end else "and still in force"
    article = f", article {version.article}" if version.article else ""
    lines = [f"## {version.id}", "", f"From {version.start} {until}: {version.source['en']}{article} ({MARKS[version.mark]})."]
    if version.total:
        after = f" from the end of `{version.total_from}`" if version.total_from else ""
        lines.append(f"The whole takes at most {_norm(version.total)}{after}.")
    if version.limits:
        lines.append(
            "Limits: " + ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in version.limits.items()) + "."
        )
    lines += ["", "```mermaid", *diagram(version), "```", "", "| step | who | by | norm |", "|---|---|---|---|"]
    return [*lines, *(_row(step, folder) for step in version.steps), ""]


def diagram(version: Version) -> list[str]:
    """The lines of a mermaid state diagram; a way back to the same step is drawn only where the law writes it."""
    lines = ["stateDiagram-v2", f"    [*] --> {_node(version.steps[0].id)}"]
    ends: dict[str, None] = {}
    for step in version.steps:
        title = step.title["en"].replace('"', "'")
        lines.append(f'    state "{title}" as {_node(step.id)}')
        for outcome, to in step.ways.items():
            if to == step.id:
                continue
            if to not in version.order:
                ends[to] = None
            lines.append(f"    {_node(step.id)} --> {_node(to)}: {outcome.replace('_', ' ')}")
    return [*lines, *(f"    {_node(end)} --> [*]" for end in ends)]


def _node(name: str) -> str:
    return name.replace("-", "_")


def _row(step: StepRule, folder: Path) -> str:
    who = f"{step.capacity}, {step.body}" if step.body != step.capacity else step.capacity
    what = step.title["en"] + (" *(ours)*" if step.ours else "")
    if step.vote:
        what += f"<br>{vote_in_words(step.vote, folder)}"
    if step.says:
        what += "<br>says: " + ", ".join(word.replace("_", " ") for word in step.says)
    return f"| {what} | {who} | {step.clause} | {_norm(step.norm) if step.norm else ''} |"


def vote_in_words(rule: VoteRule, folder: Path) -> str:
    """The rule of a vote in one line."""
    said = [electorates(folder)[rule.electorate].title["en"], CHOICES[rule.choose]]
    if rule.advises:
        said.append("heard only")
    elif rule.choose == "levels":
        said += [f"{each.level} {_share(each.reach)}: {each.result.replace('_', ' ')}" for each in rule.results]
    else:
        said.append(_share(rule.over))
    said += [f"else all with {_share(rule.rescue)}"] if rule.rescue else []
    said += [f"a new name {_share(rule.new_name)}"] if rule.new_name else []
    said += [f"quorum {_share(rule.quorum)}"] if rule.quorum else []
    if TIES[rule.tie]:
        said.append(("two " if rule.tied_from > 1 else "") + f"at exactly the share: {TIES[rule.tie]}")
    said += ["by show of hands"] if not rule.secret else []
    return "; ".join(said)


def _share(threshold: Threshold) -> str:
    share = "3/10 (30 %)" if str(threshold.share) == "3/10" else str(threshold.share)
    return f"{'more than' if threshold.strict else 'at least'} {share} of {NUMBERS[threshold.of]}"


def _norm(norm: Norm) -> str:
    return f"{norm.number} {norm.unit.replace('_', ' ')}"


def _list(known: dict[str, Procedure], folder: Path) -> str:
    lines = [
        "# Procedures", "", BY_HAND, "",
        "Each procedure with its steps, votes and state diagrams. How to read and write them: [procedures](../guide/procedures.md).",
        "", "The last columns are the fewest people, and the fewest bodies, that could make its act effective by themselves in the",
        "worst case that the law allows; in brackets what the law would give without the steps that are ours.",
        "Witnesses stand outside and are not counted.", "",
        "| procedure | version | from | to | people | bodies |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for own, bare in zip(all_of(folder), all_of(folder, law_alone=True), strict=True):
        procedure = known[own.procedure]
        version = procedure.version(own.version)
        lines.append(
            f"| [{procedure.title['en']}]({procedure.id}.md) | {version.id} | {version.start} | {version.end or ''} "
            f"| {own.persons} ({bare.persons}) | {own.bodies} ({bare.bodies}) |"
        )
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Write every page, and take away pages of procedures that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    written = pages(find())
    for old in folder.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else find().parents[1] / "docs" / "procedures")
