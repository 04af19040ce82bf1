"""Lists that the Département keeps elsewhere, taken in from a file: read as hostile, shown first, carried out after.

`child` opens the file in a confined process, `reading` believes nothing of its answer, `resource` plans each row by the
rules of what is imported, `kinds` knows what may be imported, `runs` shows and carries out.
"""
