"""集計: numbers with their comparison, a chart, rankings, what to act on, and the list behind every number."""
