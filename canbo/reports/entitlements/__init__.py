"""What is due to people who leave or lose a leading post: one by one, in sum, and as a list for the finance system.

facts     what the register knows of each: pay, months of service, term, grades
people    one person; everybody whom a scenario concerns
sums      totals by body, policy, month and fate; scenarios compared
payments  the list for the finance system
words     the sentences about them
"""
