import re
import time


def shout(match):
    time.sleep(0.001)
    return match.group().upper()


def main():
    print(re.sub("b+", shout, "abbc"))


main()
