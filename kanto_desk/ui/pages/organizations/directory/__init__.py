"""企業, すべての法人: the list over the company directory, its conditions, facts and import."""
