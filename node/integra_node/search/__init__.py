"""Find what an organisation may see: text analysis, thesaurus, index and query.

Nothing here reads the store; documents and audiences are handed in.
"""
