import time


def echo():
    got = None
    try:
        while True:
            try:
                got = yield got
            except KeyError:
                got = "key"
            time.sleep(0.001)
    finally:
        print("closed")


def main():
    talk = echo()
    next(talk)
    print(talk.send(1), talk.send(2))
    print(talk.throw(KeyError()))
    talk.close()


main()
