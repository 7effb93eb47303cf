"""Evaluation as a computation that explains itself: scores, grades and caps from files of facts, by the articles of the rulebook.

    given     the files, read strictly            periods   months, quarters, years; which are closed; what a change of type leaves
    readings  ways to read one text, from data    products  what every product counts and loses, summed exactly
    scoring   one period of one person            person    regimes, the mean of the year, the grade, every reading
    many      the same over columns                  records   a folder of Parquet, read strictly and in pieces
    everybody a whole service from records           many_caps caps of many groups at once
    bodies    organisations by their own articles caps      how many may be excellent; a fair order when too many could be

Law stands in the rulebook; here is only the adding up of products, which the language of articles cannot say.
"""
