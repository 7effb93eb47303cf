"""The workforce of the years to come: numbers in, numbers out; no law, no database, no names.

record.Record            what a register knows of a set of bodies, as arrays; `record.staff` who serves on a day
rates.estimate(...)      how often people leave, come, are promoted, in the record's own past; small cells pooled
draws.leave(...)         by person, the month of leaving in each run
course.run(...)          the years one after the other: who is left, who comes, what follows from it
search.cheapest(...)     the cheapest mix of levers that reaches targets
backtest.test(...)       the same fitted up to a year and held against the years after it
"""
