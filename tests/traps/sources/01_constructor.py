import time


class Peer:
    def __init__(self, name):
        self.name = name
        time.sleep(0.001)
        self.ready = True


class Loud(Peer):
    def __init__(self, name):
        super().__init__(name)
        self.name = self.name.upper()


def main():
    print(Peer("a").ready, Loud("b").name)


main()
