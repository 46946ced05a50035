"""The interactive shell: typed words that make data, build a dense net on binary digits, train it and listen to it.

A word goes `prompt` (reads a line) -> `session` (knows the words, holds the state) -> `data`, `recordings` (numpy), or
`modelling` (all that needs torch, which is loaded when the first such word is typed).
"""
