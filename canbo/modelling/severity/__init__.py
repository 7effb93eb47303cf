"""How severe raters are, what scores would be without it, and what to ask about: rings, inflation, copied texts."""
