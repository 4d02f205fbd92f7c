"""The figures by which a served model is judged, as SQL that DuckDB and Athena both take.

Runs inside AWS: the standard library alone. Whoever calls gives an `Ask` (see `sql`), such as `asking(connection)` of
DuckDB. Imports are relative, since a function's archive holds this folder and not the package around it.

`quality` judges scores by labels, `bias` and `by_slice` parts of them, `compare` two models on the same rows, and
`drift` decisions against the baseline that the training pipeline wrote.
"""
