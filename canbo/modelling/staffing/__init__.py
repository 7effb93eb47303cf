"""How many posts a workload needs, and what a table of pay costs: numbers in, numbers out."""
