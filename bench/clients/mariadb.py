"""Tables, transactions, errors, an unbuffered cursor and a thread each for four writers, by PyMySQL."""

import sys
import threading

import pymysql
import pymysql.cursors


def connected(**options) -> pymysql.Connection:
    return pymysql.connect(host="127.0.0.1", port=int(sys.argv[1]), user="root", charset="utf8mb4", read_timeout=20, **options)


def fill(connection: pymysql.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
        cursor.execute("USE shop")
        cursor.execute("CREATE TABLE fruit (name VARCHAR(20) PRIMARY KEY, price DECIMAL(6, 2), made DATE)")
        rows = [("apple", "1.25", "2024-05-06"), ("pêche", "2.50", "2024-05-07"), ("plum", None, None)]
        print(cursor.executemany("INSERT INTO fruit VALUES (%s, %s, %s)", rows))
    connection.commit()


def read(connection: pymysql.Connection) -> None:
    with connection.cursor(pymysql.cursors.DictCursor) as cursor:
        print(cursor.execute("SELECT * FROM fruit WHERE price > %s ORDER BY name", (1,)))
        for row in cursor:
            print(sorted(row.items()))
    with connection.cursor(pymysql.cursors.SSCursor) as cursor:
        cursor.execute("SELECT seq FROM seq_1_to_3000")
        print(cursor.fetchone(), cursor.fetchmany(2), sum(row[0] for row in cursor))
        cursor.execute("SELECT seq FROM seq_1_to_3000")
        print(cursor.fetchone())


def fail(connection: pymysql.Connection) -> None:
    for statement in ("SELECT nothing", "INSERT INTO fruit (name) VALUES ('apple')", "SELEKT 1"):
        try:
            connection.query(statement)
        except pymysql.MySQLError as error:
            print(type(error).__name__, error.args[0])
    connection.begin()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM fruit")
        connection.rollback()
        cursor.execute("SELECT COUNT(*) FROM fruit")
        print(cursor.fetchone(), connection.server_version.count("MariaDB"), connection.open)


def count(times: int) -> None:
    connection = connected(database="shop", autocommit=True)
    with connection, connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute("UPDATE fruit SET price = IFNULL(price, 0) + 1 WHERE name = 'plum'")


def main() -> None:
    connection = connected()
    fill(connection)
    read(connection)
    fail(connection)
    threads = [threading.Thread(target=count, args=(25,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.ping()
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT price FROM fruit WHERE name = 'plum'")
        print(cursor.fetchall())
    connection.close()
    try:
        connection.ping(reconnect=False)
    except pymysql.err.Error as error:
        print(error)


if __name__ == "__main__":
    main()
