"""The board of the agents: pictures of the whole portal, each drawn from figures that beat counted.

`spans` says what is old or late and `causes` why something came back; `figures` counts, `counting` keeps and finds what
was counted; `panels` makes a chart (`charts`) of each figure and gives its rows the list behind them. A higher app adds
panels of its own to `panels.PANELS`.
"""
