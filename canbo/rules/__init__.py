"""The ground floor: reads law. Knows no database, no web.

corpus.load()                      the rulebook, or every mistake in it
explain.explain(corpus, topic=…, facts=…, on=…)   what it says of one case
explain.find_value(corpus, name=…, facts=…, on=…) a figure, such as the retirement month
schema.Fact                        what the register hands over for each fact
"""
