"""Reports: what each kind holds. A kind is tables, a table is columns and where its rows come from.

kinds.py      every kind, and what may be asked of it
tables.py     tables and their columns, with the names of both header styles
dashboards.py the tables of dashboards, one for each panel
columns.py    what a column is
sources.py    rows from breakdowns, batch by batch
records.py    rows from the catalogue: chats, polls, breakouts
panels.py     rows of dashboards: totals, timelines, curves, funnels
request.py    what was asked for, as it is kept until it is made
asking.py     asks for a report, or says why it can't be
preamble.py   what the numbers are about, in words
terms.py      on which terms a caller may have reports
errors.py     what may be wrong with a request

Numbers come through the same Questions as GraphQL's: a report can't differ from its query.
"""
