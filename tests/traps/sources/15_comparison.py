import logging
import sys
import time

logging.basicConfig(stream=sys.stdout, format="%(message)s", level="INFO")
log = logging.getLogger()


def read():
    time.sleep(0.001)
    return None


def main():
    found = {}
    found[read()] = 1
    print(read() is None, read() == 1, isinstance(read(), int), f"{read()}", read(), found)
    log.info("%s", read())


main()
