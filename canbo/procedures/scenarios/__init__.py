"""A reorganisation that is rehearsed, checked, compared, carried out in one moment, and undone. Its door is `acting`.

lines       what a scenario says, and the file that says it
bulk        lines about every body of a kind, made plain
sketch      the lines read upon the register: a plan for `registry.changes`, and what each line is about
ground      what becomes of each remit, post and person: worked out by the database, set by set
checking    everything that is wrong with it, each with whom it hits and what to do
suggesting  who could follow whom, for a person to accept
comparing   several side by side: figures, checks, people, distances, and the lines that differ
figures     before and after: units, layers, spans, posts, people
carrying    all of it at once; rehoming: open cases, lent power, plans of succession
undoing     the way back, by counter-events or by the register's memory
"""
