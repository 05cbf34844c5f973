"""DuckDB and tantivy on the rows of a directory, by a Python that has them; speaks JSON, imports nothing of ours.

`directory_peers.py ROWS.tsv FOLDER`: numbers and folded names; the parts to look for come as a JSON list on stdin, the
milliseconds of each go out by peer.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any


def duckdb_times(rows: Path, wanted: list[str]) -> list[float]:
    """Parts of names by DuckDB's own scan."""
    conn: Any = import_module("duckdb").connect()
    conn.execute("SET threads TO 2")
    conn.execute("CREATE TABLE t AS SELECT * FROM read_csv(?, delim='\t', header=false, quote='', escape='', "
                 "columns={'n': 'BIGINT', 'name': 'VARCHAR'})", [str(rows)])
    times = []
    for part in wanted:
        begun = perf_counter()
        conn.execute("SELECT n, name FROM t WHERE contains(name, ?) LIMIT 50", [part]).fetchall()
        times.append((perf_counter() - begun) * 1000)
    return times


def tantivy_times(rows: Path, folder: Path, wanted: list[str]) -> list[float]:
    """Parts of names by an index of pairs."""
    tantivy: Any = import_module("tantivy")
    builder: Any = tantivy.SchemaBuilder()
    builder.add_text_field("name", stored=True, tokenizer_name="pairs", index_option="basic")
    builder.add_integer_field("n", stored=True)
    index: Any = tantivy.Index(builder.build(), path=str(folder))
    pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(min_gram=2, max_gram=2, prefix_only=False)).build()
    index.register_tokenizer("pairs", pairs)
    writer = index.writer(256_000_000, 1)
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            n, name = line.rstrip("\n").split("\t")
            writer.add_document(tantivy.Document(n=int(n), name=name))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    times = []
    for part in wanted:
        begun = perf_counter()
        query = tantivy.Query.term_query(index.schema, "name", part)
        for _, address in searcher.search(query, 50).hits:
            searcher.doc(address)
        times.append((perf_counter() - begun) * 1000)
    return times


def main() -> None:
    """Measure both."""
    rows, folder = Path(sys.argv[1]), Path(sys.argv[2]) / "tantivy"
    folder.mkdir()
    wanted = json.load(sys.stdin)
    print(json.dumps({"duckdb": duckdb_times(rows, wanted), "tantivy": tantivy_times(rows, folder, wanted)}))


if __name__ == "__main__":
    main()
