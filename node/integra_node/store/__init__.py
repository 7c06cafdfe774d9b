"""The only rooms that know SQL: the two doors, the tables, and one file of queries per noun."""
