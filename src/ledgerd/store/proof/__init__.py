"""What the proof of the books reads. operations/verify decides what is a fault, and reports it.

The tables may be damaged in any way. Rows come as they are; a read may raise whatever PostgreSQL or asyncpg makes of a
table that lacks a column or holds what the service would not have written.
"""
