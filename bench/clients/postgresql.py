"""PostgreSQL by pg8000, in its own style and as DB-API 2.0."""

import datetime
import sys

import pg8000.native
from pg8000 import dbapi

PORT = int(sys.argv[1])


def native():
    with pg8000.native.Connection("postgres", host="127.0.0.1", port=PORT, password="secret") as con:
        con.run("CREATE TEMPORARY TABLE book (id SERIAL, title TEXT, added DATE)")
        for title in ("Ender's Game", "The Magus"):
            con.run("INSERT INTO book (title, added) VALUES (:title, :day)", title=title, day=datetime.date(2020, 1, 2))
        for row in con.run("SELECT * FROM book ORDER BY id"):
            print(row)
        try:
            con.run("SELECT wrong")
        except pg8000.native.DatabaseError as error:
            print(error.args[0]["C"])
        print(con.run("SELECT :n + 1", n=41), con.columns[0]["name"])


def by_dbapi():
    con = dbapi.connect(user="postgres", host="127.0.0.1", port=PORT, password="secret", timeout=5)
    cursor = con.cursor()
    cursor.execute("CREATE TEMPORARY TABLE t (n INTEGER, s TEXT)")
    cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(1, "a"), (2, "b"), (3, None)])
    con.commit()
    cursor.execute("SELECT n, s FROM t ORDER BY n DESC")
    print(cursor.fetchone(), cursor.fetchall(), cursor.rowcount)
    con.rollback()
    con.close()


def main():
    native()
    by_dbapi()


if __name__ == "__main__":
    main()
