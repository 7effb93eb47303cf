"""Official documents: their words from the rulebook (`wording`), their page (`pdf`, `sheet.typ`) or text to edit (`word`)."""
