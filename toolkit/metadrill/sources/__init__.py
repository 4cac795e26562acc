"""What a sandbox is filled with: a dataset (made up), step by step.

`dataset` places the steps; `synthetic` writes an export archive out of a seed, from `shape`
(sizes), `world` (who is there and how it hangs together), `catalog`, `lineage` and `glossary`
(the entities), `marks` (what is put on them) and `typedefs`; `archives` counts what an archive
holds; `by_api` is what no archive can carry.
"""
