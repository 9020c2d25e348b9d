"""Check-up (体检): a spreadsheet of communities judged by a pack, without a database.

`asks` what a pack's rules ask of a place · `cells` what a cell says · `head` which sheet and which columns · `rows` whose row · `facts` what it says · `table` the levels ·
`report` judged and rolled up · `mends` what would mend most at least cost. Reading files and writing reports: `linli/site/checkup/`.
"""
